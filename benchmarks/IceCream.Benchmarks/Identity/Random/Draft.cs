namespace IceCream.Benchmarks.Identity.Random;

/// <summary>A case that is being made: constructs add to one tree, one command and one history.</summary>
internal sealed class Draft
{
    private readonly List<Edit> _edits = [];
    private readonly List<Edit[]> _later = [];
    private readonly List<IReadOnlyList<string>> _groups = [];
    private int _names;
    private bool _isTaken;

    public Draft(Dice dice, Machine machine)
    {
        Dice = dice;
        Machine = machine;
        Compiler = machine.Compilers[dice.Below(machine.Compilers.Count)];
        (Folder, Prefix, SourceFolder) = dice.Pick(
            (".", "", ""), (".", "", ""), (".", "", "src/"), ("build", "../", "src/"), ("build", $"{Bash.Tree}/", "src/"), ("/", $"{Bash.Tree}/", "src/"), ("lnk", "../../", "src/"));
        Extension = IsPlusPlus ? ".cc" : ".c";
        Mode = dice.Chance(70) ? "remote" : "auto";
        Name = "a";
        if (Folder == "build")
        {
            Run("mkdir -p build");
        }
        else if (Folder == "lnk")
        {
            Run("mkdir -p deep/er; ln -s deep/er lnk");
        }
    }

    public Dice Dice { get; }

    public Machine Machine { get; }

    public string Compiler { get; set; }

    public bool IsClang => Compiler.Contains("clang", StringComparison.Ordinal);

    public bool IsPlusPlus => Compiler.Contains("++", StringComparison.Ordinal);

    public string Mode { get; set; }

    /// <summary>Where the command runs.</summary>
    public string Folder { get; set; }

    /// <summary>Leads from there to the tree.</summary>
    public string Prefix { get; set; }

    /// <summary>The source's folder within the tree: nothing, or a path that ends in a slash.</summary>
    public string SourceFolder { get; set; }

    /// <summary>The source's name, without its extension.</summary>
    public string Name { get; set; }

    public string Extension { get; set; }

    /// <summary>The output's suffix decides: <c>.o</c>, <c>.s</c>.</summary>
    public string Result { get; set; } = ".o";

    /// <summary>Lines of the source.</summary>
    public List<string> Lines { get; } = [];

    public List<string> Variables { get; } = [];

    public List<string> Before { get; } = [];

    public List<string> Front { get; } = [];

    /// <summary>Replaces the jobs of a step.</summary>
    public Func<int, Job, IReadOnlyList<Job>>? Crowd { get; set; }

    /// <summary>A name that nothing else has.</summary>
    public string New(string stem) => $"{stem}{++_names}";

    /// <summary>A path in the tree as the command has it.</summary>
    public string Seen(string path) => Prefix + path;

    public void Write(string path, string text) => _edits.Add(Edit.Write(path, text));

    public void Run(string line) => _edits.Add(Edit.Run(line));

    public void Words(params string[] group) => _groups.Add(group);

    public void Later(params Edit[] edits) => _later.Add(edits);

    /// <summary>One construct decides about the whole command; a second one that wants to is turned away.</summary>
    public bool Take()
    {
        bool free = !_isTaken;
        _isTaken = true;
        return free;
    }

    /// <summary>A folder of the tree that is searched.</summary>
    public string Searched(string stem, string flag = "-I")
    {
        string folder = New(stem);
        Run($"mkdir -p {folder}");
        Words(flag == "-I" ? [flag + Seen(folder)] : [flag, Seen(folder)]);
        return folder;
    }

    /// <summary>Another header of the name, searched later, travels for a reason of its own: who misses the first one compiles with the second, without a word.</summary>
    public void Decoy(string name, string value)
    {
        string folder = Searched("decoy");
        Write($"{folder}/{name}", $"#undef {value}\n#define {value} 99\n");
        Lines.Add($"#include <../{folder}/{name}>\n#undef {value}");
    }

    public Case Finish(int seed, int number, IReadOnlyList<string> kinds)
    {
        string source = $"{SourceFolder}{Name}{Extension}";
        if (Extension is ".c" or ".cc")
        {
            Lines.Add($"int last_{number};");
        }

        Edit[] first = [.. _edits, Edit.Write(source, string.Join('\n', Lines) + "\n")];
        string output = Folder == "/" ? Seen($"{Name}{Result}") : $"{Name}{Result}";
        var job = new Job(
            Folder == "/" ? "/" : Folder == "." ? $"{Bash.Tree}" : $"{Bash.Tree}/{Folder}", Mode, Before, Variables, Front, Compiler,
            [.. Dice.Chance(15) ? Dice.Shuffled<IReadOnlyList<string>>([.. _groups]) : [.. _groups]], [Result == ".s" ? "-S" : "-c", Seen(source), "-o", output]);
        IEnumerable<Edit[]> history = [first, .. _later];
        return new Case(seed, number, kinds, [.. history.Select((edits, step) => new Step(edits, Crowd?.Invoke(step, job) ?? [job]))]);
    }
}
