namespace IceCream.Benchmarks.Identity.Random.Constructs;

/// <summary>Sources that fail, several commands at a time, code of csmith's, commands that are too much.</summary>
internal static class Jobs
{
    public static void Fails(Draft draft)
    {
        Dice dice = draft.Dice;
        string name = $"{draft.New("missing")}.h";
        draft.Lines.Add(dice.Pick(
            $"#include <{name}>", $"#include \"{name}\"", "#error stop", "int x = undeclared;", "int f(", "__asm__(\"nonsense %eax\");", "void w(void) { int unused; }", "#warning careful", "_Static_assert(0, \"no\");", "#include_next <stdio.h>",
            "#pragma GCC error \"no\"", "#if 1", "int a[-1];", $"#pragma GCC dependency \"{name}\"", "#include <>", "#include", "char c = '", "__asm__(\".error \\\"no\\\"\");", "__asm__(\".incbin \\\"none\\\"\");", "int f(void) { return g(); }"));
        draft.Words(dice.Pick("-Wall", "-Werror", "-w", "-MD", "-MMD", "-Wextra"));
        if (dice.Chance(40))
        {
            draft.Words(dice.Pick("-Werror", "-MG", "-fmax-errors=1", "-fdiagnostics-format=json", "-MP"));
        }

        draft.Later(Edit.Write($"{draft.SourceFolder}{name}", "/* there */\n"));
        if (dice.Chance(30))
        {
            draft.Later(Edit.Run($"touch -d 2001-01-01 {draft.SourceFolder}{name}"));
        }
    }

