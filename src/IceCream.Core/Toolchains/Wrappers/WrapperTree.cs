using System.Text;
using IceCream.CommandLine;
using IceCream.Platform;
using IceCream.Sandboxing.Observation;

namespace IceCream.Toolchains.Wrappers;

/// <summary>Builds a tree of everything that a wrapper was observed to run and read, and determines whether its compiles must stay here, and why.</summary>
/// <param name="program">The wrapper.</param>
/// <param name="drivers">The compilers that it starts, by their paths without links: their behaviour is known.</param>
/// <param name="trialFolder">The folder of the trial, whose contents are ignored.</param>
/// <param name="tree">The tree, with the files of the compiler itself.</param>
/// <param name="libraries">Adds programs to it.</param>
internal sealed class WrapperTree(string program, IReadOnlyCollection<string> drivers, string trialFolder, ToolchainTree tree, LibraryClosure libraries)
{
    private const int AnyExecute = 0b001_001_001;

    private const int EACCES = 13, EROFS = 30;

    /// <summary>The most files. A wrapper of a compiler reads about a hundred, including the compiler's own.</summary>
    private const int MostFiles = 2000;

    /// <summary>The most entries of a listed folder that are added individually.</summary>
    private const int MostNames = 256;

    private const string Launcher = "icelaunch";

    private const int LongestText = 1 << 20;

    private static readonly string[] Machine = ["/proc", "/sys", "/dev"];

    /// <summary>Compilers use these only to name temporary files, but a wrapper may use them for anything.</summary>
    private static readonly string[] Chance = ["/dev/urandom", "/dev/random"];

    /// <summary>Files about the machine's users: a shell looks them up when it starts, and works the same without them.</summary>
    private static readonly string[] OfUsers = ["/etc/passwd", "/etc/group", "/etc/nsswitch.conf"];

    /// <summary>Folders of the distribution, whose programs do what their names say.</summary>
    private static readonly string[] System = ["/bin", "/usr", "/sbin", "/lib", "/lib64", "/nix/store", "/gnu/store"];

    private readonly HashSet<string> _compiler = [.. tree.Files];

    private readonly HashSet<string> _words = new(StringComparer.Ordinal);
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ran = new(StringComparer.Ordinal);
    private readonly HashSet<string> _idle = new(StringComparer.Ordinal);
    private bool _hasScript;
    private bool _asksToExecute;
    private bool _composes;

    /// <summary>The variables that it may use.</summary>
    public LearntWords Variables => new(_hasScript ? [.. _variables, .. _words] : [.. _variables], _hasScript && _composes);

    /// <summary>Why compiles with it stay here, as a clause; null when they may leave.</summary>
    public string? Doubt { get; private set; }

    /// <summary>Adds everything that a trial observed.</summary>
    public void Add(CommandLookups seen)
    {
        AddProgram(program);
        foreach (Lookup lookup in seen.Lookups)
        {
            if (lookup is { Kind: LookupKind.Variable, Path: { } name })
            {
                // Variables that compilers query are in the table, and are sent anyway where they have an effect.
                if (CompilerVariables.Find(Encoding.UTF8.GetBytes(name)) is null)
                {
                    _variables.Add(name);
                }
            }
            else if (lookup.Path is not { } path || !path.StartsWith('/'))
            {
                Object("it looks for a file whose name is not UTF-8");
            }
            else if (Chance.Contains(path) && !lookup.IsBelow)
            {
                Object($"it reads {path}");
            }
            else if (!OfUsers.Contains(path) && !IsLauncher(path) && !IsWithin(path, trialFolder) && !Machine.Any(folder => IsWithin(path, folder)))
            {
                Add(lookup, path);
            }
        }

        // All files of a tree are executable on a worker.
        if (_idle.FirstOrDefault(path => _asksToExecute || _ran.Contains(Path.GetFileName(path))) is { } idle)
        {
            Object($"it asks whether {idle} may be executed, which here it may not");
        }

        if (tree.Files.Count > MostFiles)
        {
            Object($"it reads {tree.Files.Count} files");
        }
    }

