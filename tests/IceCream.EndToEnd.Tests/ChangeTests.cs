using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>Files change while a build uses them: the compiler's own, and the sources.</summary>
public sealed class ChangeTests
{
    private const int Files = 10;

    [Needs("make", "gcc", "gcc-11", "bwrap")]
    public async Task A_compiler_that_is_replaced_is_used_from_then_on()
    {
        using var space = new Workspace();
        string root = space.Folder("project"), parts = space.Folder("parts");
        for (int i = 0; i < Files; i++)
        {
            space.Write($"project/f{i}.c", $"#include <stdio.h>\nint f{i}(int n) {{ return printf(\"%d\", n * {i}); }}\n");
        }

        space.Write("project/Makefile", $"OUT = out\nall: $(foreach n,{string.Join(' ', Enumerable.Range(0, Files))},$(OUT)/f$(n).o)\n$(OUT)/%.o: %.c\n\t@mkdir -p $(OUT)\n\tgcc -O1 -B '{parts}/' -c $< -o $@\n");
        string[] cc1 = [await ToolAsync("gcc"), await ToolAsync("gcc-11")];
        File.Copy(cc1[1], Path.Combine(parts, "cc1"));
        await HereAsync("old");
        File.Delete(Path.Combine(parts, "cc1"));
        File.Copy(cc1[0], Path.Combine(parts, "cc1"));
        await HereAsync("new");
        Assert.NotEqual(Content("old", 0), Content("new", 0));

        File.Copy(cc1[1], Path.Combine(parts, "next"));
        File.Move(Path.Combine(parts, "next"), Path.Combine(parts, "cc1"), overwrite: true);
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 1);
        using var objects = new ObjectWatch(Path.Combine(space.Folder("project/out"), ".."));
        int already = 2 * Files;
        using Shell make = farm.Start("make -j4", root);
        await objects.AtLeastAsync(already + 4);
        File.Copy(cc1[0], Path.Combine(parts, "next"));
        File.Move(Path.Combine(parts, "next"), Path.Combine(parts, "cc1"), overwrite: true);
        Ending ending = await make.EndAsync();
        Statistics during = await farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{during}");
        for (int i = 0; i < Files; i++)
        {
            string got = Content("out", i);
            Assert.True(got == Content("old", i) || got == Content("new", i), $"f{i}.o is neither the old compiler's nor the new one's.\n{during}");
        }

        ending = await farm.RunAsync("rm out/*; make -j4", root);
        Statistics after = await farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{after}");
        for (int i = 0; i < Files; i++)
        {
            Assert.True(Content("out", i) == Content("new", i), $"f{i}.o is not the new compiler's.\n{after}");
        }

        Assert.True(after.Remote - during.Remote == Files, after.ToString());

        string Content(string folder, int number) => Convert.ToHexString(File.ReadAllBytes(Path.Combine(root, folder, $"f{number}.o")));

        async Task HereAsync(string folder)
        {
            Ending here = await Shell.RunAsync($"make -j2 OUT={folder}", root);
            Assert.True(here.ExitCode == 0, here.ToString());
        }
    }

    [Needs("make", "g++", "bwrap")]
    public async Task A_source_that_changes_while_it_is_compiled_is_compiled_as_it_was_or_as_it_is()
    {
        using var space = new Workspace();
        string root = space.Folder("project");
        space.Write("project/Makefile", "x.o: x.cpp\n\tg++ -fconstexpr-ops-limit=1000000000 -c $< -o $@\n");
        string[] sources = [GeneratedProject.SlowSource(1), GeneratedProject.SlowSource(2)];
        var objects = new string[2];
        for (int i = 0; i < 2; i++)
        {
            space.Write("project/x.cpp", sources[i]);
            Ending here = await Shell.RunAsync("rm -f x.o; make", root);
            Assert.True(here.ExitCode == 0, here.ToString());
            objects[i] = Object();
        }

        space.Write("project/x.cpp", sources[0]);
        File.Delete(Path.Combine(root, "x.o"));
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 1);
        using Shell make = farm.Start("make", root);
        await farm.UntilAsync(nodes => nodes.Any(node => node.Running > 0), "the compile is under way");
        space.Write("project/x.cpp", sources[1]);
        Ending ending = await make.EndAsync();
        Statistics statistics = await farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{statistics}");
        Assert.Contains(Object(), objects);

        // What is saved once more after the compile is newer than the object, and make compiles it.
        ending = await farm.RunAsync("touch x.cpp; make", root);
        Assert.True(ending.ExitCode == 0, ending.ToString());
        Assert.True(Object() == objects[1], $"The object is not that of the new source.\n{await farm.StatisticsAsync()}");

        string Object() => Convert.ToHexString(File.ReadAllBytes(Path.Combine(root, "x.o")));
    }

    private static async Task<string> ToolAsync(string compiler)
    {
        Ending ending = await Shell.RunAsync($"{compiler} -print-prog-name=cc1", "/");
        return ending.Output.Trim();
    }
}
