namespace IceCream.Benchmarks.Identity.Random.Constructs;

/// <summary>Text that hides a directive, or looks like one: raw strings, comments, splices, trigraphs, separators of digits.</summary>
internal static class Disguise
{
    public static void Text(Draft draft)
    {
        Dice dice = draft.Dice;
        string folder = draft.Searched("inc"), stem = draft.New("dis"), value = draft.New("V");
        string path = $"{folder}/{stem}.h";
        bool isLeftToCompiler = dice.Chance(40), isOnlyAskedFor = dice.Chance(isLeftToCompiler ? 80 : 45);
        draft.Write(path, $"#define {value} 1\n");
        if (isLeftToCompiler)
        {
            // What the scanner does not read is left to the compiler.
            draft.Words(dice.Pick("-finput-charset=ISO-8859-1", "-fms-extensions", "-trigraphs", "-finput-charset=UTF-8"));
        }

        if (!isOnlyAskedFor && dice.Chance(50))
        {
            draft.Decoy($"{stem}.h", value);
        }

        (string open, string close) = dice.Chance(75) ? Noise(draft) : ("", "");
        string directive = isOnlyAskedFor
            ? $"{Spelled(dice, "if")} __has_include(<{stem}.h>)\nint {value}i = 1;\n#else\nint {value}i = 2;\n#endif"
            : $"{Spelled(dice, "include")} <{stem}.h>\nint {value}i = {value};";
        draft.Lines.Add(open);
        draft.Lines.Add(directive);
        draft.Lines.Add(close);
        if (draft.Lines.Exists(static line => line.Contains("??", StringComparison.Ordinal)))
        {
            draft.Words(draft.IsPlusPlus ? "-std=c++11" : "-std=c11");
        }

        if (dice.Chance(50))
        {
            draft.Later(isOnlyAskedFor ? Edit.Run($"rm {path}") : Edit.Write(path, $"#define {value} 2\n"));
        }

        if (!isOnlyAskedFor && dice.Chance(40))
        {
            string earlier = draft.New("inc");
            draft.Run($"mkdir {earlier}");
            draft.Words("-I" + draft.Seen(earlier), "-I" + draft.Seen(folder));
            draft.Later(Edit.Write($"{earlier}/{stem}.h", $"#define {value} 3\n"));
        }
    }

    private static string Spelled(Dice dice, string name) => dice.Below(12) switch
    {
        0 => $"??={name}",
        1 => $"%:{name}",
        2 => $"#{name[..1]}\\\n{name[1..]}",
        3 => $"#{name[..1]}??/\n{name[1..]}",
        4 => $"/* a */ # /* b\n*/ {name} /**/",
        5 => $" \t#\t{name}",
        6 => $"/\\\n* c *\\\n/ #{name}",
        7 => $"#{name[..2]}\\ \n{name[2..]}",
        8 when name == "include" => "#import",
        _ => $"#{name}",
    };

    private static (string Open, string Close) Noise(Draft draft)
    {
        string n = draft.New("n");
        (string, string)[] common =
        [
            ("#if 0\n don't /* '\n#endif", "/* end */"),
            ("// a comment \\\n#if 0", "// another??/\n#endif"),
            ($"const char *s{n} = \"/*\\\n\";", "/* end */"),
            ($"#define {n} '\"' /* \" */", "/* \" */"),
            ("#if 0\n\"/*\n#endif", "/* */"),
            ($"#define G{n} \"/*\"", "/* */"),
            ($"int c{n} = '\\\"' /* ' */;", "/* */"),
            ($"int c{n} = '\"'; // \" /*", "/* */"),
            ("#pragma mark don't /* so */", "/* */"),
            ("// *\\\n/ /* ", "/* */"),
            ("#ifdef NEVER\n#error don't\n#endif", ""),
            ($"#define R{n} 1 // \\\n#include <never.h>", ""),
            ("#if 0\n#else /* \n#if 0 */\n#endif", ""),
        ];
        (string, string)[] strings =
        [
            ($"const char *s{n} = R\"x(\" /*)x\";", $"const char *e{n} = \"*/\";"),
            ($"#define G{n} R\"(a\"/*)\"", "/* */"),
            ($"const char *s{n} = R\"(\n#define G{n} /*\n)\";", "/* */"),
            ($"const char *s{n} = R\"(\n#if 0\n)\";", $"const char *e{n} = R\"(\n#endif\n)\";"),
            ($"const void *s{n} = u8R\"ab(\n)a\"\n/* )\" )ab\";", "/* */"),
            ($"const void *s{n} = LR\"(\\)\"; /*\n*/", ""),
            ($"const char *s{n} = R\"(\n#include <never.h>\n)\" \")\";", ""),
            ($"#define xR{n} \"(\"\nconst char *s{n} = xR{n}\")\";", "/* */"),
            ($"const char *s{n} = R\"(??/\n)\" /* )\" */;", ""),
            ($"const char *s{n} = R\"\\\nx(/*)x\";", "/* */"),
        ];
        (string, string)[] digits =
        [
            ($"int b{n} = 1'000; // don't /*", "/* end */"),
            ($"int b{n} = 0x1'0 + '/*' + 1'1;", "/* */"),
            ($"int b{n} = 1'0; const char *t{n} = \"'/*\";", "/* */"),
        ];
        (string, string)[] plain =
        [
            ($"#define R\nconst char *s{n} = R\"(/*\" ;", $"const char *e{n} = \"*/)\";"),
            ($"#define R\nconst char *s{n} = R\"(\";", $"const char *e{n} = \")\";"),
        ];
        Dice dice = draft.Dice;
        if (dice.Chance(15) && !draft.IsPlusPlus)
        {
            draft.Words("-std=c11");
            return dice.Pick(plain);
        }

        return draft.IsPlusPlus && dice.Chance(30) ? dice.Pick(digits) : dice.Chance(60) ? dice.Pick(strings) : dice.Pick(common);
    }
}