    private void Add(Lookup lookup, string path)
    {
        switch (lookup.Error)
        {
            case 0 or EROFS or EACCES when lookup.Kind is LookupKind.Write or LookupKind.Change:
                Object($"it writes {path}");
                break;
            case 0 when lookup.Kind == LookupKind.Execute:
                AddProgram(path);
                break;
            case 0 when lookup.Kind == LookupKind.List:
                AddListed(path);
                break;
            case 0:
                AddThing(path, lookup.Kind == LookupKind.Open);
                break;
            case Linux.ENOENT or Linux.ENOTDIR:
                tree.AddVacancy(path);
                break;
            case EACCES when lookup.Kind == LookupKind.Access:
                Object($"it asks whether it may execute or write {path}");
                break;
            default:
                break;
        }
    }

    /// <summary>Adds the paths that its jobs were observed to look up and the trial was not.</summary>
    public void AddLearnt(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            if (WrapperSurvey.IsProgram(path))
            {
                AddProgram(path);
            }
            else
            {
                AddThing(path, isRead: true);
            }
        }
    }

    private void AddProgram(string path)
    {
        string name = Path.GetFileName(path);
        _ran.Add(name);
        if (MachinePrograms.IsOne(path))
        {
            Object($"it runs {name}, whose answer differs from machine to machine");
        }

        if (MachinePrograms.IsInterpreter(path))
        {
            Object($"it runs {name}, of which nobody sees what variables it obeys and what it asks the machine");
        }

        if (CompilerNames.IsWrapper(name) || CompilerLocator.IsWrapper(path))
        {
            Object($"it runs {path}, which is no compiler but hands compiles on");
        }

        if (Script.Read(path) is { } script)
        {
            _hasScript = true;
            if (!script.IsForShell)
            {
                Object($"{path} is a script for {script.InterpreterName}, of which nobody sees what variables it obeys and what it asks the machine; name the real compiler instead");
            }

            AddThing(path, isRead: true);
        }
        else
        {
            string real = libraries.AddProgram(path);
            if (!_compiler.Contains(real) && !drivers.Contains(real) && (path == program || !IsDistributions(real)) && ProgramCalls.FirstIn(real) is { } call)
            {
                Object($"{path}, which is no compiler, names {call}, which differs from run to run or from machine to machine");
            }
        }
    }

    private void AddThing(string path, bool isRead)
    {
        if (Linux.Stat(path, followLinks: true, out FileStatus status) != 0)
        {
            return;
        }

        if (status.IsDirectory)
        {
            tree.AddDirectory(path);
        }
        else if (status.IsRegular)
        {
            tree.AddFile(path);
            if ((status.Permissions & AnyExecute) == 0 && !isRead)
            {
                _idle.Add(path);
            }

            // Files that the compiler reads, such as specs, have their own syntax and are not shell text.
            if (isRead && status.Length <= LongestText && !path.EndsWith(".h", StringComparison.Ordinal) && !_compiler.Contains(CompilerLocator.RealPath(path)))
            {
                ReadText(path);
            }
        }
        else
        {
            Object($"it looks at {path}, which is no regular file");
        }
    }

    /// <summary>Adds a folder that was listed: the listing is the same elsewhere when all entries are there.</summary>
    private void AddListed(string path)
    {
        tree.AddListing(path);
        string[] entries = [.. Directory.EnumerateFileSystemEntries(path).Take(MostNames + 1)];
        foreach (string entry in entries.Length <= MostNames ? entries : [])
        {
            AddThing(entry, isRead: false);
        }
    }

    private void ReadText(string path)
    {
        byte[] bytes = Linux.ReadAllBytes(path);
        if (bytes.AsSpan().Contains((byte)0))
        {
            return;
        }

        string text = Encoding.UTF8.GetString(bytes);
        _words.UnionWith(WrapperText.Words(text));
        _composes |= WrapperText.ComposesNames(text);
        _asksToExecute |= WrapperText.AsksToExecute(text);
        if (WrapperText.ReasonToStay(text) is { } reason)
        {
            Object($"{path} {reason}");
        }
    }

    private static bool IsDistributions(string path) => System.Any(folder => IsWithin(path, folder)) && !IsWithin(path, "/usr/local");

    /// <summary>Whether a path leads to this system's launcher: elsewhere the compiler behind it is found instead.</summary>
    private static bool IsLauncher(string path) => CompilerNames.IsCompiler(path) && Path.GetFileName(CompilerLocator.RealPath(path)) == Launcher;

    private void Object(string reason) => Doubt ??= reason;

    private static bool IsWithin(string path, string folder) => path.StartsWith(folder, StringComparison.Ordinal) && (path.Length == folder.Length || path[folder.Length] == '/');
}
