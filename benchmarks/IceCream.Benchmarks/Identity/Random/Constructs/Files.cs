namespace IceCream.Benchmarks.Identity.Random.Constructs;

/// <summary>Files beside headers: precompiled ones, response files, lines of other files, stamps, pipes, old outputs.</summary>
internal static class Files
{
    /// <summary>Precompiled headers, with and without the header, also earlier on the path.</summary>
    public static void Precompiled(Draft draft)
    {
        Dice dice = draft.Dice;
        string name = $"{draft.New("pre")}.h", value = draft.New("V"), language = draft.IsPlusPlus ? "c++-header" : "c-header";
        string[] folders = [draft.Searched("pch"), draft.Searched("pch")];
        string home = folders[dice.Chance(70) ? 0 : 1];
        string result = draft.IsClang ? $"{home}/{name}.pch" : $"{home}/{name}.gch";
        string make = $"{draft.Compiler} -x {language} {home}/{name} -o {result}";
        draft.Write($"{home}/{name}", $"#define {value} 1\nstatic inline int f{value}(void) {{ return {value}; }}\n");
        draft.Run(dice.Chance(20) && !draft.IsClang ? $"mkdir {result}; {make}/one" : make);
        if (dice.Chance(55) && !draft.IsClang)
        {
            draft.Run($"rm {home}/{name}");
        }

        if (dice.Chance(75))
        {
            draft.Write($"{folders.First(folder => folder != home)}/{name}", $"#define {value} 2\nstatic inline int f{value}(void) {{ return {value}; }}\n");
        }

        if (draft.IsClang && dice.Chance(40))
        {
            draft.Words("-include-pch", draft.Seen(result));
        }
        else if (dice.Chance(50))
        {
            draft.Words("-include", dice.Pick(name, draft.Seen($"{home}/{name}")));
        }
        else
        {
            draft.Lines.Insert(0, $"#include {dice.Pick($"<{name}>", $"\"{name}\"")}");
        }

        draft.Lines.Add($"int use{value}(void) {{ return f{value}() + {value}; }}");
        if (dice.Chance(30))
        {
            draft.Words("-Winvalid-pch");
        }

