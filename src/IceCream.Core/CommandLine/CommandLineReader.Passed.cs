using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <content>Arguments passed to one of the compiler's programs, and Clang's precompiled header, which such an argument may name.</content>
internal sealed partial class CommandLineReader
{
    private const string PrecompiledEnd = ".pch";

    private const string UnknownToClang = "tells Clang's compiler proper more than is known here";

    /// <summary>The compiler proper receives the words after all <c>-Xclang</c> as one list, wherever they stand.</summary>
    private LocalOnlyReason? PassToClang(string word)
    {
        (string? flag, awaitsValue) = (awaitsValue, null);
        if (flag == PassedFlags.PrecompiledHeader)
        {
            said.NamedInputs.Add(word);
            return IncludePrecompiled(word);
        }

        if (flag == PassedFlags.Header)
        {
            // CMake passes it next to the precompiled form. Alone it would read a file that no scanner looks for.
            return said.Precompiled == word + PrecompiledEnd ? null : Bound(UnknownToClang) with { Detail = $"-Xclang {flag} -Xclang {word}" };
        }

        if (flag is not null)
        {
            if (PassedFlags.MayNameFileForClang(flag, word))
            {
                said.NamedInputs.Add(word);
            }

            return PassedFlags.IsSafeValueForClang(flag, word) ? null : Bound(UnknownToClang) with { Detail = $"-Xclang {flag} -Xclang {word}" };
        }

        if (PassedFlags.TakesValueForClang(word))
        {
            awaitsValue = word;
            return null;
        }

        if (word.StartsWith(PassedFlags.ThinLinkBitcode, StringComparison.Ordinal))
        {
            said.NamedOutputs.Add(word[PassedFlags.ThinLinkBitcode.Length..]);
            return null;
        }

        return word is "-emit-pch" ? new LocalOnlyReason(LocalOnlyKind.PrecompiledHeader) { Effect = "makes a precompiled header" }
            : PassedFlags.IsSafeForClang(word) ? null
            : Bound(UnknownToClang);
    }

    /// <summary>Workers recognise a precompiled header of Clang's, which compares the times of all headers, by its suffix.</summary>
    private LocalOnlyReason? IncludePrecompiled(string file)
    {
        said.Precompiled = file;
        return family == CompilerFamily.Clang && file.EndsWith(PrecompiledEnd, StringComparison.Ordinal) ? null
            : new LocalOnlyReason(LocalOnlyKind.PrecompiledHeader, file) { Effect = $"is a precompiled header whose name does not end with {PrecompiledEnd}, or none of Clang's" };
    }

    private LocalOnlyReason? PassToPreprocessor(string list)
    {
        string[] words = list.Split(',');
        var definitions = new List<string>();
        for (int i = 0; i < words.Length; i++)
        {
            switch (words[i])
            {
                // Clang takes the name of the file only from a list of these two words: from a longer one it makes a file beside the object.
                case "-MD" or "-MMD" when i + 1 < words.Length && words[i + 1].Length > 0 && (family == CompilerFamily.Gcc || words.Length == 2):
                    said.WritesDependencies = true;
                    said.DependencyFile = words[++i];
                    break;
                case "-MT" or "-MQ" when i + 1 < words.Length:
                    i++;
                    break;
                case "-MP":
                    break;
                case ['-', 'D' or 'U', _, ..]:
                    definitions.Add(words[i]);
                    break;
                default:
                    return Bound("tells the preprocessor more than is known here");
            }
        }

        if (definitions.Count > 0)
        {
            string kept = "-Wp," + string.Join(',', definitions);
            said.Scan.Add(kept);
            said.Search.Add(kept);
        }

        return null;
    }
}
