namespace IceCream.Benchmarks.Identity.Random.Constructs;

/// <summary>Folders that shadow one another, links that turn, and what is included by force.</summary>
internal static class Search
{
    private static readonly string[] Flags = ["-I", "-I", "-I", "-iquote", "-isystem", "-idirafter", "-cxx-isystem"];

    /// <summary>The same name in several folders, searched in some order, and a history of edits.</summary>
    public static void Shadow(Draft draft)
    {
        Dice dice = draft.Dice;
        string name = $"{draft.New("sh")}.h", value = draft.New("V");
        string[] folders = [.. Enumerable.Range(0, 2 + dice.Below(3)).Select(_ => draft.New("dir"))];
        bool isAll = dice.Chance(30);
        foreach ((int number, string folder) in folders.Index())
        {
            draft.Run($"mkdir {folder}");
            if (isAll || number == folders.Length - 1 || dice.Chance(35))
            {
                string next = dice.Chance(20) && number < folders.Length - 1 ? $"#include_next <{name}>\n" : "";
                draft.Write($"{folder}/{name}", $"{next}#undef {value}\n#define {value} {number}\n");
            }

            string flag = dice.Pick(Flags);
            flag = flag == "-cxx-isystem" && !draft.IsClang ? "-isystem" : flag;
            string seen = draft.Seen(folder) + dice.Pick("", "", "", "/", "/.", $"/../{folder}", "//");
            draft.Words(flag == "-I" ? [flag + seen] : [flag, seen]);
        }

        draft.Lines.Add($"#include {(dice.Chance(50) ? $"<{name}>" : $"\"{name}\"")}\nint i{value} = {value};");
        for (int edits = 1 + dice.Below(3); edits > 0; edits--)
        {
            string folder = dice.Pick(folders), path = $"{folder}/{name}";
            string target = dice.Pick(folders);
            draft.Later(Edit.Run(dice.Pick(
                $"mkdir -p {folder}; printf '#undef {value}\\n#define {value} {10 + edits}\\n' >{path}",
                $"mkdir -p {folder}; printf '#undef {value}\\n#define {value} {10 + edits}\\n' >{path}",
                $"rm -f {path}",
                $"mv {folder} {folder}.away; mkdir -p {folder}",
                $"rm -rf {folder}; ln -s {target} {folder}",
                $"rm -rf {folder}",
                $"touch {path}",
                $"rm -f {path}; ln -s ../{target}/{name} {path}",
                $"rm -f {path}; mkdir -p {path}",
                $"mkdir -p {folder}; chmod 700 {folder}; printf '#define {value} 7\\n' >{draft.SourceFolder}{name}")));
        }
    }

    /// <summary>A searched folder is a link that turns, also to one that is searched anyway.</summary>
    public static void Links(Draft draft)
    {
        Dice dice = draft.Dice;
        string name = $"{draft.New("ln")}.h", value = draft.New("V"), link = draft.New("link");
        string[] folders = [draft.New("to"), draft.New("to"), draft.New("to")];
        foreach ((int number, string folder) in folders.Index())
        {
            draft.Write($"{folder}/{name}", $"#define {value} {number}\n");
            draft.Write($"{folder}/deep/{name}", $"#include \"../{name}\"\n");
        }

        draft.Run($"ln -s {folders[0]} {link}");
        draft.Words("-I" + draft.Seen(link));
        foreach (string folder in dice.Shuffled(folders[1], folders[2]))
        {
            string flag = dice.Pick("-I", "-isystem", "-isystem", "-idirafter");
            draft.Words(flag, draft.Seen(folder));
        }

        draft.Lines.Add($"#include <{dice.Pick("", "", "deep/")}{name}>\nint i{value} = {value};\nconst char *f{value} = __FILE__;");
        for (int turns = 1 + dice.Below(3); turns > 0; turns--)
        {
            draft.Later(Edit.Run(dice.Pick($"ln -sfn {dice.Pick(folders)} {link}", $"ln -sfn {dice.Pick(folders)} {link}", $"ln -sfn nowhere {link}", $"rm {link}; mkdir {link}")));
        }
    }

    /// <summary><c>-include</c> is searched in the working folder first, and not beside the source.</summary>
    public static void Forced(Draft draft)
    {
        Dice dice = draft.Dice;
        string name = $"{draft.New("config")}.h", value = draft.New("V");
        string[] places = [draft.SourceFolder, draft.Folder is "/" or "." ? "" : $"{draft.Folder}/", "common/", "other/"];
        int written = 0;
        foreach ((int number, string place) in places.Distinct().Index())
        {
            if (dice.Chance(60))
            {
                written++;
                draft.Write($"{place}{name}", $"#undef {value}\n#define {value} {number}\n");
            }
        }

        draft.Run("mkdir -p common other");
        draft.Words(dice.Pick("-I", "-iquote", "-isystem"), draft.Seen("common"));
        draft.Words(dice.Pick("-I", "-iquote"), draft.Seen("other"));
        if (draft.Folder != "/" && dice.Chance(60))
        {
            draft.Words("-I.");
        }

        draft.Words(dice.Pick("-include", "-include", "-imacros"), name);
        draft.Lines.Add($"#if 0\n#include \"{draft.Seen($"common/{name}").Replace($"{Bash.Tree}/", "../", StringComparison.Ordinal)}\"\n#include \"{name}\"\n#endif");
        draft.Lines.Add($"#ifdef {value}\nint i{value} = {value};\n#endif");
        if (dice.Chance(50) || written == 0)
        {
            draft.Later(Edit.Write($"{dice.Pick(places)}{name}", $"#undef {value}\n#define {value} 9\n"));
        }
    }

    /// <summary>A searched folder that is a file, is below one, or is not there.</summary>
    public static void Odd(Draft draft)
    {
        Dice dice = draft.Dice;
        string name = draft.New("odd");
        string then = dice.Pick($"echo >{name}", $"mkdir {name}; echo '#define ODD 1' >{name}/odd.h", $"ln -s {name} {name}", $"ln -s . {name}", $"mkdir {name}; chmod 0 {name}", ":");
        string now = dice.Pick($"echo >{name}", $"echo >{name}", $"mkdir {name}", $"ln -s nowhere {name}", ":");
        draft.Run(now);
        draft.Words(dice.Pick("-I", "-I", "-isystem", "-iquote", "-idirafter"), draft.Seen(name) + dice.Pick("", "", "/sub", "/", "/../" + name));
        if (dice.Chance(40))
        {
            draft.Words(dice.Pick("-Wmissing-include-dirs", "-Wall", "-Wextra"));
        }

        if (dice.Chance(25))
        {
            draft.Words("-Werror");
        }

        draft.Lines.Add("#if __has_include(<odd.h>)\nint odd = 1;\n#endif");
        draft.Later(Edit.Run($"rm -rf {name}; {then}"));
    }
}
