using System.Globalization;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>Compiles that fail: for reasons of their own, which the farm proves, and for reasons of a worker's, which it must not believe.</summary>
public sealed class FailureTests
{
    /// <summary>What each lacks, as a compiler and its words.</summary>
    private static readonly (string Compiler, string Flags, string Source)[] Failing =
    [
        .. OfEach("gcc", "clang++"),
        ("gcc", "-Iinc", "#include \"other.h\"\n#include <stdint.h>\nint other = OTHER;\n"),
        ("clang", "'-DVALUE=)'", "#include <stddef.h>\nint value = VALUE;\n"),
        ("clang", "-g -Werror=return-type", "int nothing(void) { }\n"),
        ("gcc", "-x assembler-with-cpp", "#include <nowhere.h>\n\tnosuchinstruction\n"),
        ("clang++", "-std=c++20", "template <class T> concept Never = false;\nNever auto x = 1;\n"),
        ("g++", "-std=c++20", "#include <vector>\nstatic_assert(sizeof(std::vector<int>) == 1, \"no\");\n"),
    ];

    [Needs("gcc", "g++", "clang", "clang++", "bwrap")]
    public Task What_fails_by_its_own_fault_is_not_compiled_a_second_time_here() => FailAsync(Failing, 18);

    /// <summary>The same by the other driver of each family.</summary>
    [Needs("g++", "clang", "bwrap")]
    [Trait("Length", "Long")]
    public Task What_fails_by_the_other_drivers_is_not_compiled_a_second_time_here() => FailAsync(OfEach("g++", "clang"), 12);

    /// <summary>An assembler that is shot on workers only, as by a kernel that is short of memory: the compiler then ends as after an error in its source.</summary>
    [Needs("gcc", "g++", "clang", "bwrap")]
    public async Task What_is_killed_on_a_worker_is_compiled_again_here()
    {
        using var space = new Workspace();
        string root = space.Folder("project");
        space.Write("project/as.c", """
            #include <signal.h>
            #include <string.h>
            #include <unistd.h>
            int main(int count, char **words)
            {
                for (int i = 1; i < count; i++) if (strstr(words[i], "/.icecream-tmp/")) raise(SIGKILL);
                words[0] = "/usr/bin/as";
                return execv(words[0], words);
            }
            """);
        Ending made = await Shell.RunAsync("mkdir tools && gcc -static -o tools/as as.c", root);
        Assert.True(made.ExitCode == 0, made.ToString());
        space.Write("project/killed.c", "#include <stddef.h>\nint killed;\n");
        await using FarmProcesses farm = await FarmProcesses.StartAsync();
        Ending ending = await farm.RunAsync("gcc -B$PWD/tools/ -c killed.c -o killed.o", root);
        Statistics statistics = await farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{statistics}");
        Assert.Equal("", ending.Error);
        Recorded job = statistics.Last("killed.c");
        Assert.Equal("local", job.Place);
        Assert.Contains("signal 9", job.Reason, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(root, "killed.o")));
    }

    /// <summary>What fails with each of these compilers.</summary>
    private static (string Compiler, string Flags, string Source)[] OfEach(params string[] compilers) =>
    [
        .. compilers.SelectMany(static compiler => new (string, string, string)[]
        {
            (compiler, "", "#include <stddef.h>\n#include \"no/such/header.h\"\n"),
            (compiler, "-Iinc", "#include <stdio.h>\n#include <missing.h>\n"),
            (compiler, "", "#include <stddef.h>\nint *type_error = 3.5 * \"text\";\n"),
            (compiler, "", "#include <limits.h>\n#error this file is not to be compiled\n"),
            (compiler, "-Wall -Werror", "static int unused(void) { return 1; }\n"),
            (compiler, "-O2", "void f(void) { __asm__(\"nosuchinstruction %eax\"); }\n"),
            (compiler, "-std=gnu17 -fno-such-option-at-all", "int never;\n"),
        }),
    ];

    /// <summary>Each command alone, as a build tool runs it; what it says and its exit code land in files.</summary>
    private static async Task FailAsync((string Compiler, string Flags, string Source)[] failing, int remote)
    {
        using var space = new Workspace();
        string root = space.Folder("project");
        space.Write("project/inc/other.h", "#define OTHER (uint8_t)\n");
        var script = new System.Text.StringBuilder();
        for (int i = 0; i < failing.Length; i++)
        {
            (string compiler, string flags, string source) = failing[i];
            string name = string.Create(CultureInfo.InvariantCulture, $"fail{i}.{(compiler.EndsWith("++", StringComparison.Ordinal) ? "cpp" : "c")}");
            space.Write("project/" + name, source);
            script.Append(CultureInfo.InvariantCulture, $"({compiler} {flags} -c {name} -o out{i}.o >$TO/{i}.out 2>$TO/{i}.err; echo $? >$TO/{i}.code) &\n{(i % 6 == 5 ? "wait\n" : "")}");
        }

        script.Append("wait\n");

        string here = space.Folder("here"), farmed = space.Folder("farmed");
        await Shell.RunAsync(script.ToString(), root, ("TO", here));
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 1);
        await farm.RunAsync(script.ToString(), root, ("TO", farmed));
        for (int i = 0; i < failing.Length; i++)
        {
            foreach (string kind in new[] { "code", "err", "out" })
            {
                Assert.Equal($"{failing[i]} {kind}\n" + await File.ReadAllTextAsync(Path.Combine(here, $"{i}.{kind}")), $"{failing[i]} {kind}\n" + await File.ReadAllTextAsync(Path.Combine(farmed, $"{i}.{kind}")));
            }

            Assert.NotEqual("0\n", await File.ReadAllTextAsync(Path.Combine(here, $"{i}.code")));
            Assert.False(File.Exists(Path.Combine(root, $"out{i}.o")));
        }

        Statistics statistics = await farm.StatisticsAsync();
        Recorded[] jobs = [.. statistics.Recent.Where(static job => Path.GetFileName(job.Subject).StartsWith("fail", StringComparison.Ordinal))];
        Assert.Equal(failing.Length, jobs.Length);
        int known = 0;
        foreach (Recorded job in jobs)
        {
            // The question about its inputs shows that the compiler does not know the flag: such a job is compiled once too, here.
            bool isUnknownFlag = failing[int.Parse(Path.GetFileNameWithoutExtension(job.Subject)[4..], CultureInfo.InvariantCulture)].Flags.Contains("no-such", StringComparison.Ordinal);
            Assert.True(isUnknownFlag ? job is { Place: "local", Code: "inputs" } : job is { Place: "remote", Reason: "" }, $"{job}\n{statistics}");
            known += isUnknownFlag ? 0 : 1;
        }

        Assert.Equal(remote, known);
        Assert.DoesNotContain(statistics.Reasons, static reason => reason.Name == "Confirmation");
    }
}
