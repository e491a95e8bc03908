using IceCream.Sandboxing;
using Xunit;

namespace IceCream.Tests.Sandboxing;

/// <summary>
/// Calls that wait for the supervisor when a signal comes. The programs handle SIGCHLD as dash does, without SA_RESTART: a call that is interrupted fails with EINTR, and without a supervisor
/// none of these ever would.
/// </summary>
public sealed class InterruptedCallTests(ObservedFolder folder) : IClassFixture<ObservedFolder>
{
    private const string Headers = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/wait.h>
        #include <unistd.h>

        static void heed(int signal) { (void)signal; }
        static void heed_children(void)
        {
            struct sigaction action = { .sa_handler = heed };
            sigaction(SIGCHLD, &action, 0);
        }

        """;

    [Theory]
    [InlineData(Linked.Dynamic)]
    [InlineData(Linked.Musl)]
    [InlineData(Linked.Static)]
    public async Task A_child_that_ends_while_its_parent_forks_is_no_reason_to_fail(Linked linked)
    {
        const string Source = Headers + """
            int main(void)
            {
                heed_children();
                for (int i = 0; i < 3000; i++) {
                    int child = fork();
                    if (!child) _exit(0);
                    if (child < 0) return 100 + errno;
                    while (waitpid(-1, 0, WNOHANG) > 0) {}
                }
                return 0;
            }
            """;
        if (await RunAsync(Source, linked) is not { } outcome)
        {
            return;
        }

        // A program that loads no preload object cannot be helped, but its failure is not believed.
        Assert.True(outcome.ExitCode == 0 || (linked == Linked.Static && outcome.Lookups!.Trouble is not null), $"{outcome.ExitCode}: {outcome.Lookups!.Trouble}");
    }

    [Theory]
    [InlineData(Linked.Dynamic)]
    [InlineData(Linked.Musl)]
    public async Task A_child_that_ends_while_its_parent_becomes_another_program_is_no_reason_to_fail(Linked linked)
    {
        const string Source = Headers + """
            int main(int count, char **words)
            {
                char next[16], *again[] = { words[0], next, 0 };
                int left = count > 1 ? atoi(words[1]) : 500;
                snprintf(next, sizeof next, "%d", left - 1);
                heed_children();
                while (waitpid(-1, 0, WNOHANG) > 0) {}
                if (!left) return 0;
                if (!fork()) _exit(0);
                execve(words[0], again, environ);
                return 100 + errno;
            }
            """;
        if (await RunAsync(Source, linked) is { } outcome)
        {
            Assert.Equal((0, null), (outcome.ExitCode, outcome.Lookups!.Gap));
        }
    }

    private async Task<SandboxOutcome?> RunAsync(string source, Linked linked) =>
        await folder.CompileAsync(source, linked) is { } program ? await folder.RunAsync([program]) : null;
}
