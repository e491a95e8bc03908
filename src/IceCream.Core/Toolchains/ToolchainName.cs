using System.Text.RegularExpressions;
using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Toolchains;

/// <summary>What a compiler's tree is called for people, such as <c>gcc 12 x86_64-linux-gnu</c>: told from where its files lie, since workers do not start it to ask.</summary>
internal static partial class ToolchainName
{
    /// <summary>How long a name is at most, in characters.</summary>
    public const int Longest = 64;

    /// <summary>The name of a tree.</summary>
    /// <param name="compiler">The program that was typed.</param>
    /// <param name="tree">What it needs.</param>
    public static string Of(string compiler, FileTree tree)
    {
        string program = compiler[(compiler.LastIndexOf('/') + 1)..];
        foreach (TreeFile file in tree.Files)
        {
            if (file.Path.EndsWith("/cc1", StringComparison.Ordinal) || file.Path.EndsWith("/cc1plus", StringComparison.Ordinal))
            {
                return Gcc().Match(file.Path) is { Success: true } gcc ? Cut($"gcc {gcc.Groups[2].Value} {gcc.Groups[1].Value}") : Cut(program);
            }

            if (Clang().Match(file.Path) is { Success: true } clang)
            {
                return Cut($"clang {clang.Groups[1].Value}");
            }
        }

        return Cut(program);
    }

    private static string Cut(string name) => ShortText.Cut(name, Longest);

    [GeneratedRegex("/gcc/([^/]+)/([^/]+)/cc1(?:plus)?$")]
    private static partial Regex Gcc();

    [GeneratedRegex("/(?:llvm-|lib/clang/|clang[-/])([0-9][0-9.]*)(?:/|$)")]
    private static partial Regex Clang();
}
