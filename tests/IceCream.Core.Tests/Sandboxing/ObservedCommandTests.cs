using System.Collections.Immutable;
using IceCream.Sandboxing;
using Xunit;

namespace IceCream.Tests.Sandboxing;

/// <summary>How observed commands begin and end.</summary>
public sealed class ObservedCommandTests(ObservedFolder folder) : IClassFixture<ObservedFolder>
{
    [Fact]
    public async Task A_program_for_another_architecture_is_a_gap()
    {
        const string Source = """
            static long call(long n, long a, long b, long c) { long r; __asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a), "c"(b), "d"(c) : "memory"); return r; }
            void _start(void) { call(45, 0, 0, 0); call(5, (long)"/nowhere/else", 0, 0); call(1, 7, 0, 0); }
            """;
        string[] flags = ["-m32", "-nostdlib", "-static", "-ffreestanding", "-fno-pie", "-no-pie", "-fno-stack-protector"];
        if (await folder.CompileAsync(Source, Linked.Dynamic, flags) is not { } program || (await folder.RunAsync(["/bin/sh", "-c", $"exec {program}"], observed: false)).ExitCode != 7)
        {
            // No such compiler here, or no such kernel.
            return;
        }

        SandboxOutcome outcome = await folder.RunAsync([program]);
        Assert.Equal(7, outcome.ExitCode);
        Assert.Contains("architecture", outcome.Lookups!.Gap, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nosuchprogram")]
    [InlineData("/nowhere/nosuchprogram")]
    [InlineData("./folder")]
    [InlineData("found")]
    [InlineData("./found")]
    public async Task A_command_that_cannot_be_executed_is_no_result(string command)
    {
        folder.Fill();
        await Assert.ThrowsAsync<SandboxException>(async () => await folder.RunAsync([command]));
    }

    [Theory]
    [InlineData("exit 0", 0, 0)]
    [InlineData("exit 77", 77, 0)]
    [InlineData("exit 125", 125, 0)]
    [InlineData("exit 127", 127, 0)]
    [InlineData("kill -SEGV $$", 139, 11)]
    [InlineData("kill -KILL $$", 137, 9)]
    public async Task Exit_code_and_signal_pass_through(string script, int code, int signal)
    {
        SandboxOutcome outcome = await folder.RunAsync(["/bin/sh", "-c", $"echo out; echo err >&2; {script}"]);
        Assert.Equal((code, signal, "out\n", "err\n"), (outcome.ExitCode, outcome.Signal, ObservedFolder.Text(outcome.StandardOutput), ObservedFolder.Text(outcome.StandardError)));
    }

    [Fact]
    public async Task More_words_and_variables_than_bubblewrap_takes_arrive_whole()
    {
        ImmutableArray<string> words = [.. Enumerable.Range(0, 12_000).Select(static i => $"word {i}")];
        SandboxOutcome outcome = await folder.RunAsync(
            ["/bin/sh", "-c", "echo $# \"$1\" \"$12000\" \"${12000}\"; env | grep -c ^V", "sh", .. words],
            change: command => command with { Environment = [.. command.Environment, .. Enumerable.Range(0, 11_000).Select(static i => $"V{i}=\n=größe {i}\"'")] });
        Assert.Equal(["12000 word 0 word 02000 word 11999", "11000"], ObservedFolder.Lines(outcome));
    }

    [Fact]
    public async Task A_child_that_is_left_behind_ends_with_the_command()
    {
        string mark = "icecream-left-behind-" + Guid.NewGuid();
        SandboxOutcome outcome = await folder.RunAsync(["/bin/sh", "-c", $"(exec -a {mark} sleep 1000 || sleep 1000 {mark}) </dev/null >/dev/null 2>&1 & echo $!"]).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(0, outcome.ExitCode);
        Assert.Null(outcome.Lookups!.Gap);
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc").Select(static process => CommandLineOf(process)), line => line.Contains(mark, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_record_of_a_command_that_was_ended_is_given_up_with_its_memory()
    {
        await folder.RunAsync(["/bin/sh", "-c", ":"]);
        int records = folder.Records;
        for (int i = 0; i < 3; i++)
        {
            SandboxOutcome ended = await folder.RunAsync(["/bin/sh", "-c", "while :; do echo text; done"], change: command => command with { Limits = new SandboxLimits { Text = 1000 } });
            Assert.NotNull(ended.LimitReached);
            Assert.InRange(folder.Records, 0, records);
        }

        SandboxOutcome next = await folder.RunAsync(["/bin/sh", "-c", ":"]);
        Assert.NotEmpty(next.Lookups!.Lookups);
        Assert.Null(next.Lookups.Gap);
    }

    private static string CommandLineOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
