namespace IceCream.Benchmarks.Identity.Random.Constructs;

/// <summary>Probes and names of headers that only macros put together.</summary>
internal static class Macros
{
    /// <summary>Something is asked for, and a macro of a macro asks.</summary>
    public static void Probe(Draft draft)
    {
        Dice dice = draft.Dice;
        string folder = draft.Searched("inc"), name = $"{draft.New("opt")}.h", path = $"{folder}/{name}", word = draft.New("have");
        bool exists = dice.Chance(60);
        if (exists)
        {
            draft.Write(path, "#define OPT 1\n");
        }

        string asks = Asking(draft, dice.Chance(70) ? $"<{name}>" : $"\"{name}\"");
        if (dice.Chance(30))
        {
            string outer = draft.New("CONDITION");
            draft.Lines.Add($"#define {outer} {dice.Pick(asks, $"({asks})", $"({asks} && 1)")}");
            asks = outer;
        }

        draft.Lines.Add(dice.Pick($"#if {asks}", $"#if !({asks}) == 0", $"#if 0\n#elif {asks}", $"#if 1 && {asks}", $"#if ({asks}) ? 1 : 0", $"#ifdef __has_include\n#endif\n#if {asks}"));
        draft.Lines.Add($"int {word} = 1;\n#else\n{(dice.Chance(25) ? $"#error \"install {name}\"" : $"int {word} = 2;")}\n#endif");
        if (dice.Chance(60))
        {
            draft.Later(exists ? Edit.Run($"rm {path}") : Edit.Write(path, "/* new */\n"));
            if (dice.Chance(30))
            {
                draft.Later(exists ? Edit.Write(path, "/* again */\n") : Edit.Run($"rm {path}"));
            }
        }
    }

    /// <summary>An include whose name macros make.</summary>
    public static void Computed(Draft draft)
    {
        Dice dice = draft.Dice;
        string stem = draft.New("hdr"), folder = draft.Searched("inc");
        string path = dice.Chance(80) ? $"{folder}/{stem}.h" : $"{draft.SourceFolder}{stem}.h", word = draft.New("V");
        draft.Write(path, $"#define {word} 1\n");
        if (dice.Chance(40))
        {
            draft.Decoy($"{stem}.h", word);
        }

        draft.Lines.Add($"{dice.Pick("#include", "#include", "#include", "# /* */ include", "%:include")} {Naming(draft, stem)}\n#ifdef {word}\nint i{word} = {word};\n#endif");
        if (dice.Chance(40))
        {
            draft.Later(Edit.Write(path, $"#define {word} 2\n"));
        }

        if (dice.Chance(25))
        {
            string earlier = draft.New("inc");
            draft.Run($"mkdir {earlier}");
            draft.Words($"-iquote{draft.Seen(earlier)}");
            draft.Later(Edit.Write($"{earlier}/{stem}.h", $"#define {word} 3\n"));
        }
    }

    /// <summary>More macros than anybody writes by hand, in conditions and names.</summary>
    public static void Many(Draft draft)
    {
        Dice dice = draft.Dice;
        int depth = 2 + dice.Below(8), breadth = 2 + dice.Below(12);
        string name = draft.New("M"), asks = draft.New("HAS");
        draft.Lines.Add($"#define {asks}(x) {dice.Pick("__has_include(x)", "defined(x)", "0")}");
        for (int level = 0; level < depth; level++)
        {
            draft.Lines.Add($"#define {name}_{level}(x) {string.Join(" + ", Enumerable.Repeat($"{name}_{level + 1}(x)", breadth))}");
        }

        draft.Lines.Add($"#define {name}_{depth}(x) {dice.Pick("0", $"{asks}(<x.h>)")}\n#if 0\n#if {name}_0(1)\n#endif\n#endif");
    }

    /// <summary>Long lines, deep nests and headers that include themselves: what takes a compiler no time.</summary>
    public static void Long(Draft draft)
    {
        Dice dice = draft.Dice;
        int count = 1 << dice.Below(16);
        string item = dice.Pick("\\\"module\\\":{},", "/*", "import ", "#include ", "R\\\"(", "\\\"node_modules/abc\\\":{\\\"v\\\":1},", "??/", "__has_include(", "'\\\\");
        string word = draft.New("text"), header = $"{draft.New("self")}.h";
        draft.Run($"{{ printf 'static const char {word}[] = \"'; yes {Bash.Quote(item)} | head -{count} | tr -d '\\n'; printf '\";\\n'; }} >{draft.SourceFolder}{word}.h");
        draft.Lines.Add($"#include \"{word}.h\"\nint n{word} = sizeof {word};");
        if (dice.Chance(30))
        {
            draft.Write($"{draft.SourceFolder}{header}", $"#if __INCLUDE_LEVEL__ < {dice.Pick(3, 20, 150)}\n#include {dice.Pick($"\"{header}\"", "__FILE__")}\n#endif\n");
            draft.Lines.Add($"#include \"{header}\"");
        }
    }

    private static string Asking(Draft draft, string name)
    {
        Dice dice = draft.Dice;
        string has = draft.New("HAS");
        switch (dice.Below(9))
        {
            case 0:
                draft.Words($"-D{has}(x)=__has_include(x)");
                break;
            case 1:
                draft.Lines.Add($"#define {has}_(x) __has_##x\n#define {has} {has}_(include)");
                break;
            case 2:
                draft.Lines.Add($"#define {has} __has_include");
                break;
            case 3:
                string inner = $"{draft.New("macros")}.h";
                draft.Write($"{draft.SourceFolder}{inner}", $"#define {has}(x) __has_include(x)\n");
                draft.Lines.Add($"#include \"{inner}\"");
                break;
            case 4:
                string imposed = $"{draft.New("macros")}.h";
                draft.Write(imposed, $"#define {has}(x) __has_include(x)\n");
                draft.Words(dice.Pick("-imacros", "-include"), draft.Seen(imposed));
                break;
            case 5:
                draft.Lines.Add($"#define {has}_E()\n#define {has}_X(x) x\n#define {has}_D(x) __has_include {has}_E()(x)\n#define {has}(x) {has}_X({has}_D(x))");
                break;
            case 6:
                draft.Lines.Add($"#define {has}(...) __has_include(__VA_ARGS__)");
                break;
            case 7:
                draft.Lines.Add($"%:define {has}(x) __has_include(x)");
                break;
            default:
                draft.Lines.Add($"#define {has}(x) __has_include(x)");
                break;
        }

        if (dice.Chance(25))
        {
            string alias = draft.New("NAME");
            draft.Lines.Add($"#define {alias} {name}");
            name = alias;
        }

        string call = $"{has}({name})";
        for (int layers = dice.Below(3); layers > 0; layers--)
        {
            string layer = draft.New("LAYER");
            draft.Lines.Add($"#define {layer} {call}");
            call = layer;
        }

        return call;
    }

    private static string Naming(Draft draft, string stem)
    {
        Dice dice = draft.Dice;
        string m = draft.New("M");
        (string definitions, string use) = dice.Below(15) switch
        {
            0 => ($"#define {m} <{stem}.h>", m),
            1 => ($"#define {m} \"{stem}.h\"", m),
            2 => ($"#define {m}_S(x) #x\n#define {m}_X(x) {m}_S(x)", $"{m}_X({stem}.h)"),
            3 => ($"#define {m}(a, ...) __VA_OPT__(<a>)", $"{m}({stem}.h, 1)"),
            4 => ($"#define {m}(a, args...) <a##args>", $"{m}({stem}, .h)"),
            5 => ($"%:define {m}_S(x) %:x\n%:define {m}_T(x) {m}_S(x)", $"{m}_T({stem}.h)"),
            6 => ($"#define {m}_E()\n#define {m}_D(m) m {m}_E()\n#define {m}_N() <{stem}.h>\n#define {m}_X(x) x", $"{m}_X({m}_D({m}_N)())"),
            7 => ("#define BOOST_PP_CAT(a, b) <b##a>", $"BOOST_PP_CAT(.h, {stem})"),
            8 => ("#define BOOST_PP_STRINGIZE(a) <a.h>", $"BOOST_PP_STRINGIZE({stem})"),
            9 => ($"#define {m}_V {stem}\n#define {m}_S(x) #x\n#define {m}_X(x) {m}_S(x)", $"{m}_X({m}_V.h)"),
            10 => ($"#define {m}(x) <x", $"{m}({stem}).h>"),
            11 => ($"#define {m}_C(a, b) a##b\n#define {m}_S(x) #x\n#define {m}_X(x) {m}_S(x)\n#define {m}_J(a, b) {m}_C(a, b)", $"{m}_X({m}_J({stem[..2]}, {stem[2..]}).h)"),
            12 => ($"#define {m} <{stem}.h>\n#pragma push_macro(\"{m}\")\n#undef {m}\n#define {m} <no{stem}.h>\n#pragma pop_macro(\"{m}\")", m),
            13 => ($"#if __COUNTER__ == 0\n#define {m} <{stem}.h>\n#else\n#define {m} \"{stem}.h\"\n#endif", m),
            _ => ($"#define {m}(x) x", $"{m}({m}(<{stem}.h>))"),
        };
        if (dice.Chance(20) && !definitions.Contains('\n', StringComparison.Ordinal) && definitions[8..].IndexOf(' ', StringComparison.Ordinal) is > 0 and int end)
        {
            string definition = definitions[8..];
            if (!definition.Contains(',', StringComparison.Ordinal))
            {
                draft.Words($"-D{definition[..end]}={definition[(end + 1)..]}");
                return use;
            }
        }

        draft.Lines.Add(definitions);
        if (use == m || dice.Chance(70))
        {
            return use;
        }

        draft.Lines.Add($"#define {m}_ALIAS {use}");
        return $"{m}_ALIAS";
    }
}
