using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace IceCream.Tests.Rules;

/// <summary>Folders of Core import folders of lower levels only: data flows one way.</summary>
public sealed partial class ImportRules
{
    private static readonly string[][] Levels =
    [
        ["Jobs"],
        ["Diagnostics", "Platform"],
        ["CommandLine", "Wire", "Scheduling", "Storage", "Digests", "Transport", "Processes", "Preprocessing"],
        ["Sandboxing", "FileSystem", "Clients"],
        ["Inputs", "Toolchains"],
        ["Caching", "Roots"],
        ["Execution"],
        ["Sessions"],
        ["Nodes", "Interop"],
    ];

    public static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));

    [Fact]
    public void Every_folder_has_a_level()
    {
        string[] homeless = [.. Files().Select(Folder).Distinct().Where(folder => LevelOf(folder) < 0)];
        Assert.Empty(homeless);
    }

    [Fact]
    public void Folders_import_downwards_only()
    {
        var wrong = new List<string>();
        foreach (string file in Files())
        {
            string folder = Folder(file);
            foreach (Match import in Import().Matches(File.ReadAllText(file)))
            {
                string imported = import.Groups[1].Value;
                if (imported != folder && LevelOf(imported) >= LevelOf(folder))
                {
                    wrong.Add($"{Path.GetRelativePath(Root(), file)} imports {imported}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void A_file_lies_in_the_folder_of_its_namespace()
    {
        string[] strays = [.. Files().Where(file => !File.ReadAllText(file).Contains($"namespace IceCream.{Namespace(file)};", StringComparison.Ordinal))];
        Assert.Empty(strays);
    }

    [Fact]
    public void No_file_of_the_tree_is_longer_than_300_lines()
    {
        string[] giants = [.. new[] { "src", "tests", "benchmarks", "integrations" }
            .SelectMany(top => Directory.GetFiles(Path.Combine(Root(), top), "*.cs", SearchOption.AllDirectories))
            .Where(file => !Path.GetRelativePath(Root(), file).Split('/').Any(static part => part is "bin" or "obj"))
            .Where(file => File.ReadLines(file).Count() > 300)];
        Assert.Empty(giants);
    }

    [Fact]
    public void No_folder_of_Core_has_more_than_25_files()
    {
        string[] crowded = [.. Files().GroupBy(static file => Path.GetDirectoryName(file)!).Where(static folder => folder.Count() > 25).Select(static folder => folder.Key)];
        Assert.Empty(crowded);
    }

    [Fact]
    public void Only_one_class_calls_the_kernel()
    {
        IEnumerable<string> callers = Files().Where(file => File.ReadAllText(file).Contains("LibraryImport", StringComparison.Ordinal));
        Assert.Equal(["Platform/Linux.Folders.cs", "Platform/Linux.Leases.cs", "Platform/Linux.Limits.cs", "Platform/Linux.cs"], callers.Select(file => Path.GetRelativePath(Core(), file)).Order(StringComparer.Ordinal));
    }

    private static int LevelOf(string folder) => Array.FindIndex(Levels, level => level.Contains(folder));

    private static string Folder(string file) => Path.GetRelativePath(Core(), file).Split('/')[0];

    private static string Namespace(string file) => Path.GetDirectoryName(Path.GetRelativePath(Core(), file))!.Replace('/', '.');

    private static string Core() => Path.Combine(Root(), "src/IceCream.Core");

    private static string[] Files()
    {
        string[] files = [.. Directory.GetFiles(Core(), "*.cs", SearchOption.AllDirectories).Where(file => Folder(file) is not ("bin" or "obj"))];
        Assert.NotEmpty(files);
        return files;
    }

    [GeneratedRegex(@"\bIceCream\.([A-Z]\w+)\b")]
    private static partial Regex Import();
}
