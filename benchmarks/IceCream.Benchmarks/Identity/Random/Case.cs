namespace IceCream.Benchmarks.Identity.Random;

/// <summary>A generated tree with a history. In all texts a char is a byte, and <see cref="Bash.Tree"/> stands for the tree's path.</summary>
/// <param name="Seed">Of the run.</param>
/// <param name="Number">Which case of the run.</param>
/// <param name="Kinds">The constructs it was made of.</param>
/// <param name="Steps">What happens to it, in this order.</param>
internal sealed record Case(int Seed, int Number, IReadOnlyList<string> Kinds, IReadOnlyList<Step> Steps)
{
    /// <summary>How often one command is compared.</summary>
    public int Pairs => Steps.Sum(static step => step.Jobs.Count);
}

/// <summary>Edits, and the commands that follow them, all at the same time.</summary>
internal sealed record Step(IReadOnlyList<Edit> Edits, IReadOnlyList<Job> Jobs);

/// <summary>A change of the tree: a line of bash, or a file with these lines.</summary>
/// <param name="Line">What bash is told; null for a file.</param>
/// <param name="Path">The file, below the tree.</param>
/// <param name="Lines">What it holds; the last one ends as it stands.</param>
internal sealed record Edit(string? Line, string Path = "", IReadOnlyList<string>? Lines = null)
{
    public static Edit Write(string path, string text) => new(null, path, text.Split('\n'));

    public static Edit Run(string line) => new(line);
}

/// <summary>A compile.</summary>
/// <param name="Folder">Where it runs, below the tree, or absolute.</param>
/// <param name="Mode">ICECREAM_MODE on the farm.</param>
/// <param name="Before">Lines of bash before it, such as those that make old outputs. What they make does not outlive it.</param>
/// <param name="Variables">Assignments, or <c>-NAME</c> for one that is taken away.</param>
/// <param name="Prefix">Words in front of everything, such as another view of the file system.</param>
/// <param name="Compiler">As it is called.</param>
/// <param name="Words">Flags, in groups that belong together.</param>
/// <param name="Core">What makes it a compile: <c>-c</c>, the source, the output.</param>
internal sealed record Job(
    string Folder, string Mode, IReadOnlyList<string> Before, IReadOnlyList<string> Variables, IReadOnlyList<string> Prefix,
    string Compiler, IReadOnlyList<IReadOnlyList<string>> Words, IReadOnlyList<string> Core);
