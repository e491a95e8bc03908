namespace IceCream.Benchmarks.Identity.Random.Constructs;

/// <summary>Files that the assembler reads, named in statements and in assembler files, and those of <c>#embed</c>.</summary>
internal static class Assembly
{
    public static void Include(Draft draft)
    {
        Dice dice = draft.Dice;
        string blob = draft.New("blob");
        string name = $"{blob}.{dice.Pick("bin", "inc")}", folder = dice.Pick(draft.Folder is "." or "/" ? "" : $"{draft.Folder}/", "inc/", "inc/", "more/");
        string text = name.EndsWith(".inc", StringComparison.Ordinal) ? $".set {blob}_v, 1\n" : "hello";
        draft.Write($"{folder}{name}", text);
        draft.Run("mkdir -p inc more");
        draft.Words(dice.Chance(85) ? $"-I{draft.Seen("more")}" : $"-Wa,-I{dice.Pick("", ",")}{draft.Seen("more")}");
        draft.Words(dice.Chance(85) ? $"-I{draft.Seen("inc")}" : $"-Wa,-I{draft.Seen("inc")}");
        string seen = folder.Length == 0 ? draft.Folder == "/" ? draft.Seen(name) : name : dice.Pick(name, name, draft.Seen(folder + name));
        bool isText = name.EndsWith(".inc", StringComparison.Ordinal);
        string operation = isText ? dice.Pick(".include", ".include", ".INCLUDE", ".Include") : dice.Pick(".incbin", ".incbin", ".INCBIN", ".IncBin");
        if (dice.Chance(25) && draft.Take())
        {
            File(draft, blob, operation, seen, isText);
        }
        else
        {
            draft.Lines.Add(Statement(dice, blob, operation, seen, isText, draft.IsPlusPlus));
        }

        if (dice.Chance(35))
        {
            // Another one of the name travels for another reason.
            draft.Write($"more/{name}", isText ? $".set {blob}_v, 2\n" : "other");
            draft.Lines.Insert(0, $"#if __has_include(\"{draft.Seen($"more/{name}")}\")\n#endif");
        }

        if (dice.Chance(60))
        {
            draft.Later(dice.Pick(
                Edit.Write($"{folder}{name}", isText ? $".set {blob}_v, 3\n" : "HELLO"), Edit.Write($"{folder}{name}", isText ? $".set {blob}_v, 3\n" : "HELLO"),
                Edit.Write($"more/{name}", isText ? $".set {blob}_v, 4\n" : "fours"), Edit.Run($"rm {folder}{name}")));
        }
    }

    /// <summary><c>#embed</c> and what asks for it, where a compiler has it.</summary>
    public static void Embed(Draft draft)
    {
        Dice dice = draft.Dice;
        if (draft.Machine.Has("clang-19") && dice.Chance(80))
        {
            draft.Compiler = "clang-19";
            draft.Extension = ".c";
            draft.Words("-std=c23");
        }

        string name = $"{draft.New("embed")}.txt", folder = draft.Searched("data", dice.Pick("-I", "-I", "-iquote"));
        if (draft.Compiler == "clang-19" && dice.Chance(30))
        {
            draft.Words($"--embed-dir={draft.Seen(folder)}");
        }

        draft.Write($"{folder}/{name}", "one");
        string argument = dice.Pick($"<{name}>", $"\"{name}\"", "NAME"), more = dice.Pick("", "", " limit(2)", " prefix(1,) suffix(,0)", " if_empty(0)");
        draft.Lines.Add($"#define NAME <{name}>\n#if defined(__has_embed)\n#if __has_embed({argument}{more})\nint has = 1;\n#else\nint has = 2;\n#endif\n#endif");
        if (dice.Chance(70))
        {
            draft.Lines.Add($"const unsigned char e[] = {{\n#embed {argument}{more}\n}};");
        }

        draft.Later(dice.Pick(Edit.Write($"{folder}/{name}", "two"), Edit.Write($"{folder}/{name}", ""), Edit.Run($"rm {folder}/{name}"), Edit.Write($"{draft.SourceFolder}{name}", "ten")));
    }

    private static string Statement(Dice dice, string label, string operation, string name, bool isText, bool isPlusPlus)
    {
        string gap = dice.Pick(" ", "\\t", "\\t", "\\x20", "\\040", " \\t ", "\" \"", "  /* a */ ", "\\\n "), end = dice.Pick("\\n", ";", "\\n\\t", "\" \"\\n");
        string quoted = dice.Pick($"\\\"{name}\\\"", $"\\\"{name}\\\"", $"\\\"{name[..2]}\" \"{name[2..]}\\\"", $"\\042{name}\\042", $"\\x22\" \"{name}\\x22");
        string line = isText ? $"{operation}{gap}{quoted}{end}" : $".section .rodata\\n\\t.global {label}\\n{label}:{dice.Pick("", "\\t", "\\n\\t")}{operation}{gap}{quoted}{end}.text\\n";
        string keyword = dice.Pick("__asm__", "__asm__", "asm", "__asm", "asm volatile");
        return dice.Below(6) switch
        {
            0 => $"#define STR(x) #x\n#define XSTR(x) STR(x)\n{keyword}(\".section .rodata\\n{label}: \" XSTR({operation}) \" \\\"{name}\\\"\\n.text\\n\");",
            1 when isPlusPlus => $"{keyword}(R\"(\n.section .rodata\n{label}: {operation} \"{name}\"\n.text\n)\");",
            2 => $"#define OP \"{operation}\"\n{keyword}(\".section .rodata\\n{label}: \" OP \" \\\"{name}\\\"\\n.text\\n\");",
            3 => $"#define ASM(x) {keyword}(x)\nASM(\"{line}\");",
            4 => $"{keyword}(\"{operation[..3]}\" \"{operation[3..]} {quoted}{(isText ? "\\n" : "\\n.text\\n")}\");",
            _ => $"{keyword}(\"{line}\");",
        };
    }

    private static void File(Draft draft, string label, string operation, string name, bool isText)
    {
        Dice dice = draft.Dice;
        draft.Compiler = draft.IsClang ? "clang" : "gcc";
        draft.Extension = dice.Pick(".S", ".S", ".S", ".s", ".sx");
        string gap = dice.Pick(" ", "\t", " /* what */ ", "/**/\t");
        string line = dice.Below(6) switch
        {
            0 => $"#define OP {operation}\n\tOP \"{name}\"",
            1 => $"\t.macro get f\n\t{operation} \"\\f\"\n\t.endm\n\tget {name}",
            2 => $"#define NAME \"{name}\"\n\t{operation} NAME",
            3 => $"{label}x: {operation}{gap}\"{name}\"; nop",
            4 => $"\t.rept 2\n\t{operation}{gap}\"{name}\"\n\t.endr",
            _ => $"\t{operation}{gap}\"{name}\"{(isText ? "" : dice.Pick("", ",1", " , 1 , 2"))}",
        };
        draft.Lines.Clear();
        draft.Lines.Add($"\t.section .rodata\n{label}:\n{line}\n#if 0\nit's not /* a string\n#endif\n\t.byte 1");
    }
}
