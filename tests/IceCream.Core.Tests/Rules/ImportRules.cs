using System.Runtime.CompilerServices;
using Xunit;

namespace IceCream.Tests.Rules;

/// <summary>Folders of Core import folders of lower levels only: data flows one way.</summary>
public sealed class ImportRules
{
    private static readonly string[][] Levels =
    [
        ["Jobs"],
        ["Diagnostics", "Platform"],
        ["Identity"],
        ["CommandLine", "Wire", "Scheduling", "Storage", "Digests", "Transport", "Processes", "Preprocessing", "Monitoring"],
        ["Sandboxing", "FileSystem", "Clients"],
        ["Inputs", "Toolchains"],
        ["Caching", "Roots"],
        ["Execution"],
        ["Sessions", "Interop"],
        ["Nodes"],
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
        IReadOnlyCollection<FolderImport> imports = new SourceFolders(Core()).Imports();
        Assert.Contains(imports, static import => import is { From: "Sessions", To: "Wire" });
        Assert.Empty(imports
            .Where(static import => LevelOf(import.To) >= LevelOf(import.From))
            .Select(static import => $"{import.File} uses {import.Symbol} of {import.To}"));
    }

    [Fact]
    public void No_two_folders_of_the_host_use_each_other()
    {
        IReadOnlyCollection<FolderImport> imports = new SourceFolders(Path.Combine(Root(), "src/IceCream.Host")).Imports();
        Assert.NotEmpty(imports);
        Assert.Empty(imports
            .Where(import => import.From.Length > 0 && imports.Any(other => other.From == import.To && other.To == import.From))
            .Select(static import => $"{import.File} uses {import.Symbol} of {import.To}"));
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
        Assert.Equal(["Platform/Linux.Clone.cs", "Platform/Linux.Folders.cs", "Platform/Linux.Leases.cs", "Platform/Linux.Limits.cs", "Platform/Linux.Locks.cs", "Platform/Linux.Signals.cs", "Platform/Linux.Sockets.cs", "Platform/Linux.Users.cs", "Platform/Linux.cs"], callers.Select(file => Path.GetRelativePath(Core(), file)).Order(StringComparer.Ordinal));
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
}
