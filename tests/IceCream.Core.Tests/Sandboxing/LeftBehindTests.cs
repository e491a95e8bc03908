using IceCream.Platform;
using IceCream.Sandboxing;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace IceCream.Tests.Sandboxing;

/// <summary>When the end of an observed command is known, none of its processes runs any more: the next command gets its record and its folders.</summary>
public sealed class LeftBehindTests(ObservedFolder folder) : IClassFixture<ObservedFolder>
{
    [Fact]
    public async Task What_a_command_leaves_behind_has_ended_when_its_own_end_is_known()
    {
        // It holds none of the command's pipes. A process gives its memory back first, which takes a while, and its locks after that.
        const string Source = """
            #include <fcntl.h>
            #include <string.h>
            #include <sys/file.h>
            #include <sys/mman.h>
            #include <unistd.h>

            int main(void)
            {
                int told[2];
                char byte = 'x';
                if (pipe(told)) return 2;
                if (!fork()) {
                    size_t size = 128 << 20;
                    int held = open("held", O_RDWR | O_CREAT, 0600);
                    char *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                    if (held < 0 || memory == MAP_FAILED || flock(held, LOCK_EX)) _exit(2);
                    madvise(memory, size, MADV_NOHUGEPAGE);
                    memset(memory, 1, size);
                    close(0), close(1), close(2), close(told[0]);
                    if (write(told[1], &byte, 1) != 1) _exit(2);
                    for (;;) pause();
                }
                close(told[1]);
                return read(told[0], &byte, 1) != 1;
            }
            """;
        string program = Assert.IsType<string>(await folder.CompileAsync("#define _GNU_SOURCE\n" + Source));
        Assert.Equal(0, (await folder.RunAsync([program])).ExitCode);
        using SafeFileHandle held = File.OpenHandle(Path.Combine(folder.Root, "held"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Assert.True(Linux.TryLock(held), "a process of the command still holds its lock");
    }

    [Fact]
    public async Task A_command_cannot_kill_the_supervisor()
    {
        SandboxOutcome outcome = await folder.RunAsync(["/bin/sh", "-c", "kill -9 $PPID; test -e after; echo alive"]);
        Assert.Equal((0, "alive\n"), (outcome.ExitCode, ObservedFolder.Text(outcome.StandardOutput)));
        Assert.Contains(folder.Seen(outcome), static lookup => lookup.Path!.EndsWith("/after", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_has_ended_after_its_parent_does_not_count_as_a_process()
    {
        // The substitution ends when the last that could write into it has ended.
        SandboxOutcome outcome = await folder.RunAsync(
            ["/bin/sh", "-c", "i=0; while [ $i -lt 100 ]; do : $( (/bin/true &) ); i=$((i+1)); done; echo done"],
            change: static command => command with { Limits = command.Limits with { Processes = 40 } });
        Assert.Equal((0, "done\n"), (outcome.ExitCode, ObservedFolder.Text(outcome.StandardOutput)));
        Assert.DoesNotContain("as many processes", outcome.Lookups!.Trouble ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_that_is_to_be_executed_does_not_stop_the_supervisor()
    {
        SandboxOutcome outcome = await folder.RunAsync(
            ["/bin/sh", "-c", "mkfifo -m 755 pipe && { ./pipe || printf '#!%s/pipe' \"$PWD\" >script; chmod 755 script; ./script || echo refused; }"],
            change: static command => command with { Limits = command.Limits with { WallTime = TimeSpan.FromMinutes(1) } });
        Assert.Equal((null, "refused\n"), (outcome.LimitReached, ObservedFolder.Text(outcome.StandardOutput)));
    }
}
