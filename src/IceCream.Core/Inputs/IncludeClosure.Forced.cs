using IceCream.CommandLine;
using IceCream.FileSystem;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <content>Files that the command includes before the source, in plain or precompiled form.</content>
internal sealed partial class IncludeClosure
{
    private void Force(string name, CancellationToken cancellationToken)
    {
        if (name == StreamWords.Nothing)
        {
            return;
        }

        string path = Path.Combine(job.WorkingDirectory, name);
        if (_invocation.Family == CompilerFamily.Clang && (resolver.Exists(path + ".pch") || resolver.Exists(path + ".gch")))
        {
            _doubt ??= $"there is a precompiled {name}";
        }
        else if (_invocation.Family == CompilerFamily.Gcc)
        {
            ForceForGcc(name, cancellationToken);
        }
        else if (resolver.Forced(name) is { } found)
        {
            Add(found);
        }
        else
        {
            _doubt ??= $"{name} is not found";
        }
    }

    /// <summary>
    /// GCC reads a precompiled form when it fits the command, and the header otherwise. Both are sent, and GCC decides on the worker as it does here.
    /// The header's includes are followed as if it were read, which is right as long as the header is what was precompiled. A precompiled form may
    /// have no header beside it, as those of Meson and qmake; then only the headers that the source includes again are followed, and the compile's
    /// other reads are observed on the worker.
    /// </summary>
    private void ForceForGcc(string name, CancellationToken cancellationToken)
    {
        bool found = false;
        foreach ((NameState state, string path, FoundFile? header) in resolver.ForcedPlaces(name))
        {
            found = true;
            bool isPrecompiled = state is NameState.Precompiled or NameState.PrecompiledAlone;
            string[]? forms = isPrecompiled ? FormsOf(path) : [];
            if (forms is null || state == NameState.Unknown)
            {
                _doubt ??= forms is null ? $"which precompiled {name} is taken" : $"{path} cannot be looked at";
                return;
            }

            int before = _files.Count;
            if (header is not null)
            {
                Add(header);
            }

            if (isPrecompiled)
            {
                Drain(cancellationToken);
                long made = forms.Min(form => resolver.File(form).Digest.Modified);
                _doubt ??= _files.Skip(before).Select(file => Path.Combine(job.WorkingDirectory, file)).FirstOrDefault(file => resolver.File(file).Digest.Modified > made)
                    is { } newer ? $"{newer} is newer than the precompiled {name}" : null;
                _files.AddRange(forms);
            }
        }

        _doubt ??= found ? null : $"{name} is not found";
    }

    /// <summary>
    /// The files that may be the precompiled form of a header: the one beside it, or those in the folder of that name, of which GCC takes the first
    /// fitting one in undefined order. Null when more than one could fit, or none.
    /// </summary>
    private string[]? FormsOf(string header)
    {
        string beside = header + ".gch";
        return resolver.File(beside).Kind switch
        {
            FileKind.Regular => [beside],
            FileKind.Folder when resolver.NamesIn(beside) is { Count: > 0 } names && (names.Count == 1 || names.All(static name => name is "c" or "c++"))
                && names.All(name => resolver.File($"{beside}/{name}").Kind == FileKind.Regular) => [.. names.Select(name => $"{beside}/{name}")],
            _ => null,
        };
    }
}
