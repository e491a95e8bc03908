using System.Collections.Immutable;
using System.Text;
using IceCream.CommandLine;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>The preprocessor arguments of a command, except search folders.</summary>
/// <param name="Forced">The files that are included before the source, in the order of the arguments.</param>
/// <param name="Macros">The macros of the command line as source text; empty when there are none.</param>
/// <param name="Trigraphs">Whether trigraphs may be replaced.</param>
/// <param name="Modules">Whether C++ modules may be in use.</param>
/// <param name="Doubt">An argument that changes how files are found in an unsupported way; null when there is none.</param>
internal sealed record PreprocessorArguments(ImmutableArray<string> Forced, string Macros, bool Trigraphs, bool Modules, string? Doubt)
{
    /// <summary>How a standard is told to Clang's compiler proper.</summary>
    private const string PassedStandard = "-std=";

    private static readonly char[] Blanks = [' ', '\t', '\v', '\f', '\r', '\0'];

    /// <summary>Extracts them from a parsed command line.</summary>
    public static PreprocessorArguments Read(CompilerInvocation invocation)
    {
        var forced = ImmutableArray.CreateBuilder<string>();
        var macros = new StringBuilder();
        bool trigraphs = false, modules = false;
        string? doubt = null;
        foreach ((CompilerFlag flag, string word, _, string value) in CompilerFlags.In(invocation.Arguments))
        {
            if (flag.Has(FlagTraits.BeyondScanner) || (flag.Has(FlagTraits.BeyondScannerInClang) && invocation.Family == CompilerFamily.Clang))
            {
                doubt ??= word;
            }

            switch (flag.Action)
            {
                case FlagAction.Define:
                    Define(value);
                    break;
                case FlagAction.PreprocessorPass:
                    foreach (string passed in value.Split(',').Where(static passed => passed.StartsWith("-D", StringComparison.Ordinal)))
                    {
                        Define(passed[2..]);
                    }

                    break;
                case FlagAction.Include:
                    forced.Add(value);
                    break;
                case FlagAction.Trigraphs:
                    trigraphs = true;
                    break;
                case FlagAction.ClangPass when value == "-ftrigraphs":
                    trigraphs = true;
                    break;
                case FlagAction.Standard:
                    Follow(value);
                    break;
                case FlagAction.ClangPass when value.StartsWith(PassedStandard, StringComparison.Ordinal):
                    Follow(value[PassedStandard.Length..]);
                    break;
                case FlagAction.InputCharset when !value.Equals("UTF-8", StringComparison.OrdinalIgnoreCase):
                case FlagAction.ClangPass when value == PassedFlags.PrecompiledHeader:
                    doubt ??= word;
                    break;
                case FlagAction.ClangPass when CompilerFlags.Find(value) is { } handed && handed.Flag.Has(FlagTraits.BeyondScannerInClang):
                    doubt ??= $"{word} {value}";
                    break;
            }
        }

        return new PreprocessorArguments(forced.ToImmutable(), macros.ToString(), trigraphs, modules, doubt);

        void Follow(string standard)
        {
            trigraphs |= !standard.StartsWith("gnu", StringComparison.Ordinal);

            // GCC needs a flag for modules, and a command with that flag is not supported anyway.
            modules |= invocation.Family == CompilerFamily.Clang && standard.Contains("++2", StringComparison.Ordinal);
        }

        void Define(string definition)
        {
            int cut = definition.IndexOf('=', StringComparison.Ordinal);
            if (cut >= 0 && definition[..cut] == "__TIMESTAMP__" && !definition[cut..].Contains("__TIMESTAMP__", StringComparison.Ordinal))
            {
                // Chromium's builds define this macro so that it has no effect: its name here does not query a file's time.
                return;
            }

            string line = cut < 0 ? definition + " 1" : $"{definition[..cut]} {definition[(cut + 1)..]}";
            int end = line.IndexOf('\n', StringComparison.Ordinal);
            line = end < 0 ? line : line[..end];

            // Each argument is a text of its own: a backslash at its end does not join it with the next one, which would be hidden.
            macros.Append("#define ").Append(line).Append(line.TrimEnd(Blanks).EndsWith('\\') ? " /**/\n" : "\n");
        }
    }
}
