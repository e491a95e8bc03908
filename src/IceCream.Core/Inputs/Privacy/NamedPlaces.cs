using IceCream.CommandLine;
using IceCream.Digests;
using IceCream.Jobs;

namespace IceCream.Inputs.Privacy;

/// <summary>
/// The folders that a command is about: those that its arguments and variables name, its working directory, the compiler's own, and the whole
/// version-controlled tree that contains one of them. A home, or a folder of homes, never counts: it contains everything.
/// </summary>
internal sealed class NamedPlaces
{
    private static readonly string[] Marks = [".git", ".hg", ".svn", ".jj", ".bzr", "_darcs", ".repo", ".fslckout"];

    /// <summary>Variables that name folders like <c>-I</c> and <c>-B</c>.</summary>
    private static readonly string[] Variables = ["CPATH=", "C_INCLUDE_PATH=", "CPLUS_INCLUDE_PATH=", "OBJC_INCLUDE_PATH=", "COMPILER_PATH=", "GCC_EXEC_PREFIX="];

    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);
    private readonly HashSet<string> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _homes = new(StringComparer.Ordinal);
    private readonly RealPaths _paths = new();
    private readonly PrivateRoots _roots;

    public NamedPlaces(CompileJob job, PrivateRoots roots)
    {
        _roots = roots;
        CompilerInvocation invocation = job.Invocation!;
        AddTree(job.WorkingDirectory);
        foreach (string name in (string[])[invocation.Source, .. invocation.NamedInputs, .. invocation.NamedDirectories, .. invocation.Outputs, .. invocation.Arguments.Select(PathIn)])
        {
            if (name.Length > 0)
            {
                AddNamed(Path.Combine(job.WorkingDirectory, name));
            }
        }

        foreach (string variable in job.Environment)
        {
            if (Variables.FirstOrDefault(name => variable.StartsWith(name, StringComparison.Ordinal)) is { } known)
            {
                foreach (string folder in variable[known.Length..].Split(':', StringSplitOptions.RemoveEmptyEntries))
                {
                    AddNamed(Path.Combine(job.WorkingDirectory, folder));
                }
            }
        }

        // For bin/gcc beside include/ and lib/: a compiler that a user has unpacked somewhere.
        if (Path.GetDirectoryName(Path.GetDirectoryName(Real(job.Compiler) ?? "")) is { } compiler)
        {
            AddFolder(compiler);
        }
    }

    /// <summary>Whether a file is in one of these folders, or named itself.</summary>
    /// <param name="path">The real path, without links.</param>
    public bool Hold(string path)
    {
        for (string? at = Path.GetDirectoryName(path); at is { Length: > 1 }; at = Path.GetDirectoryName(at))
        {
            if (_folders.Contains(at))
            {
                return true;
            }
        }

        // A user who compiles in the home folder means the files beside the source, not those that programs keep there for themselves.
        return _files.Contains(path) || (_homes.Contains(Path.GetDirectoryName(path)!) && !Path.GetFileName(path).StartsWith('.'));
    }

    /// <summary>The path within a command-line word, as far as it can be recognized.</summary>
    private static string PathIn(string word)
    {
        if (!word.StartsWith('-'))
        {
            return word;
        }

        // A macro may contain any path without naming a file.
        FlagMatch? match = CompilerFlags.Find(word);
        return match?.Flag.Action is FlagAction.Define || match?.Flag.Name is "-U" or "--undefine-macro=" ? ""
            : match is { JoinedValue: { Length: > 0 } folder } && match.Value.Flag.Has(FlagTraits.NamesDirectory) ? folder
            : word.IndexOf('=', StringComparison.Ordinal) is > 0 and int equals ? word[(equals + 1)..]
            : word.IndexOf('/', StringComparison.Ordinal) is > 0 and int slash ? word[slash..]
            : "";
    }

    private void AddNamed(string path)
    {
        if (_paths.Walk(path, out Platform.FileStatus status) is not { } walked)
        {
            // An output that does not exist yet names its folder.
            AddTree(Path.GetDirectoryName(path) ?? "/");
        }
        else if (status.IsDirectory)
        {
            AddTree(walked.Real);
        }
        else
        {
            _files.Add(walked.Real);
            AddTree(Path.GetDirectoryName(walked.Real) ?? "/");
        }
    }

    /// <summary>Adds a folder, and the outermost version-controlled tree around it: the modules of a project may be nested.</summary>
    private void AddTree(string folder)
    {
        if (Real(folder) is not { Length: > 0 } real || !AddFolder(real))
        {
            return;
        }

        for (string? at = real; at is { Length: > 1 } && !_roots.IsHome(at); at = Path.GetDirectoryName(at))
        {
            if (Marks.Any(mark => Path.Exists($"{at}/{mark}")))
            {
                _folders.Add(at);
            }
        }
    }

    private bool AddFolder(string real)
    {
        if (real.Length > 1 && !_roots.IsHome(real))
        {
            return _folders.Add(real);
        }

        _homes.Add(real);
        return false;
    }

    private string? Real(string path) => path.StartsWith('/') ? _paths.Walk(path, out _)?.Real : null;
}
