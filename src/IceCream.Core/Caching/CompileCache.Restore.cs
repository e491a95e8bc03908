using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Wire;

namespace IceCream.Caching;

/// <content>Loads the input sets and the contents that a record refers to.</content>
internal sealed partial class CompileCache
{
    private InputSet? Load(KnownResult known, FileTree toolchain)
    {
        var name = (known.Toolchain, known.Tree, known.Lookups);
        if (_sets.TryGetValue(name, out InputSet? set))
        {
            return set;
        }

        if (Store.Read(known.Tree, WireLimits.Message) is not { } tree || Store.Read(known.Lookups, WireLimits.Lookups) is not { } lists)
        {
            return null;
        }

        try
        {
            set = new InputSet(FileTreeCodec.Decode(tree), LookupsCodec.Decode(lists), toolchain);
        }
        catch (WireFormatException)
        {
            // The bytes have the right digest but are no input set: a writer without permission made them.
            return null;
        }

        if (Interlocked.Add(ref _weight, set.Weight) > MostWeight)
        {
            _sets.Clear();
            Volatile.Write(ref _weight, set.Weight);
        }

        return _sets.GetOrAdd(name, set);
    }

    /// <summary>The result with all its contents, when its files can be put in place as the compiler would; else the difference.</summary>
    private CompileResult? Restore(CompileJob job, CommandRecord record, KnownResult known, out string? difference)
    {
        difference = null;
        var files = ImmutableArray.CreateBuilder<OutputFile>(known.Outputs.Length);
        for (int index = 0; index < job.Outputs.Length; index++)
        {
            string path = job.Outputs[index].Path;
            bool isThere = Linux.Stat(path, followLinks: false, out FileStatus status) == 0;
            KnownOutput? output = known.Outputs.Where(output => output.Index == index).Select(static output => (KnownOutput?)output).FirstOrDefault();
            int? mode = output is not { } one ? null : isThere ? status.Permissions : one.IsNew ? one.Mode : record.ModeOfNew(index);
            if (output is { } written ? mode is not { } bits || !(isThere ? IsAsWritten(status, path, written.Mode, job.Umask) : (bits & ~(0x1FF & ~job.Umask)) == 0) : isThere)
            {
                difference = $"{path} lies there otherwise than it did";
                break;
            }

            if (output is { } wanted)
            {
                if (Store.Take(wanted.Content) is not { } content || content.Length != wanted.Length)
                {
                    difference = $"the bytes of {path} are not in the store any more";
                    break;
                }

                files.Add(new OutputFile(path, mode!.Value, content));
            }
        }

        using OutputContent? said = difference is null ? Store.Take(known.StandardOutput) : null;
        using OutputContent? complained = said is null ? null : Store.Take(known.StandardError);
        if (complained is null || files.Count != known.Outputs.Length)
        {
            difference ??= "what it said is not in the store any more";
            foreach (OutputFile file in files)
            {
                file.Content.Dispose();
            }

            return null;
        }

        return new CompileResult
        {
            Place = JobPlace.Cached,
            StandardOutput = said!.ToArray(),
            StandardError = complained.ToArray(),
            Outputs = files.DrainToImmutable(),
        };
    }

    /// <summary>Whether a file that is there can be replaced, and a new file at its place would get its permissions, which are those that the compile would have left.</summary>
    private static bool IsAsWritten(in FileStatus status, string path, int mode, int umask)
    {
        string folder = Path.GetDirectoryName(path) ?? "/";
        int own = status.Permissions & 0x1FF & ~umask;
        return status is { IsRegular: true, Links: 1 } && status.Permissions == Linux.PermissionsIn(folder, mode, umask)
            && (own == mode || status.Permissions == Linux.PermissionsIn(folder, own, umask));
    }
}
