using System.Text.Json;
using IceCream.Host.Commands;
using IceCream.Host.Rendering;
using IceCream.Host.Runs;
using IceCream.Host.Tests.Kit;
using IceCream.Jobs;
using Mono.Unix.Native;
using Xunit;

namespace IceCream.Host.Tests.Runs;

/// <summary><c>icehost run</c>, with a launcher that only has to be there: these commands call no compiler.</summary>
public sealed class RunTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public RunTests() => _folder.Write("bin/icelaunch", "#!/bin/sh\nexit 9\n", executable: true);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    public async Task The_exit_code_is_the_commands(string script, int exitCode) =>
        Assert.Equal(exitCode, (await RunAsync([], "sh", "-c", script)).ExitCode);

    /// <summary>The summary of a long build finds the disk full that holds its log.</summary>
    [Theory]
    [InlineData("--jobs", 0, "2> /dev/full")]
    [InlineData("--jobs", 3, "2> /dev/full")]
    [InlineData("--json -", 3, "> /dev/full")]
    public async Task The_exit_code_is_the_commands_also_where_nothing_more_can_be_said(string options, int exitCode, string redirection)
    {
        using HostProcess host = HostProcess.StartInShell(
            $"run {options} --state-dir '{_folder.Path}/state' -- sh -c 'exit {exitCode}' {redirection}", ("PATH", $"{_folder.Path}/bin:/usr/bin:/bin"), ("ICECREAM_SCHEDULER", "farm.example"));
        Assert.Equal(exitCode, await host.ExitAsync());
    }

    [Fact]
    public void A_build_that_was_interrupted_is_not_told_that_its_compiles_did_not_come()
    {
        var statistics = new JobStatistics { Cancelled = 3, Compiles = 3 };
        var error = new StringWriter();
        RunCommand.WriteTable(new RunReport(130, 1, StatisticsReport.From(statistics)), statistics, each: false, error);
        Assert.DoesNotContain("no compile came", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("cancelled", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_has_the_streams_and_nothing_is_added_to_its_output()
    {
        Ending ending = await RunAsync(["--quiet"], "sh", "-c", "echo out; echo err >&2");
        Assert.Equal((0, "out\n", "err\n"), (ending.ExitCode, ending.Output, ending.Error));
    }

    [Fact]
    public async Task Compilers_are_the_launcher_and_cmake_finds_the_real_ones()
    {
        Ending ending = await RunAsync(
            ["--quiet"], "sh", "-c", "readlink $(command -v g++); echo $CMAKE_CXX_COMPILER_LAUNCHER; echo ${CMAKE_PROGRAM_PATH%%:*}; test -n \"$ICECREAM_SOCKET\"");
        string launcher = $"{_folder.Path}/bin/icelaunch";
        Assert.Equal((0, $"{launcher}\n{launcher}\n{_folder.Path}/bin\n"), (ending.ExitCode, ending.Output));
    }

    /// <summary>They were accepted and had no effect: a build that is to be audited must not pass for one that is.</summary>
    [Theory]
    [InlineData("ICECREAM_NICE", "20")]
    [InlineData("ICECREAM_HUGE_PAGES", "some")]
    [InlineData("ICECREAM_CACHE_LIMIT", "1")]
    [InlineData("ICECREAM_AUDIT", "0")]
    public async Task The_settings_of_nodes_are_those_of_the_farm_within(string name, string wrong)
    {
        using HostProcess host = HostProcess.StartInShell($"run --state-dir '{_folder.Path}/state' -- true", ("PATH", $"{_folder.Path}/bin:/usr/bin:/bin"), (name, wrong));
        host.Input.Close();
        Assert.Contains(name, await host.Error.ReadToEndAsync().WaitAsync(HostProcess.Patience), StringComparison.Ordinal);
        Assert.Equal(2, await host.ExitAsync());
    }

    [Fact]
    public async Task A_farm_within_takes_the_settings_of_nodes()
    {
        using HostProcess host = HostProcess.StartInShell(
            $"run --quiet --state-dir '{_folder.Path}/state' -- sh -c 'exit 3'",
            ("PATH", $"{_folder.Path}/bin:/usr/bin:/bin"), ("ICECREAM_NICE", "0"), ("ICECREAM_HUGE_PAGES", "no"), ("ICECREAM_CACHE_LIMIT", "64M"), ("ICECREAM_AUDIT", "1"));
        Assert.Equal(3, await host.ExitAsync());
    }

    [Fact]
    public async Task A_bare_compiler_goes_through_the_launcher() =>
        Assert.Equal(9, (await RunAsync(["--quiet"], "g++", "--version")).ExitCode);

    [Fact]
    public async Task The_summary_goes_to_the_file_that_is_named()
    {
        string file = Path.Combine(_folder.Path, "summary.json");
        Ending ending = await RunAsync(["--json", file], "sh", "-c", "exit 3");
        Assert.Equal((3, "", ""), (ending.ExitCode, ending.Output, ending.Error));
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        Assert.Equal(3, json.RootElement.GetProperty("exit_code").GetInt32());
        Assert.Equal(0, json.RootElement.GetProperty("jobs").GetProperty("remote").GetInt64());
    }

    [Theory]
    [InlineData("kill -XFSZ $PPID; exit 3", 3)]
    [InlineData("kill -XFSZ $$", 153)]
    public async Task The_signal_of_a_file_that_is_too_large_ends_the_command_and_not_the_farm(string script, int exitCode) =>
        Assert.Equal(exitCode, (await RunAsync([], "sh", "-c", script)).ExitCode);

    [Theory]
    [InlineData("no-such-program", 127, "icehost: no-such-program: command not found\n")]
    [InlineData("./no/such/program", 127, "icehost: ./no/such/program: there is no such file\n")]
    [InlineData("not-executable", 126, "icehost: not-executable: it is not executable\n")]
    [InlineData("/usr", 126, "icehost: /usr: it is a folder\n")]
    public async Task A_program_that_is_none_ends_as_in_a_shell_and_starts_no_farm(string program, int exitCode, string words)
    {
        _folder.Write("bin/not-executable", "text\n");
        Ending ending = await RunAsync([], program);
        Assert.Equal((exitCode, "", words), (ending.ExitCode, ending.Output, ending.Error));
        Assert.False(Directory.Exists($"{_folder.Path}/state"));
    }

    [Fact]
    public async Task A_script_that_names_no_shell_is_run_as_shells_do()
    {
        string script = _folder.Write("script", "echo \"$0: $1 $2\"; exit 4\n", executable: true);
        Ending ending = await RunAsync(["--quiet"], script, "a b", "c");
        Assert.Equal((4, $"{script}: a b c\n", ""), (ending.ExitCode, ending.Output, ending.Error));
    }

    [Fact]
    public async Task A_farm_of_its_own_has_a_worker()
    {
        Ending ending = await RunAsync(["--workers", "0"], "true");
        Assert.Equal((2, "", "icehost: --workers: '0' is not allowed. Allowed: a whole number from 1 to 64.\n"), (ending.ExitCode, ending.Output, ending.Error));
    }

    [Fact]
    public async Task A_file_for_the_summary_that_has_no_name_is_told_before_the_build_and_not_after_it()
    {
        Ending ending = await RunAsync(["--json", ""], "sh", "-c", "echo ran");
        Assert.Equal((2, "", "icehost: --json: '' is not allowed. Allowed: a value, or no --json at all.\n"), (ending.ExitCode, ending.Output, ending.Error));
    }

    /// <summary>Who asks for something must not take its absence for success; but no build fails by it.</summary>
    [Theory]
    [InlineData("--join-file has no effect without --scheduler", "--quiet", "--join-file", "/nowhere/token")]
    [InlineData("--join-file has no effect", "--quiet", "--scheduler", "127.0.0.1:1", "--workers", "0", "--insecure", "--join-file", "/nowhere/token")]
    [InlineData("--dashboard-listen has no effect without --dashboard", "--quiet", "--dashboard-listen", "127.0.0.1:0")]
    [InlineData("--jobs has no effect", "--quiet", "--jobs")]
    public async Task An_option_without_effect_is_told(string warning, params string[] options)
    {
        Ending ending = await RunAsync(options, "true");
        Assert.Equal(0, ending.ExitCode);
        Assert.StartsWith($"icehost: warning: {warning}", ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_summary_goes_to_standard_output_when_asked()
    {
        Ending ending = await RunAsync(["--json", "-"], "sh", "-c", "exit 3");
        Assert.Equal((3, ""), (ending.ExitCode, ending.Error));
        using JsonDocument json = JsonDocument.Parse(ending.Output);
        Assert.Equal(3, json.RootElement.GetProperty("exit_code").GetInt32());
    }

    [Fact]
    public async Task A_configured_scheduler_that_is_not_used_is_told()
    {
        (string, string)[] variables = [("PATH", $"{_folder.Path}/bin:/usr/bin:/bin"), ("ICECREAM_SCHEDULER", "farm.example:99")];
        Ending ending = await HostProcess.RunAsync(["run", "--state-dir", $"{_folder.Path}/state", "--", "true"], variables);
        Assert.Equal(0, ending.ExitCode);
        Assert.Contains("does not use the configured scheduler farm.example:99: 'icehost run --scheduler farm.example:99' joins", ending.Error, StringComparison.Ordinal);
        ending = await HostProcess.RunAsync(["run", "--quiet", "--state-dir", $"{_folder.Path}/state", "--", "true"], variables);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
    }

    [Theory]
    [InlineData("ICECREAM_DISABLE", "1", true)]
    [InlineData("ICECC", "disable", true)]
    [InlineData("ICECREAM_DISABLE", "no", false)]
    public async Task A_launcher_that_the_environment_turns_off_is_told(string name, string value, bool isTold)
    {
        (string, string)[] variables = [("PATH", $"{_folder.Path}/bin:/usr/bin:/bin"), (name, value)];
        Ending ending = await HostProcess.RunAsync(["run", "--state-dir", $"{_folder.Path}/state", "--", "true"], variables);
        Assert.Equal((0, isTold), (ending.ExitCode, ending.Error.Contains($"icehost: {name}={value} turns the launcher off", StringComparison.Ordinal)));
        Assert.Contains("no compile came through the launcher: the build compiled nothing, or calls its compilers by their full paths.", ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_launcher_is_told_before_anything_runs()
    {
        Ending ending = await HostProcess.RunAsync(["run", "--", "sh", "-c", "echo ran"], ("PATH", "/usr/bin:/bin"));
        Assert.Equal((1, ""), (ending.ExitCode, ending.Output));
        Assert.Contains("icelaunch", ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ending_the_run_ends_the_command_first()
    {
        using HostProcess host = HostProcess.Start(
            ["run", "--quiet", "--state-dir", $"{_folder.Path}/state", "--", "sh", "-c", "trap 'echo trapped >&2; exit 5' TERM; echo ready >&2; while :; do sleep 0.05; done"],
            ("PATH", $"{_folder.Path}/bin:/usr/bin:/bin"));
        Assert.Equal("ready", await host.Error.ReadLineAsync().WaitAsync(HostProcess.Patience));
        host.Signal(Signum.SIGTERM);
        Assert.Equal("trapped", await host.Error.ReadLineAsync().WaitAsync(HostProcess.Patience));
        Assert.Equal(5, await host.ExitAsync());
    }

    [Fact]
    public void What_the_user_has_set_stays()
    {
        var variables = new Dictionary<string, string> { ["PATH"] = "/a:/b", ["CMAKE_C_COMPILER_LAUNCHER"] = "ccache", ["CC"] = "/opt/gcc", ["CMAKE_PROGRAM_PATH"] = "/own" };
        IReadOnlyDictionary<string, string> changes = CommandEnvironment.Changes(variables, "/links", "/icelaunch", "/socket");
        Assert.Equal(["CCACHE_PATH", "CCACHE_PREFIX", "CMAKE_CXX_COMPILER_LAUNCHER", "CMAKE_PROGRAM_PATH", "ICECREAM_SOCKET", "PATH"], changes.Keys.Order());
        Assert.Equal("/own:/a:/b", changes["CMAKE_PROGRAM_PATH"]);
        Assert.Equal("/links:/a:/b", changes["PATH"]);

        // ccache finds the compilers and not the links, and calls the launcher itself.
        Assert.Equal(("/a:/b", "/icelaunch"), (changes["CCACHE_PATH"], changes["CCACHE_PREFIX"]));
        variables = new Dictionary<string, string> { ["PATH"] = "/a:/b", ["CCACHE_PREFIX"] = "distcc", ["CCACHE_PATH"] = "/opt" };
        Assert.DoesNotContain(CommandEnvironment.Changes(variables, "/links", "/icelaunch", "/socket").Keys, static name => name.StartsWith("CCACHE_", StringComparison.Ordinal));
    }

    /// <summary>Whoever has set up the machine may have removed the token when its daemon had joined.</summary>
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 2)]
    public async Task A_configured_token_that_is_gone_keeps_no_build_from_running(bool isTyped, int exitCode)
    {
        string token = $"{_folder.Path}/gone";
        string[] typed = isTyped ? ["--join-file", token] : [];
        Ending ending = await HostProcess.RunAsync(
            ["run", "--state-dir", $"{_folder.Path}/state", "--scheduler", "127.0.0.1:1", "--workers", "0", .. typed, "--", "true"],
            ("PATH", $"{_folder.Path}/bin:/usr/bin:/bin"), ("ICECREAM_JOIN_FILE", token));
        Assert.Equal(exitCode, ending.ExitCode);
        Assert.Contains($"'{token}' cannot be read", ending.Error, StringComparison.Ordinal);
    }

    private Task<Ending> RunAsync(string[] options, params string[] command) => HostProcess.RunAsync(
        ["run", "--state-dir", $"{_folder.Path}/state", .. options, "--", .. command], ("PATH", $"{_folder.Path}/bin:/usr/bin:/bin"));
}
