using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>Which compiler and which files a command means, and who may read what gives its bytes once.</summary>
public sealed class IdentityTests(SharedFarm shared) : IClassFixture<SharedFarm>
{
    private static readonly (string Name, string Value) Path = ("PATH", Environment.GetEnvironmentVariable("PATH")!);

    [NeedsTheory("gcc", "bwrap")]
    [InlineData("build/../tools/bin/gcc -c x.c -o x.o")]
    [InlineData("env PATH=\"$PWD/build/../tools/bin:$PATH\" $LAUNCH gcc -c x.c -o x.o")]
    [InlineData("env PATH=\"$PWD//disk/./tools/bin:$PATH\" $LAUNCH gcc -c x.c -o x.o")]
    [InlineData("env PATH=\"./disk/tools/bin:$PATH\" $LAUNCH gcc -c x.c -o x.o")]
    public async Task A_compiler_behind_links_and_dots_is_the_one_that_the_kernel_finds(string command)
    {
        using var space = new Workspace();
        string folder = space.Folder("work");
        space.Write("work/x.c", "const char *version(void) { return __VERSION__; }\n");
        const string tools = "mkdir -p disk/build disk/tools/bin tools/bin; ln -s disk/build build; ln -s $(command -v gcc) disk/tools/bin/gcc; printf '#!/bin/sh\\necho other\\n' >tools/bin/gcc; chmod +x tools/bin/gcc\n";
        string plain = command.Replace("$LAUNCH ", "", StringComparison.Ordinal);
        Ending here = await Shell.RunAsync(tools + plain, folder, Path);
        byte[] expected = await File.ReadAllBytesAsync($"{folder}/x.o");
        Ending there = await shared.Farm.RunAsync($"rm x.o; {(command == plain ? "$LAUNCH " : "")}{command}", folder, Path, ("ICECREAM_MODE", "remote"));
        Statistics after = await shared.Farm.StatisticsAsync();
        Assert.True(here == there, $"expected {here}\nactual {there}\n{after}");
        Assert.Equal(expected, await File.ReadAllBytesAsync($"{folder}/x.o"));
        Assert.True(after.Recent[^1].Place == "remote", after.Recent[^1].ToString());
    }

    [Needs("gcc", "bwrap", Mounts = true)]
    public async Task A_launcher_that_sees_other_files_compiles_those()
    {
        using var space = new Workspace();
        string folder = space.Folder("work");
        space.Write("work/inc/v.h", "#define V 1\n");
        space.Write("work/other/v.h", "#define V 2\n");
        space.Write("work/x.c", "#include <v.h>\nint v = V;\n");
        Ending plain = await Shell.RunAsync("gcc -c x.c -Iother -o p.o", folder, Path);
        Ending ending = await shared.Farm.RunAsync($"{string.Join(' ', Namespaces.Words)} sh -c 'mount --bind other inc && exec $LAUNCH gcc -c x.c -Iinc -o x.o'", folder, Path);
        Statistics after = await shared.Farm.StatisticsAsync();
        Assert.True((plain.ExitCode, ending.ExitCode) == (0, 0), $"{plain}\n{ending}\n{after}");
        Assert.Equal(await File.ReadAllBytesAsync($"{folder}/p.o"), await File.ReadAllBytesAsync($"{folder}/x.o"));
        Assert.StartsWith("the launcher runs in another mount namespace", after.Recent[^1].Reason, StringComparison.Ordinal);
    }

    [Needs("gcc", "bwrap", Mounts = true)]
    public async Task A_launcher_in_a_mount_namespace_of_its_own_that_sees_the_same_files_uses_the_farm()
    {
        using var space = new Workspace();
        string folder = space.Folder("work");
        space.Write("work/x.c", "int v = 1;\n");
        Ending ending = await shared.Farm.RunAsync($"{string.Join(' ', Namespaces.Words)} $LAUNCH gcc -c x.c -o x.o", folder, Path);
        Statistics after = await shared.Farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{after}");
        Assert.True(after.Recent[^1].Place == "remote", after.Recent[^1].ToString());
    }

    [NeedsTheory("gcc", "mkfifo")]
    [InlineData("a header", "#include \"p.h\"\nint v = V;\n", "gcc -c x.c -o x.o")]
    [InlineData("a forced header", "int v = V;\n", "gcc -include p.h -c x.c -o x.o")]
    [InlineData("the source", "", "gcc -x c -c p.h -o x.o")]
    public async Task What_a_pipe_gives_the_compiler_gets(string what, string source, string command)
    {
        using var space = new Workspace();
        string folder = space.Folder("work");
        space.Write("work/x.c", source);
        Ending ending = await shared.Farm.RunAsync($"mkfifo p.h; (printf '#define V 1\\nint w;\\n' >p.h) & timeout 60 $LAUNCH {command}", folder, Path);
        Statistics after = await shared.Farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{what}: {ending}\n{after}");
        Assert.Equal("stream", after.Recent[^1].Code);
    }

    [Needs("gcc")]
    public async Task Compilers_that_pipe_into_compilers_do_not_wait_for_one_another()
    {
        using var space = new Workspace();
        string folder = space.Folder("work");
        space.Write("work/x.c", "int x[40000] = { 1, 2, 3 };\n" + string.Concat(Enumerable.Range(0, 900).Select(i => $"int f{i}(int a) {{ return a * {i}; }}\n")));
        Ending ending = await shared.Farm.RunAsync(
            "for i in 1 2 3 4; do ($LAUNCH gcc -S x.c -o - | $LAUNCH gcc -c -x assembler - -o x$i.o) & ($LAUNCH gcc -E x.c | ($LAUNCH gcc -E x.c >e$i.i; $LAUNCH gcc -c -x cpp-output - -o y$i.o)) & done; wait; ls x?.o y?.o | wc -l",
            folder, Path);
        Assert.True(ending is { ExitCode: 0, Error: "" } && ending.Output.Trim() == "8", $"{ending}\n{await shared.Farm.StatisticsAsync()}");
    }
}
