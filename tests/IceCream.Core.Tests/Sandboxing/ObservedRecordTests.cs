using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;
using Xunit;

namespace IceCream.Tests.Sandboxing;

/// <summary>What can befall a record while programs write into it: many at once, ends by force, more than it holds, and enemies.</summary>
public sealed class ObservedRecordTests(ObservedFolder folder) : IClassFixture<ObservedFolder>
{
    private const string Headers = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <pthread.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <sys/stat.h>
        #include <sys/wait.h>
        #include <unistd.h>

        static void look(const char *who, int from, int to)
        {
            char name[64];
            for (int i = from; i < to; i++) {
                snprintf(name, sizeof name, "%s-%d", who, i);
                if (i % 2 ? access(name, F_OK) : open(name, O_RDONLY)) continue;
            }
        }

        """;

    [Theory]
    [InlineData(Linked.Dynamic)]
    [InlineData(Linked.Static)]
    [InlineData(Linked.Musl)]
    public async Task Of_eight_threads_that_look_at_once_none_is_lost(Linked linked)
    {
        const string Source = Headers + """
            static void *run(void *who) { look(who, 0, 500); return 0; }
            int main(void)
            {
                pthread_t threads[8];
                static char names[8][8];
                for (int i = 0; i < 8; i++) { snprintf(names[i], 8, "t%d", i); pthread_create(&threads[i], 0, run, names[i]); }
                for (int i = 0; i < 8; i++) pthread_join(threads[i], 0);
                return 0;
            }
            """;
        if (await AbsentAsync(Source, linked, "-pthread") is { } absent)
        {
            Assert.Equal(Names(8, 500, "t"), absent);
        }
    }

    [Theory]
    [InlineData(Linked.Dynamic)]
    [InlineData(Linked.Static)]
    public async Task Of_fifty_processes_that_look_at_once_none_is_lost(Linked linked)
    {
        const string Source = Headers + """
            int main(void)
            {
                int hold[2], status, made = 0;
                char name[8], byte = 'x';
                if (pipe(hold)) return 2;
                /* All are there at once: each looks when the last has been made. */
                for (int i = 0; i < 50; i++, made++)
                    if (!fork()) {
                        close(hold[1]);
                        if (read(hold[0], &byte, 1)) _exit(2);
                        snprintf(name, sizeof name, "p%d", i);
                        look(name, 0, 10);
                        if (i % 2 && !fork()) { look(name, 10, 20); _exit(0); }
                        if (i % 2) { wait(&status); _exit(status != 0); }
                        look(name, 10, 20);
                        _exit(0);
                    }
                close(hold[1]);
                for (; made; made--) if (wait(&status) < 0 || status) return 3;
                return 0;
            }
            """;
        if (await AbsentAsync(Source, linked) is { } absent)
        {
            Assert.Equal(Names(50, 20, "p"), absent);
        }
    }

    [Theory]
    [InlineData(Linked.Dynamic)]
    [InlineData(Linked.Static)]
    public async Task A_process_that_is_killed_in_the_middle_takes_nothing_of_the_others_with_it(Linked linked)
    {
        const string Source = Headers + """
            int main(void)
            {
                int ready[2];
                for (int i = 0; i < 30; i++) {
                    if (pipe(ready)) return 2;
                    int child = fork();
                    if (!child) {
                        char name[16], all[] = "x";
                        for (unsigned n = 0;; n++) { snprintf(name, sizeof name, "v%d-%u", i, n); access(name, F_OK); if (n == 5 && write(ready[1], all, 1) != 1) _exit(2); if (n == 400) n = 6; }
                    }
                    char byte;
                    if (read(ready[0], &byte, 1) != 1) return 2;
                    look("kept", 100 * i, 100 * i + 100);
                    kill(child, SIGKILL);
                    int status;
                    waitpid(child, &status, 0);
                    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) return 3;
                    close(ready[0]); close(ready[1]);
                }
                return 0;
            }
            """;
        if (await RunAsync(Source, linked) is not { } outcome)
        {
            return;
        }

        Assert.Equal((0, null), (outcome.ExitCode, outcome.Lookups!.Gap));

        // Of the children of a program that loads nothing it is only known that some have ended.
        Assert.Contains(linked == Linked.Static ? "nobody saw" : "signal 9", outcome.Lookups.Trouble, StringComparison.Ordinal);
        string[] seen = Absent(outcome);
        Assert.Equal(3000, seen.Count(static name => name.StartsWith("kept-", StringComparison.Ordinal)));
        Assert.All(Enumerable.Range(0, 30), i => Assert.Contains($"v{i}-4", seen));
    }

    [Fact]
    public async Task A_directory_that_a_child_changed_to_is_not_its_parents()
    {
        const string Source = Headers + """
            int main(void)
            {
                access("first", F_OK);
                int child = vfork();
                if (!child) { if (chdir("folder")) _exit(2); access("of-the-child", F_OK); execl("/bin/true", "true", (char *)0); _exit(3); }
                int status;
                waitpid(child, &status, 0);
                access("of-the-parent", F_OK);
                return status != 0;
            }
            """;
        folder.Fill();
        Assert.Equal(["first", "folder/of-the-child", "of-the-parent"], (await AbsentAsync(Source, Linked.Dynamic))!);
    }

    [Theory]
    [InlineData("for (int i = 0; i < 70000; i++) look(\"n\", i, i + 1);")]
    [InlineData("char long_name[3000]; memset(long_name, 'l', sizeof long_name); for (int i = 0; i < 3500; i++) { for (int at = 200; at < 3000; at += 200) long_name[at] = '/'; snprintf(long_name + 2990, 10, \"%d\", i); access(long_name, F_OK); }")]
    public async Task More_than_the_record_holds_is_a_gap_and_no_error(string statements)
    {
        SandboxOutcome outcome = Assert.IsType<SandboxOutcome>(await RunAsync(Headers + $"int main(void) {{ {statements} puts(\"done\"); return 0; }}", Linked.Dynamic));
        Assert.Equal("done\n", ObservedFolder.Text(outcome.StandardOutput));
        Assert.NotNull(outcome.Lookups!.Gap);
        Assert.True(outcome.Lookups.Lookups.Length > 1000);
    }

    [Fact]
    public async Task A_path_that_is_no_text_is_seen_as_one_that_cannot_be_told()
    {
        SandboxOutcome outcome = Assert.IsType<SandboxOutcome>(await RunAsync(Headers + "int main(void) { return access(\"\\xff\\xfe\", F_OK) != -1; }", Linked.Dynamic));
        Assert.Equal(0, outcome.ExitCode);
        Assert.Null(Assert.Single(outcome.Lookups!.Lookups, static lookup => lookup.Kind == LookupKind.Access && lookup.Path is null).Path);
    }

    [Theory]
    [InlineData(Linked.Dynamic)]
    [InlineData(Linked.Static)]
    public async Task Names_that_are_read_by_a_process_that_cannot_be_looked_into_are_a_gap(Linked linked)
    {
        const string Source = Headers + """
            #include <sys/prctl.h>
            #include <sys/syscall.h>
            int main(void)
            {
                char names[4096];
                int here = open(".", O_RDONLY | O_DIRECTORY);
                prctl(PR_SET_DUMPABLE, 0);
                return syscall(SYS_getdents64, here, names, sizeof names) < 0;
            }
            """;
        if (await RunAsync(Source, linked) is { } outcome)
        {
            Assert.Equal(0, outcome.ExitCode);
            Assert.Contains("could not be read", outcome.Lookups!.Gap, StringComparison.Ordinal);
        }
    }

    /// <summary>A compiler's plug-in is code of the project's: it may write into the record whatever it likes, and still harm nobody.</summary>
    [Theory]
    [InlineData("truncate(\"/dev/observation/record\", 0)")]
    [InlineData("truncate(\"/dev/observation/record\", 64 << 20)")]
    [InlineData("chmod(\"/dev/observation/record\", 0)")]
    [InlineData("chmod(\"/dev/observation/record\", 0444)")]
    [InlineData("fallocate(open(\"/dev/observation/record\", O_RDWR), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1 << 20, 3 << 20)")]
    [InlineData("unlink(\"/dev/observation/record\") | unlink(\"/dev/observation/command\")")]
    [InlineData("rename(\"/dev/observation/command\", \"/dev/observation/other\")")]
    [InlineData("truncate(\"/dev/observation/command\", 0)")]
    [InlineData("symlink(VICTIM, \"/dev/observation/new\") | (unlink(\"/dev/observation/command\") | symlink(VICTIM, \"/dev/observation/command\"))")]
    [InlineData("open(\"/dev/observation/more\", O_CREAT | O_WRONLY, 0600)")]
    public async Task An_enemy_in_the_sandbox_harms_neither_the_worker_nor_the_next_command(string attack)
    {
        string victim = Path.Combine(Directory.CreateTempSubdirectory("icecream-victim-").FullName, "victim");
        await File.WriteAllTextAsync(victim, "kept");
        try
        {
            string source = Headers + $"#define VICTIM \"{victim}\"\nint main(void) {{ int r = {attack}; return r == 12345; }}";
            try
            {
                Assert.Equal(0, (await RunAsync(source, Linked.Dynamic))!.ExitCode);
            }
            catch (SandboxException)
            {
                // Of what it has spoilt it gets no result.
            }

            for (int i = 0; i < 2; i++)
            {
                SandboxOutcome next = await folder.RunAsync(["/bin/sh", "-c", "test -e after || echo fine"]);
                Assert.Equal("fine\n", ObservedFolder.Text(next.StandardOutput));
                Assert.Contains("after", Absent(next));
                Assert.Null(next.Lookups!.Gap);
            }

            Assert.Equal("kept", await File.ReadAllTextAsync(victim));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(victim)!, recursive: true);
        }
    }

    [Fact]
    public async Task Random_bytes_all_over_the_record_are_paths_that_cannot_be_told()
    {
        const string Source = Headers + """
            int main(void)
            {
                int fd = open("/dev/observation/record", O_RDWR);
                struct stat status;
                if (fstat(fd, &status)) return 3;
                unsigned *words = mmap(0, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), seed = 1;
                if (words == MAP_FAILED) return 2;
                for (long i = 16; i < status.st_size / 4; i++) { seed = seed * 1664525u + 1013904223u; words[i] = i % 3 ? seed : seed >> 9; }
                return 0;
            }
            """;
        SandboxOutcome outcome = Assert.IsType<SandboxOutcome>(await RunAsync(Source, Linked.Dynamic));
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains(outcome.Lookups!.Lookups, static lookup => lookup.Path is null);
        SandboxOutcome next = await folder.RunAsync(["/bin/sh", "-c", "test -e after || echo fine"]);
        Assert.Equal("fine\n", ObservedFolder.Text(next.StandardOutput));
        Assert.Equal(["after"], Absent(next));
    }

    private static string[] Names(int many, int each, string start) =>
        [.. Enumerable.Range(0, many).SelectMany(i => Enumerable.Range(0, each).Select(n => $"{start}{i}-{n}")).Order(StringComparer.Ordinal)];

    private async Task<SandboxOutcome?> RunAsync(string source, Linked linked, params string[] flags)
    {
        string? program = await folder.CompileAsync(source, linked, flags);
        return program is null ? null : await folder.RunAsync([program]);
    }

    private async Task<string[]?> AbsentAsync(string source, Linked linked, params string[] flags)
    {
        if (await RunAsync(source, linked, flags) is not { } outcome)
        {
            return null;
        }

        Assert.Equal((0, null), (outcome.ExitCode, outcome.Lookups!.Gap));
        return Absent(outcome);
    }

    private string[] Absent(SandboxOutcome outcome) =>
        [.. folder.Seen(outcome).Where(static lookup => lookup.Error == 2).Select(lookup => lookup.Path![(folder.Root.Length + 1)..]).Distinct().Order(StringComparer.Ordinal)];
}
