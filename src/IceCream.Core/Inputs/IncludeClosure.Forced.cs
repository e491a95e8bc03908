using IceCream.CommandLine;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <content>Files that the command includes before the source, as they are or precompiled.</content>
internal sealed partial class IncludeClosure
{
    private void Force(string name, CancellationToken cancellationToken)
    {
        if (name == StreamWords.Nothing)
        {
            return;
        }

        string path = Path.Combine(job.WorkingDirectory, name);
        KnownFile precompiled = resolver.File(path + ".gch");
        if (resolver.Exists(path + ".pch") || (precompiled.Kind != FileKind.Missing && _invocation.Family == CompilerFamily.Clang))
        {
            _doubt ??= $"there is a precompiled {name}";
        }
        else if (precompiled.Kind != FileKind.Missing)
        {
            ForcePrecompiled(precompiled, name, cancellationToken);
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
    /// GCC reads the precompiled form when it fits the command, else the header: both leave, and the worker's decides alike. What the header
    /// says is followed as if it were read, which is right as long as it says what was precompiled.
    /// </summary>
    private void ForcePrecompiled(KnownFile precompiled, string name, CancellationToken cancellationToken)
    {
        if (precompiled.Kind != FileKind.Regular || resolver.Precompiled(name) is not { } header)
        {
            _doubt ??= $"there is a precompiled {name}, which is no file or has no header";
            return;
        }

        int before = _files.Count;
        Add(header);
        Drain(cancellationToken);
        long made = precompiled.Digest.Modified;
        _doubt ??= _files.Skip(before).Select(file => Path.Combine(job.WorkingDirectory, file)).FirstOrDefault(file => resolver.File(file).Digest.Modified > made)
            is { } newer ? $"{newer} is newer than the precompiled {name}" : null;
        _files.Add(name + ".gch");
    }
}
