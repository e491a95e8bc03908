using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace IceCream.Launcher.Tests;

/// <summary>The launcher is nothing: it uses little of Core, and every import is start-up time.</summary>
public sealed partial class ImportRules
{
    private static readonly string[] Allowed = ["Jobs", "Diagnostics", "CommandLine", "Wire", "Toolchains", "Platform", "Launcher"];

    [Fact]
    public void The_launcher_imports_little_and_only_one_file_calls_the_C_library()
    {
        string[] files = Directory.GetFiles(Folder(), "*.cs");
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            string text = File.ReadAllText(file);
            Assert.All(Import().Matches(text), match => Assert.Contains(match.Groups[1].Value, Allowed));
            Assert.Equal(Path.GetFileName(file) == "Libc.cs", text.Contains("LibraryImport", StringComparison.Ordinal));
        }
    }

    private static string Folder([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../src/IceCream.Launcher"));

    [GeneratedRegex(@"\bIceCream\.([A-Z]\w+)\b")]
    private static partial Regex Import();
}
