namespace IceCream.Benchmarks.Identity.Random.Constructs;

/// <summary>Compilers that become others: programs and specs that appear, configurations, installations, wrappers, paths to them.</summary>
internal static class Toolchains
{
    private const string Wrapper = "#!/bin/sh\nexec /usr/bin/as --defsym fromb=7 \"$@\"\n";

    private const string StaticWrapper =
        "#include <stdlib.h>\n#include <unistd.h>\nint main(int c, char **v) { char **n = calloc(c + 4, sizeof *n); int i; for (i = 0; i < c; i++) n[i] = v[i]; n[i++] = \"--defsym\"; n[i++] = \"fromb=7\"; execv(\"/usr/bin/as\", n); return 99; }\n";

    /// <summary>An assembler or specs appear where GCC looks for its programs.</summary>
    public static void Appears(Draft draft)
    {
        Dice dice = draft.Dice;
        draft.Compiler = draft.IsClang ? dice.Chance(70) ? draft.IsPlusPlus ? "g++" : "gcc" : draft.Compiler : draft.Compiler;
        string folder = draft.New("B");
        draft.Run($"mkdir {folder}");
        if (dice.Chance(30))
        {
            draft.Variables.Add($"COMPILER_PATH={Bash.Tree}/{folder}");
        }
        else
        {
            draft.Words(dice.Pick("-B" + draft.Seen($"{folder}/"), "-B" + draft.Seen(folder), $"-B{Bash.Tree}/{folder}/"));
        }

        draft.Lines.Add("#ifdef EXTRA\nint extra = EXTRA;\n#endif");
        Edit appears = Edit.Run(dice.Pick(
            $"printf %s {Bash.Quote(Wrapper)} >{folder}/as; chmod +x {folder}/as",
            $"printf %s {Bash.Quote(StaticWrapper)} >w.c; gcc w.c -o {folder}/as; rm w.c",
            $"printf '*cpp_unique_options:\\n+ -DEXTRA=5\\n\\n' >{folder}/specs",
            $"ln -s /usr/bin/as {folder}/as", $"echo no >{folder}/as", $"mkdir {folder}/as"));
        draft.Later(appears);
        if (dice.Chance(40))
        {
            draft.Later(Edit.Run($"rm -rf {folder}/*"));
        }
    }

    /// <summary>A GCC installation that clang finds, and a newer one.</summary>
    public static void Installation(Draft draft)
    {
        Dice dice = draft.Dice;
        draft.Compiler = "clang++";
        draft.Extension = ".cc";
        string folder = draft.New("tc");
        bool isRoot = dice.Chance(50);
        draft.Words(isRoot ? $"--sysroot={Bash.Tree}/{folder}" : dice.Pick($"--gcc-toolchain={Bash.Tree}/{folder}", $"--gcc-toolchain={draft.Seen(folder)}"));
        string top = isRoot ? $"{folder}/usr" : folder;
        draft.Run(Install(top, 11));
        draft.Lines.Add("#if __has_include(<ver.h>)\n#include <ver.h>\nint version = VERSION;\n#endif");
        draft.Later(Edit.Run(dice.Pick(Install(top, 13), Install(top, 13), Install(top, 12), $"rm -rf {top}/lib/gcc/x86_64-linux-gnu/11", Install(top, 9))));
        if (dice.Chance(30))
        {
            draft.Later(Edit.Run(Install(top, 14)));
        }
    }

    /// <summary>Configuration files beside clang.</summary>
    public static void Configuration(Draft draft)
    {
        Dice dice = draft.Dice;
        string folder = draft.New("cb"), name = dice.Pick("x86_64-linux-gnu-clang", "x86_64-pc-linux-gnu-clang");
        draft.Run($"mkdir {folder}; ln -s $(readlink -f $(command -v clang)) {folder}/{name}");
        draft.Compiler = $"{Bash.Tree}/{folder}/{name}";
        draft.Extension = ".c";
        if (dice.Chance(75))
        {
            draft.Words("-no-canonical-prefixes");
        }

        string file = $"{folder}/{name}.cfg";
        if (dice.Chance(20))
        {
            file = $"{folder}/other.cfg";
            draft.Words("--config", draft.Seen(file));
        }

        draft.Lines.Add("#ifdef CFG\nint configured = CFG;\n#endif");
        if (dice.Chance(30))
        {
            draft.Write(file, "-DCFG=0\n");
        }

        draft.Later(dice.Chance(20) ? [Edit.Write($"{folder}/in.cfg", "-DCFG=3\n"), Edit.Write(file, "@in.cfg\n")] : [Edit.Write(file, "-DCFG=1\n")]);
        draft.Later(dice.Pick(Edit.Write(file, "-DCFG=2\n"), Edit.Run($"rm -f {file}"), Edit.Write($"{folder}/in.cfg", "-DCFG=4\n")));
    }

