using System.Net.Sockets;
using System.Runtime.InteropServices;
using IceCream.Wire;

namespace IceCream.Launcher.Tests;

/// <summary>What the launcher makes of each answer of the agent, and of each way in which an agent can fail to answer.</summary>
public sealed class AnswerTests : LauncherTest
{
    public AnswerTests() => Write("gcc", "echo here; exit 7");

    [Fact]
    public async Task What_the_compiler_said_is_said_bytes_and_streams_unchanged()
    {
        byte[] output = new byte[10 << 20], error = [0, 0xFF, (byte)'\n', 0xC3];
        new Random(1).NextBytes(output);
        ShellOutcome outcome = await AnsweredAsync(new LauncherMessage.Finished { ExitCode = 3, StandardOutput = output, StandardError = error });
        Assert.Equal((3, 0), (outcome.ExitCode, outcome.Signal));
        Assert.Equal(output, outcome.StandardOutput);
        Assert.Equal(error, outcome.StandardError);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(9)]
    [InlineData(15)]
    [InlineData(2)]
    public async Task A_compiler_ended_by_a_signal_ends_the_launcher_by_that_signal(int signal)
    {
        ShellOutcome outcome = await AnsweredAsync(new LauncherMessage.Finished { ExitCode = 128 + signal, Signal = signal, StandardError = "oh"u8.ToArray() });
        Assert.Equal((signal, "oh"), (outcome.Signal, Text(outcome.StandardError)));
    }

    [Theory]
    [InlineData(">/dev/full", "auto", 7)]
    [InlineData("2>/dev/full", "auto", 7)]
    [InlineData("2>&-", "auto", 7)]
    [InlineData(">/dev/full", "remote", 1)]
    public async Task Where_words_cannot_be_written_the_compiler_itself_decides_how_that_ends(string streams, string mode, int exitCode)
    {
        Write("gcc", "exit 7");
        SetVariable("ICECREAM_MODE", mode);
        using var agent = new FakeAgent(Socket);
        ShellProcess launcher = Start($"exec $L gcc -c x.c {streams}");
        using FakeAgentCall call = await agent.AcceptAsync();
        await call.AnswerAsync(new LauncherMessage.Finished { ExitCode = 0, StandardOutput = "words"u8.ToArray(), StandardError = "words"u8.ToArray() });
        Assert.Equal(exitCode, (await launcher.End.WaitAsync(Patience)).ExitCode);
    }

    [Fact]
    public async Task An_agent_that_is_still_at_work_is_waited_for()
    {
        using var agent = new FakeAgent(Socket);
        ShellProcess launcher = Start("exec $L gcc -c x.c");
        using FakeAgentCall call = await agent.AcceptAsync();
        await call.AnswerAsync(new LauncherMessage.Working());
        await call.AnswerAsync(new LauncherMessage.Working());
        await call.AnswerAsync(new LauncherMessage.Finished { ExitCode = 3 });
        Assert.Equal(3, (await launcher.End.WaitAsync(Patience)).ExitCode);
    }

    [Fact]
    public async Task A_refusal_is_obeyed_without_the_socket()
    {
        Write("gcc", "ls -l /proc/$$/fd | grep -c socket; exit 7");
        ShellOutcome outcome = await AnsweredAsync(new LauncherMessage.Refused("shutting down"));
        Assert.Equal((7, "0\n", ""), (outcome.ExitCode, Text(outcome.StandardOutput), Text(outcome.StandardError)));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("remote")]
    public async Task An_agent_that_says_here_is_obeyed_in_every_mode(string mode)
    {
        SetVariable("ICECREAM_MODE", mode);
        Assert.Equal(7, (await AnsweredAsync(new LauncherMessage.RunHere("no source file"))).ExitCode);
    }

