using System.Text.RegularExpressions;
using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Toolchains;

/// <summary>A toolchain's name for people, such as <c>gcc 12 x86_64-linux-gnu</c>: derived from the paths of its files, since workers do not run it to ask.</summary>
internal static partial class ToolchainName
{
    /// <summary>The maximum length of a name, in characters.</summary>
    public const int Longest = 64;

    /// <summary>The name of a tree.</summary>
    /// <param name="compiler">The program as typed.</param>
    /// <param name="tree">The toolchain's tree.</param>
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
