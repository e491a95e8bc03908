using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>The snippet for makefiles.</summary>
public sealed class MakeTests
{
    private const string Makefile = """
        CC = cc
        CXX = c++
        include icecream.mk
        hello: main.o greet.o
        	$(CXX) $^ -o $@
        main.o: main.cpp
        	$(CXX) -c $< -o $@
        greet.o: greet.c
        	$(CC) -c $< -o $@
        again:
        	$(MAKE) hello
        """;

    [Needs("make", "cc", "c++")]
    public async Task Every_compile_goes_through_the_launcher_and_links_work()
    {
        using BuildFolder build = Project();
        await build.RunAsync(build.Path, "make", "-j2");
        Assert.Contains("hello", await build.RunAsync(build.Path, "./hello"), StringComparison.Ordinal);
        build.ExpectCompiled("main.cpp", "greet.c");
    }

    [Needs("make", "cc", "c++")]
    public async Task Without_icelaunch_it_builds_and_says_so()
    {
        using BuildFolder build = Project(withLauncher: false);
        string said = await build.RunAsync(build.Path, "make");
        Assert.Contains("icecream: icelaunch was not found; compiling here", said, StringComparison.Ordinal);
        await build.RunAsync(build.Path, "./hello");
    }

    [Needs("make", "cc", "c++")]
    public async Task A_make_that_starts_another_puts_one_launcher_in_front_and_speaks_once()
    {
        using BuildFolder build = Project();
        string said = await build.RunAsync(build.Path, "make", "again");
        Assert.Equal(2, said.Split("icecream: ").Length);
        build.ExpectCompiled("main.cpp", "greet.c");
        Assert.DoesNotContain(build.Launched, command => command.Contains("icelaunch", StringComparison.Ordinal));
    }

    [Needs("make", "gcc", "c++")]
    public async Task A_compiler_of_the_command_line_gets_the_launcher_too()
    {
        using BuildFolder build = Project();
        await build.RunAsync(build.Path, "make", "CC=gcc");
        Assert.Contains("gcc -c greet.c -o greet.o", build.Launched);
    }

    [Needs("make", "cc", "c++")]
    public async Task It_can_be_switched_off()
    {
        using BuildFolder build = Project();
        Assert.Contains("icecream: off", await build.RunAsync(build.Path, "make", "ICECREAM=off"), StringComparison.Ordinal);
        Assert.Empty(build.Launched);
    }

    [Needs("make")]
    public async Task A_compiler_with_another_launcher_keeps_it()
    {
        using BuildFolder build = Project();
        string planned = await build.RunAsync(build.Path, "make", "-n", "CC=ccache cc", "greet.o");
        Assert.Contains("\nccache cc -c greet.c", planned, StringComparison.Ordinal);
    }

    private static BuildFolder Project(bool withLauncher = true)
    {
        var build = new BuildFolder(withLauncher);
        File.Copy(Path.Combine(Programs.Integrations, "make", "icecream.mk"), Path.Combine(build.Path, "icecream.mk"));
        File.WriteAllText(Path.Combine(build.Path, "Makefile"), Makefile + "\n");
        File.WriteAllText(Path.Combine(build.Path, "main.cpp"), "extern \"C\" void greet();\nint main() { greet(); }\n");
        File.WriteAllText(Path.Combine(build.Path, "greet.c"), "#include <stdio.h>\nvoid greet(void) { puts(\"hello\"); }\n");
        return build;
    }
}