    /// <summary>Such an agent knows of no reason to compile here: it is of another version, or has a defect.</summary>
    [Fact]
    public async Task An_agent_that_refuses_is_none_to_whoever_forbids_to_compile_here()
    {
        SetVariable("ICECREAM_MODE", "remote");
        ShellOutcome outcome = await AnsweredAsync(new LauncherMessage.Refused("the agent speaks version 1, not 2"));
        Assert.Equal((1, ""), (outcome.ExitCode, Text(outcome.StandardOutput)));
        Assert.Contains("ICECREAM_MODE=remote forbids", Text(outcome.StandardError), StringComparison.Ordinal);
        Assert.Contains("the agent speaks version 1, not 2", Text(outcome.StandardError), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 5, 0 })]
    [InlineData(new byte[] { 5, 0, 0, 0, 0x92 })]
    [InlineData(new byte[] { 3, 0, 0, 0, 1, 2, 3 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 2, 0, 0, 0, 0x91, 5 })]
    public async Task A_broken_agent_costs_a_build_nothing_but_the_farm(byte[] answer)
    {
        ShellOutcome here = await BrokenAsync(answer);
        Assert.Equal((7, "here\n", ""), (here.ExitCode, Text(here.StandardOutput), Text(here.StandardError)));

        SetVariable("ICECREAM_MODE", "remote");
        ShellOutcome loud = await BrokenAsync(answer);
        Assert.Equal((1, ""), (loud.ExitCode, Text(loud.StandardOutput)));
        Assert.Contains("ICECREAM_MODE=remote forbids", Text(loud.StandardError), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_resets_the_connection_unread_is_broken_too()
    {
        using var agent = new FakeAgent(Socket);
        ShellProcess launcher = Start("exec $L gcc -c x.c");
        (await agent.AcceptSilentlyAsync()).Dispose();
        Assert.Equal((7, "here\n"), await launcher.End.WaitAsync(Patience) is var end ? (end.ExitCode, Text(end.StandardOutput)) : default);
    }

    /// <summary>As Ctrl+Z and fg do to a build whose agent has many launchers to accept.</summary>
    [Fact]
    public async Task A_launcher_that_is_stopped_while_it_connects_asks_all_the_same()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Socket));
        listener.Listen(0);
        using var first = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await first.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
        ShellProcess launcher = Start("exec $L gcc -c x.c");
        await StateAsync(launcher, " S ", "connect");
        launcher.Signal(19);
        await StateAsync(launcher, " T ", "");
        launcher.Signal(18);
        await StateAsync(launcher, " S ", "connect");

        (await listener.AcceptAsync().WaitAsync(Patience)).Dispose();
        using Socket second = await listener.AcceptAsync().WaitAsync(Patience);
        await FakeAgentCall.ReadAsync(second, new byte[LauncherCodec.HeaderSize]);
        second.Dispose();
        Assert.Equal(7, (await launcher.End.WaitAsync(Patience)).ExitCode);
    }

    /// <summary>Waits until a launcher is in a state, as the kernel tells it, and in a call of the kernel.</summary>
    private static async Task StateAsync(ShellProcess launcher, string state, string call)
    {
        int number = call.Length == 0 ? -1 : RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 203 : 42;
        using var patience = new CancellationTokenSource(Patience);
        while (!(await File.ReadAllTextAsync($"/proc/{launcher.Id}/stat", patience.Token)).Contains(')' + state, StringComparison.Ordinal)
            || (number >= 0 && !(await File.ReadAllTextAsync($"/proc/{launcher.Id}/syscall", patience.Token)).StartsWith($"{number} ", StringComparison.Ordinal)))
        {
            await Task.Yield();
        }
    }

    [Fact]
    public async Task A_socket_that_nobody_listens_on_is_no_agent()
    {
        new FakeAgent(Socket).Dispose();
        await File.WriteAllTextAsync(Socket + ".file", "");
        Assert.Equal(7, (await RunAsync("$L gcc -c x.c")).ExitCode);
        Assert.Equal(7, (await RunAsync("ICECREAM_SOCKET=$F/agent.socket.file $L gcc -c x.c")).ExitCode);
        Assert.Equal(7, (await RunAsync($"ICECREAM_SOCKET=/{new string('x', 200)} $L gcc -c x.c")).ExitCode);
    }

    [Theory]
    [InlineData("gcc --version", 7)]
    [InlineData("gcc -E x.c", 7)]
    [InlineData("gcc x.o -o x", 7)]
    [InlineData("gcc -c conftest.c", 7)]
    [InlineData("gcc -c -x c /dev/null -o probe.o", 7)]
    [InlineData("gcc -c x.c", 1)]
    [InlineData("gcc -S x.c", 1)]
    [InlineData("gcc --compile x.c", 1)]
    [InlineData("gcc @words", 1)]
    public async Task Without_an_agent_only_a_compile_is_forbidden_here(string command, int exitCode)
    {
        SetVariable("ICECREAM_MODE", "remote");
        ShellOutcome outcome = await RunAsync($"$L {command}");
        Assert.Equal((exitCode, exitCode == 1), (outcome.ExitCode, Text(outcome.StandardError).Contains("ICECREAM_MODE=remote forbids", StringComparison.Ordinal)));
    }

    private async Task<ShellOutcome> AnsweredAsync(LauncherMessage answer)
    {
        using var agent = new FakeAgent(Socket);
        ShellProcess launcher = Start("exec $L gcc -c x.c");
        using FakeAgentCall call = await agent.AcceptAsync();
        await call.AnswerAsync(answer);
        return await launcher.End.WaitAsync(Patience);
    }

    private async Task<ShellOutcome> BrokenAsync(byte[] answer)
    {
        File.Delete(Socket);
        using var agent = new FakeAgent(Socket);
        ShellProcess launcher = Start("exec $L gcc -c x.c");
        using (FakeAgentCall call = await agent.AcceptAsync())
        {
            await call.SendAsync(answer);
        }

        return await launcher.End.WaitAsync(Patience);
    }
}
