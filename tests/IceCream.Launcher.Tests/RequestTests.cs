using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Launcher.Tests;

/// <summary>What the agent is told.</summary>
public sealed class RequestTests : LauncherTest
{
    public RequestTests() => Write("gcc", "exit 7");

    [Fact]
    public async Task The_command_is_told_as_typed_and_the_compiler_as_found()
    {
        LauncherMessage.Request request = await AskedAsync("exec $L gcc -c 'a b.c' '' -DX=ü");
        Assert.Equal(["gcc", "-c", "a b.c", "", "-DX=ü"], request.CommandLine.ToArray());
        Assert.Equal(Path.Combine(Bin, "gcc"), request.Compiler);
        Assert.Equal(Folder, request.WorkingDirectory);
        Assert.Equal((JobMode.Auto, false, true), (request.Mode, request.IsTerminal, request.View.IsKnown));
    }

    [Fact]
    public async Task A_compiler_named_by_a_path_with_spaces_is_that_one()
    {
        Write("with space/gcc", "exit 7");
        Assert.Equal(Path.Combine(Bin, "with space/gcc"), (await AskedAsync("exec $L \"$F/bin/with space/gcc\" -c x.c")).Compiler);
        Assert.Equal($"{Bin}/./with space/gcc", (await AskedAsync("cd bin; exec $L './with space/gcc' -c x.c")).Compiler);
    }

    [Fact]
    public async Task A_link_to_the_launcher_named_by_its_path_is_told_as_the_compiler_behind_it()
    {
        string link = Path.Combine(Link("masquerade", "gcc", Launcher), "gcc");
        foreach (string command in (string[])[link, "masquerade/gcc", $"$L {link}", "$L ./masquerade/gcc"])
        {
            LauncherMessage.Request request = await AskedAsync($"exec {command} -c x.c");
            Assert.Equal((Path.Combine(Bin, "gcc"), Path.Combine(Bin, "gcc")), (request.CommandLine[0], request.Compiler));
        }
    }

    [Fact]
    public async Task The_working_directory_is_told_without_links()
    {
        LauncherMessage.Request request = await AskedAsync("mkdir real; ln -s real link; cd link; exec $L gcc -c x.c");
        Assert.Equal(Path.Combine(Folder, "real"), request.WorkingDirectory);
        Assert.Contains($"PWD={Folder}/link", request.Environment);
    }

    [Fact]
    public async Task The_environment_that_matters_is_told_and_no_other()
    {
        LauncherMessage.Request request = await AskedAsync(
            "export CPATH=/i LC_ALL=C GCC_COLORS= GCC_EXTRA_DIAGNOSTIC_OUTPUT=fixits-v1 SOURCE_DATE_EPOCH=1 EDITOR=vi MAKEFLAGS=-j ICECREAM_CACHE=off; exec $L gcc -c x.c");
        foreach (string entry in (string[])["CPATH=/i", "LC_ALL=C", "GCC_COLORS=", "GCC_EXTRA_DIAGNOSTIC_OUTPUT=fixits-v1", "SOURCE_DATE_EPOCH=1", "ICECREAM_CACHE=off"])
        {
            Assert.Contains(entry, request.Environment);
        }

        Assert.DoesNotContain(request.Environment, entry => entry.StartsWith("EDITOR=", StringComparison.Ordinal) || entry.StartsWith("MAKEFLAGS=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_umask_is_told_and_kept()
    {
        Write("gcc", "umask");
        using var agent = new FakeAgent(Socket);
        ShellProcess launcher = Start("umask 027; exec $L gcc -c x.c");
        using FakeAgentCall call = await agent.AcceptAsync();
        Assert.Equal(0b000_010_111, call.Request.Umask);
        await call.AnswerAsync(new LauncherMessage.RunHere(""));
        Assert.Equal("0027\n", Text((await launcher.End.WaitAsync(Patience)).StandardOutput));
    }

    [Theory]
    [InlineData("ICECC=no", JobMode.Local)]
    [InlineData("ICECC=no ICECREAM_MODE=remote", JobMode.Remote)]
    [InlineData("ICECC=no ICECREAM_MODE=auto", JobMode.Auto)]
    [InlineData("ICECC=yes", JobMode.Auto)]
    public async Task The_variable_of_icecreams_client_is_understood(string variables, JobMode mode) =>
        Assert.Equal(mode, (await AskedAsync($"{variables} exec $L gcc -c x.c")).Mode);

    [Theory]
    [InlineData("0")]
    [InlineData("no")]
    [InlineData("False")]
    [InlineData("")]
    public async Task A_launcher_that_is_said_not_to_be_disabled_asks(string value) =>
        Assert.Equal("gcc", (await AskedAsync($"ICECREAM_DISABLE={value} exec $L gcc -c x.c")).CommandLine[0]);

    [Theory]
    [InlineData("auto", JobMode.Auto, false)]
    [InlineData("local", JobMode.Local, false)]
    [InlineData("remote", JobMode.Remote, false)]
    [InlineData("remoet", JobMode.Auto, true)]
    public async Task The_mode_is_told_and_a_wrong_one_is_pointed_out(string value, JobMode mode, bool isWrong)
    {
        SetVariable("ICECREAM_MODE", value);
        using var agent = new FakeAgent(Socket);
        ShellProcess launcher = Start("exec $L gcc -c x.c");
        using FakeAgentCall call = await agent.AcceptAsync();
        Assert.Equal(mode, call.Request.Mode);
        await call.AnswerAsync(new LauncherMessage.Finished { ExitCode = 0 });
        Assert.Equal(isWrong, Text((await launcher.End.WaitAsync(Patience)).StandardError).Contains("'remoet'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_usual_socket_lies_in_the_users_runtime_folder()
    {
        SetVariable("ICECREAM_SOCKET", null);
        SetVariable("XDG_RUNTIME_DIR", Folder);
        Directory.CreateDirectory(Path.Combine(Folder, "icecream"), (UnixFileMode)0b111_000_000);
        Assert.Equal("gcc", (await AskedAsync("exec $L gcc", Path.Combine(Folder, "icecream/agent.socket"))).CommandLine[0]);
    }

    [Fact]
    public async Task A_socket_in_a_folder_that_others_may_write_is_not_trusted()
    {
        SetVariable("ICECREAM_SOCKET", null);
        SetVariable("XDG_RUNTIME_DIR", Folder);
        using var agent = new FakeAgent(Path.Combine(Folder, "icecream/agent.socket"));
        ShellOutcome outcome = await RunAsync("chmod 777 icecream; ICECREAM_LOG=1 exec $L gcc");
        Assert.Equal(7, outcome.ExitCode);
        Assert.Contains("others may write", Text(outcome.StandardError), StringComparison.Ordinal);
        Assert.True(agent.IsUnasked);
    }

    private async Task<LauncherMessage.Request> AskedAsync(string script, string? socket = null)
    {
        File.Delete(socket ?? Socket);
        using var agent = new FakeAgent(socket ?? Socket);
        ShellProcess launcher = Start(script);
        using FakeAgentCall call = await agent.AcceptAsync();
        await call.AnswerAsync(new LauncherMessage.Finished { ExitCode = 0 });
        Assert.Equal(0, (await launcher.End.WaitAsync(Patience)).ExitCode);
        return call.Request;
    }
}