    /// <summary>A compiler that is called by an odd path, or found by an odd PATH, and that turns into another one.</summary>
    public static void Called(Draft draft)
    {
        Dice dice = draft.Dice;
        string folder = draft.New("tools"), name = draft.IsPlusPlus ? "g++" : "gcc", other = draft.IsPlusPlus ? "g++-11" : "gcc-11";
        other = draft.Machine.Has(other) ? other : draft.IsPlusPlus ? "clang++" : "clang";
        draft.Lines.Add("int version = __GNUC__ * 100 + __GNUC_MINOR__;");
        draft.Run($"mkdir -p {folder}/disk/build {folder}/disk/bin {folder}/bin; ln -s disk/build {folder}/build");
        string real = $"$(readlink -f $(command -v {name}))", another = $"$(readlink -f $(command -v {other}))";
        draft.Run($"ln -s {real} {folder}/disk/bin/{name}; ln -s /usr/bin/as {folder}/disk/bin/as; ln -s {dice.Pick(real, another)} {folder}/bin/{name}");
        if (dice.Chance(50))
        {
            draft.Compiler = dice.Pick($"{draft.Seen(folder)}/build/../bin/{name}", $"{draft.Seen(folder)}/build/../bin/{name}", $"{draft.Seen(folder)}//disk/./bin/{name}", $"{Bash.Tree}/{folder}/bin/{name}");
            if (!draft.Compiler.Contains('/', StringComparison.Ordinal) || draft.Seen("").Length == 0)
            {
                draft.Compiler = draft.Compiler.StartsWith(Bash.Tree) ? draft.Compiler : $"./{draft.Compiler}";
            }
        }
        else
        {
            draft.Compiler = name;
            string entry = dice.Pick($"{Bash.Tree}/{folder}/build/../bin", $"{Bash.Tree}/{folder}//bin", $"{Bash.Tree}/{folder}/./bin", draft.Seen(folder) + "/bin", $"{Bash.Tree}/none:{Bash.Tree}/{folder}/bin");
            draft.Variables.Add($"PATH={entry}:/usr/bin:/bin");
        }

        draft.Later(Edit.Run(dice.Pick($"ln -sfn {another} {folder}/bin/{name}; ln -sfn {another} {folder}/disk/bin/{name}", $"rm {folder}/bin/{name}", $"mkdir -p {folder}/none; ln -sfn ../bin {folder}/build", ":")));
    }

    /// <summary>A wrapper around a compiler, which is edited.</summary>
    public static void Wrapped(Draft draft)
    {
        Dice dice = draft.Dice;
        string folder = draft.New("wrap"), real = draft.Compiler;
        bool isC = !draft.IsPlusPlus;
        draft.Lines.Add("#ifdef W\nint wrapped = W;\n#endif");
        string name = isC ? "gcc" : "g++";
        bool isScript = dice.Chance(60), isSlow = isScript && dice.Chance(15);
        if (isSlow)
        {
            // It does not answer without what a build sets, such as the address of a licence server.
            draft.Variables.Add("LICENSE=1");
        }

        draft.Run(Make(1));
        draft.Compiler = $"{Bash.Tree}/{folder}/{name}";
        draft.Extension = isC ? ".c" : ".cc";
        draft.Later(Edit.Run(Make(2)));

        string Make(int number)
        {
            string text = isScript
                ? $"#!/bin/sh\n{(isSlow ? "[ -n \"$LICENSE\" ] || exec sleep 60\n" : "")}exec {real} -DW={number} \"$@\"\n"
                : $"#include <stdlib.h>\n#include <unistd.h>\nint main(int c, char **v) {{ char **n = calloc(c + 2, sizeof *n); int i; n[0] = v[0]; n[1] = \"-DW={number}\"; for (i = 1; i < c; i++) n[i + 1] = v[i]; execvp(\"{real}\", n); return 99; }}\n";
            return isScript
                ? $"mkdir -p {folder}; printf %s {Bash.Quote(text)} >{folder}/{name}; chmod +x {folder}/{name}"
                : $"mkdir -p {folder}; printf %s {Bash.Quote(text)} >w.c; gcc {dice.Pick("", "-static")} w.c -o {folder}/{name}; rm w.c";
        }
    }

    private static string Install(string top, int version) =>
        $"d={top}/lib/gcc/x86_64-linux-gnu/{version}; mkdir -p $d {top}/include/c++/{version} {top}/include/x86_64-linux-gnu/c++/{version}; : >$d/crtbegin.o; echo '#define VERSION {version}' >{top}/include/c++/{version}/ver.h";
}
