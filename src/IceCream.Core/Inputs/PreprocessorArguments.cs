using System.Collections.Immutable;
using System.Text;
using IceCream.CommandLine;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>What a command's arguments say to the preprocessor, search folders apart.</summary>
/// <param name="Forced">The files that are included before the source, in the order of the arguments.</param>
/// <param name="Macros">What the macros of the command line would be as the text of a source; empty when there are none.</param>
/// <param name="Trigraphs">Whether trigraphs may be replaced.</param>
/// <param name="Modules">Whether C++ modules may be in use.</param>
/// <param name="Doubt">An argument that changes how files are found in a way not followed here; null when there is none.</param>
internal sealed record PreprocessorArguments(ImmutableArray<string> Forced, string Macros, bool Trigraphs, bool Modules, string? Doubt)
{
    /// <summary>Reads the arguments of a command line that is understood.</summary>
    public static PreprocessorArguments Read(CompilerInvocation invocation)
    {
        var forced = ImmutableArray.CreateBuilder<string>();
        var macros = new StringBuilder();
        bool trigraphs = false, modules = false;
        string? doubt = null;
        ImmutableArray<string> arguments = invocation.Arguments;
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument.Length < 2 || argument[0] != '-' || CompilerFlags.Find(argument) is not { } match)
            {
                continue;
            }

            string value = match.JoinedValue ?? (++i < arguments.Length ? arguments[i] : "");
            switch (match.Flag.Name)
            {
                case "-D":
                    Define(value);
                    break;
                case "-Wp,":
                    foreach (string word in value.Split(',').Where(static word => word.StartsWith("-D", StringComparison.Ordinal)))
                    {
                        Define(word[2..]);
                    }

                    break;
                case "-include" or "-imacros":
                    forced.Add(value);
                    break;
                case "-ansi" or "-trigraphs":
                    trigraphs = true;
                    break;
                case "-std=" or "--std=":
                    trigraphs |= !value.StartsWith("gnu", StringComparison.Ordinal);

                    // GCC wants a flag of its own for modules, with which a command is not understood in the first place.
                    modules |= invocation.Family == CompilerFamily.Clang && value.Contains("++2", StringComparison.Ordinal);
                    break;
                case "-f" when value.StartsWith("input-charset=", StringComparison.Ordinal) && !value.EndsWith("=UTF-8", StringComparison.OrdinalIgnoreCase):
                case "-f" when value is "ms-compatibility" or "ms-extensions" && invocation.Family == CompilerFamily.Clang:
                case "-include-pch":
                case "-Xclang" when value == PassedFlags.PrecompiledHeader:
                case "-traditional" or "-traditional-cpp" or "-remap" or "-specs=" or "--specs=" or "-fplugin=" or "-F" or "-iframework":
                    doubt ??= argument;
                    break;
            }
        }

        return new PreprocessorArguments(forced.ToImmutable(), macros.ToString(), trigraphs, modules, doubt);

        void Define(string definition)
        {
            int cut = definition.IndexOf('=', StringComparison.Ordinal);
            if (cut >= 0 && definition[..cut] == "__TIMESTAMP__" && !definition[cut..].Contains("__TIMESTAMP__", StringComparison.Ordinal))
            {
                // Chromium's builds give it away: that it is named here asks for no file's time.
                return;
            }

            string line = cut < 0 ? definition + " 1" : $"{definition[..cut]} {definition[(cut + 1)..]}";
            int end = line.IndexOf('\n', StringComparison.Ordinal);
            macros.Append("#define ").Append(end < 0 ? line : line[..end]).Append('\n');
        }
    }
}