    /// <summary>A file that the source depends on by its date only.</summary>
    public static void Dependency(Draft draft)
    {
        Dice dice = draft.Dice;
        string name = $"{draft.New("gram")}.y";
        draft.Write($"{draft.SourceFolder}{name}", "/* grammar */\n");
        draft.Run($"touch -d {dice.Pick("2001-01-01", "2001-01-01", "2025-01-01")} {draft.SourceFolder}{name}");
        draft.Lines.Insert(0, $"#pragma GCC {dice.Pick("dependency", "dependency", "system_header\n#pragma GCC dependency")} \"{name}\"{dice.Pick("", " out of date")}");
        draft.Later(Edit.Run($"touch -d {dice.Pick("2002-01-01", "now")} {draft.SourceFolder}{name}"), Edit.Run(dice.Pick(":", $"rm {draft.SourceFolder}{name}")));
    }

    /// <summary>Several commands at the same time on the same files.</summary>
    public static void Race(Draft draft)
    {
        if (!draft.Take())
        {
            return;
        }

        Dice dice = draft.Dice;
        int count = 2 + dice.Below(4);
        string value = draft.New("V");
        draft.Write($"{draft.SourceFolder}{value}.h", $"#define {value} 1\n");
        draft.Lines.Add($"#include \"{value}.h\"\nint i{value} = {value};");
        bool areSame = dice.Chance(30);
        draft.Crowd = (_, job) =>
        [
            .. Enumerable.Range(0, count).Select(place => job with
            {
                Words = areSame ? job.Words : [.. job.Words, [$"-DJOB={place}"]],
                Core = [.. job.Core.SkipLast(1), job.Core[^1].Replace(draft.Result, $"{place}{draft.Result}", StringComparison.Ordinal)],
            }),
        ];
        draft.Later(Edit.Write($"{draft.SourceFolder}{value}.h", $"#define {value} 2\n"));
        draft.Later(Edit.Write($"{draft.SourceFolder}{value}.h", $"#define {value} 3\n"));
    }

    /// <summary>What one compiler writes another one reads, several times at once.</summary>
    public static void Pipeline(Draft draft)
    {
        if (draft.Front.Count > 0 || !draft.Take())
        {
            return;
        }

        int count = 1 + draft.Dice.Below(6);
        string reader = draft.IsClang ? "clang" : "gcc";
        draft.Result = ".s";
        draft.Mode = "auto";
        draft.Crowd = (_, job) => [.. Enumerable.Range(0, count).Select(place => job with
        {
            Prefix = ["sh", "-c", $"l=; case $1 in */icelaunch) l=$1;; esac; \"$@\" -o - | $l {reader} -c -x assembler - -o p{place}.o", "pipeline"],
        })];
        draft.Later(Edit.Run(":"));
    }

    /// <summary>The words go to a terminal.</summary>
    public static void Terminal(Draft draft)
    {
        if (draft.Front.Count > 0)
        {
            return;
        }

        draft.Front.AddRange(["bash", "-c", "exec script -qec \"$(printf '%q ' \"$@\")\" /dev/null", "terminal"]);
        draft.Variables.Add(draft.Dice.Pick("TERM=xterm", "TERM=dumb", "TERM=xterm-256color"));
        draft.Words("-Wall");
        draft.Words("-g");
        draft.Words(draft.Dice.Pick("-frecord-gcc-switches", "-fno-diagnostics-color", "-fdiagnostics-color=auto", draft.IsClang ? "-frecord-command-line" : "-Wextra", draft.IsClang ? "-grecord-command-line" : "-Wextra"));
        draft.Lines.Add("void t(void) { int unused_on_a_terminal; }");
    }

    /// <summary>Edits and compiles one after the other, as fast as they go.</summary>
    public static void Edits(Draft draft)
    {
        string value = draft.New("V");
        string path = $"{draft.SourceFolder}{value}.h";
        draft.Write(path, $"#define {value} 10\n");
        draft.Lines.Add($"#include \"{value}.h\"\nint i{value} = {value};");
        for (int number = 1 + draft.Dice.Below(4); number > 0; number--)
        {
            draft.Later(Edit.Run(draft.Dice.Pick(
                $"printf '#define {value} 2{number}\\n' >{path}", $"printf '#define {value} 3{number}\\n' >{path}.new; mv {path}.new {path}", $"printf '#define {value} 4{number}\\n' >{path}; touch -d @1000000000 {path}",
                $"cp -p {path} {path}.old; printf '#define {value} 5{number}\\n' >{path}; touch -r {path}.old {path}", $"printf '6' | dd of={path} bs=1 seek={9 + value.Length} conv=notrunc 2>/dev/null", $"touch {path}",
                $"rm {path}; printf '#define {value} 7{number}\\n' >{path}.real; ln -sf {value}.h.real {path}")));
        }
    }

    public static void Csmith(Draft draft)
    {
        if (!draft.Machine.HasCsmith || !draft.Take())
        {
            return;
        }

        Dice dice = draft.Dice;
        string flags = $"--seed {dice.Below(1_000_000)} --max-funcs {1 + dice.Below(4)} --max-block-depth 2 --no-argc{(draft.IsPlusPlus ? " --lang-cpp" : "")}";
        string path = $"{draft.SourceFolder}{draft.New("smith")}.h";
        draft.Run($"mkdir -p ./{draft.SourceFolder}; csmith {flags} >{path}");
        draft.Words("-I/usr/include/csmith");
        draft.Words(dice.Pick("-O0", "-O1", "-O2", "-O3", "-Os"));
        draft.Lines.Add($"#include \"{Path.GetFileName(path)}\"");
        if (dice.Chance(30))
        {
            draft.Later(Edit.Run($"sed -i 's/static/ static/' {path}"));
        }
    }

    /// <summary>Many words, or long ones: what one worker cannot take is nothing against the worker.</summary>
    public static void Many(Draft draft)
    {
        int count = draft.Dice.Pick(300, 2000, 9500, 20000);
        if (draft.Dice.Chance(70))
        {
            draft.Words([.. Enumerable.Range(0, count).Select(static number => $"-DX{number}")]);
        }
        else
        {
            draft.Words($"-DX={new string('x', Math.Min(count * 10, 120_000))}");
        }

        if (draft.Dice.Chance(30))
        {
            draft.Run($"mkdir -p many; for i in {{1..{Math.Min(count, 700)}}}; do mkdir many/d$i; done");
            draft.Words([.. Enumerable.Range(1, Math.Min(count, 700)).Select(number => $"-I{draft.Seen($"many/d{number}")}")]);
        }
    }
}