        draft.Later(Edit.Run(dice.Pick(
            $"rm -rf {result}", $"printf '#define {value} 3\\nstatic inline int f{value}(void) {{ return 3; }}\\n' >{home}/{name}; {make}", $"touch {home}/{name}", $"echo no >{result}",
            $"rm -f {home}/{name}", $"cp -r {result} {folders[0]}/{name}.gch")));
    }

    /// <summary>The same words spelt out, in one response file, in another one, nested.</summary>
    public static void Response(Draft draft)
    {
        Dice dice = draft.Dice;
        if (!draft.Take())
        {
            return;
        }

        string value = draft.New("V"), file = draft.New("rsp");
        string[] texts = [$"-D{value}=2", $"-D{value}=3 -DX", $"-D\"{value}=4\"", $"'-D{value}=5' -DY='a\\\\'b'", $"-D{value}=6\n-g", $"-D{value}=\\\n7", $"-D{value}=8 -DS=\"\\xff\""];
        string[] spelt = [$"-D{value}=2"];
        draft.Lines.Add($"int i{value} = {value};");
        int steps = 2 + dice.Below(3);
        var uses = new List<string>();
        for (int step = 0; step < steps; step++)
        {
            string path = step > 0 && dice.Chance(40) ? $"{file}.0" : $"{file}.{step}", text = dice.Chance(60) ? texts[0] : dice.Pick(texts);
            Edit[] edits = dice.Chance(25)
                ? [Edit.Write($"{path}.in", text), Edit.Write(path, $"@{draft.Seen($"{path}.in")}")]
                : [Edit.Write(path, text)];
            uses.Add(dice.Chance(25) ? "" : draft.Seen(path));
            if (step == 0)
            {
                Array.ForEach(edits, edit => draft.Write(edit.Path, string.Join('\n', edit.Lines!)));
            }
            else
            {
                draft.Later(edits);
            }
        }

        draft.Crowd = (step, job) => [job with { Words = [.. job.Words, uses[Math.Min(step, uses.Count - 1)] is { Length: > 0 } use ? [$"@{use}"] : spelt] }];
    }

    /// <summary>Lines of other files that a compiler quotes, and names that it writes down.</summary>
    public static void Line(Draft draft)
    {
        Dice dice = draft.Dice;
        string name = dice.Pick($"{draft.New("gram")}.y", $"sub/{draft.New("gram")}.l", $"{Bash.Tree}/{draft.New("gram")}.y"), path = name.Replace($"{Bash.Tree}/", "", StringComparison.Ordinal);
        string place = name.StartsWith(Bash.Tree) || draft.Folder is "." or "/" ? path : $"{draft.Folder}/{path}";
        string value = draft.New("unused"), there = $"one\ntwo\n  int {value} = some_{value};\nrule: {{ int {value}; }}\n";
        if (dice.Chance(80))
        {
            draft.Write(place, there);
        }

        draft.Words("-Wall");
        draft.Lines.Add($"int some_{value};\nvoid f{value}(void)\n{{\n{dice.Pick("#line", "#line", "#")} {dice.Pick(3, 3, 4, 9)} \"{name}\"");
        draft.Lines.Add($"  int {value} = {dice.Pick($"some_{value}", $"some_{value}", "undeclared")};\n#line 20 \"other.c\"\n}}\nconst char *n{value} = __FILE__;");
        if (dice.Chance(25) && draft.Take())
        {
            // Preprocessed, beside its source.
            string from = draft.Extension, source = draft.SourceFolder + draft.Name;
            string text = $"void g{value}(void)\n{{\n  int {value};\n}}\n";
            draft.Write($"{source}p{from}", text);
            draft.Name += "p";
            draft.Extension = draft.IsPlusPlus ? ".ii" : ".i";
            draft.Lines.Clear();
            draft.Lines.Add($"# 1 \"{draft.Seen($"{source}p{from}")}\"\n# 1 \"<built-in>\"\n# 1 \"{draft.Seen($"{source}p{from}")}\"\n{text}");
        }

        draft.Later(Edit.Write(place, there.Replace("rule", "RULE", StringComparison.Ordinal).Replace("  int", "int", StringComparison.Ordinal)), Edit.Run(dice.Pick(":", $"rm {Bash.Quote(place)}")));
    }

    /// <summary>Times and names that end up in the object.</summary>
    public static void Stamps(Draft draft)
    {
        Dice dice = draft.Dice;
        string value = draft.New("s");
        string name = $"{value}.h";
        draft.Lines.Add(dice.Pick(
            $"const char *{value} = __TIMESTAMP__;", $"#define T{value}(a, b) a##b\n#define U{value}(a, b) T{value}(a, b)\nconst char *{value} = U{value}(__TIME, STAMP__);",
            $"const char *{value} = __DATE__ __TIME__;", $"const char *{value} = __FILE__;\nconst char *b{value} = __BASE_FILE__;", $"int {value} = __COUNTER__ + __COUNTER__;",
            $"#include \"{name}\"\nconst char *{value} = STAMP;", $"#include \"{name}\"\nint {value} = sizeof STAMP;"));
        draft.Write($"{draft.SourceFolder}{name}", dice.Pick("#define STAMP __TIMESTAMP__\n", "#define STAMP __FILE__\n", "#define STAMP __FILE_NAME__\n", "static const char *stamp = __TIMESTAMP__;\n#define STAMP \"\"\n"));
        draft.Run($"touch -d '2020-02-02 02:02:02' {draft.SourceFolder}{name}");
        if (dice.Chance(50))
        {
            draft.Variables.Add(dice.Pick("SOURCE_DATE_EPOCH=1000000000", "SOURCE_DATE_EPOCH=0", "TZ=Asia/Tokyo", "TZ=EST5EDT"));
        }

        draft.Later(Edit.Run(dice.Pick($"touch -d '2021-01-01 01:01:01' {draft.SourceFolder}{name} {draft.SourceFolder}{draft.Name}{draft.Extension}", $"touch -d @1000000000 {draft.SourceFolder}{draft.Name}{draft.Extension}")));
    }

    /// <summary>Outputs that are there already.</summary>
    public static void Outputs(Draft draft)
    {
        Dice dice = draft.Dice;
        string folder = draft.Folder is "/" or "." ? "" : $"{draft.Folder}/", output = $"{folder}{draft.Name}.o", dependencies = $"{folder}{draft.Name}.d";
        if (dice.Chance(20))
        {
            draft.Result = ".s";
            output = $"{folder}{draft.Name}.s";
        }

        draft.Words(dice.Pick("-MD", "-MMD"), "-MF", draft.Folder == "/" ? draft.Seen(dependencies) : $"{draft.Name}.d");
        if (dice.Chance(30))
        {
            draft.Run("order=1");
            return;
        }

        draft.Before.Add(dice.Pick(
            $"echo old >{output}; chmod 600 {output}", $"echo old >{dependencies}; chmod 600 {dependencies}", $"echo old >{output}; chmod 666 {output}", $": >{output}; : >{dependencies}",
            $"echo old >{folder}t.o; ln -s t.o {output}", $"ln -s t.o {output}", $"echo old >{folder}l.o; ln -f {folder}l.o {output}", $"echo old >{output}; chmod 400 {output}",
            $"echo old >{output}; echo old >{dependencies}; chmod 640 {output} {dependencies}", $"echo old >{folder}l.d; ln -f {folder}l.d {dependencies}"));
        if (dice.Chance(30))
        {
            draft.Lines.Add("int x = undeclared;");
        }
    }

    /// <summary>A header that is a pipe: whoever reads it has read it away.</summary>
    public static void Pipe(Draft draft)
    {
        Dice dice = draft.Dice;
        string name = $"{draft.New("pipe")}.h", path = draft.SourceFolder + name, value = draft.New("V");
        draft.Run($"mkdir -p ./{draft.SourceFolder}; mkfifo {path}");

        // Each run has a writer of its own, which does not wait for ever.
        string writer = $"timeout 12 sh -c 'echo \"#define {value} 4\" >{Bash.Tree}/{path}' <&- >&- 2>&- & exec \"$@\"";
        draft.Front.AddRange(["sh", "-c", writer, "pipe"]);
        draft.Lines.Add($"#include \"{name}\"\nint i{value} = {value};");
    }
}
