namespace IceCream.CommandLine;

/// <summary>Flags that the driver hands to one of its programs unread: what is known to be harmless may travel, all else may not.</summary>
internal static class PassedFlags
{
    /// <summary>Tells whether all words of a <c>-Wa,</c> list only decide how the assembler works, and neither name files nor print listings.</summary>
    public static bool AreSafeForAssembler(string list)
    {
        var words = list.Split(',');
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] == "--defsym" && i + 1 < words.Length)
            {
                i++;
            }
            else if (!IsSafeForAssembler(words[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Tells whether a word after <c>-Xclang</c> changes neither what is read nor what is written.</summary>
    public static bool IsSafeForClang(string word) => word is "-fcolor-diagnostics" or "-fno-pch-timestamp" or "-disable-O0-optnone" or "-disable-llvm-passes"
        or "-fansi-escape-codes" or "-mconstructor-aliases" or "-fdebug-pass-manager" or "-fno-validate-pch" or "-mno-constructor-aliases"
        or "-fexperimental-assignment-tracking=disabled" or "-target-feature";

    private static bool IsSafeForAssembler(string word) =>
        word is "--noexecstack" or "--execstack" or "--32" or "--64" or "--x32" or "--fatal-warnings" or "--warn" or "--no-warn" or "-W" or "-g" or "--gen-debug"
            or "--no-pad-sections" or "--compress-debug-sections" or "--nocompress-debug-sections"
        || word.StartsWith("--gdwarf", StringComparison.Ordinal)
        || word.StartsWith("-gdwarf-", StringComparison.Ordinal)
        || word.StartsWith("--compress-debug-sections=", StringComparison.Ordinal)
        || (word.StartsWith("-m", StringComparison.Ordinal) && word.Length > 2 && !word.EndsWith("=native", StringComparison.Ordinal) && !word.Contains('/'));
}
