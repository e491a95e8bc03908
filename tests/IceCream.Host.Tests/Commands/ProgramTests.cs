using System.Text;
using System.Text.Json;
using IceCream.Host.Tests.Kit;
using Mono.Unix.Native;
using Xunit;

namespace IceCream.Host.Tests.Commands;

/// <summary>The program itself, as users start it.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Signum.SIGTERM)]
    [InlineData(Signum.SIGINT)]
    public async Task A_scheduler_says_where_it_is_answers_and_ends_with_0_on_a_signal(Signum signal)
    {
        using HostProcess scheduler = HostProcess.Start(["scheduler", "--listen", "127.0.0.1:0", "--network", "tests"]);
        string address = await AddressOfAsync(scheduler);

        Ending status = await HostProcess.RunAsync(["status", "--scheduler", address, "--network", "tests", "--json"]);
        Assert.Equal((0, ""), (status.ExitCode, status.Error));
        using JsonDocument json = JsonDocument.Parse(status.Output);
        Assert.Equal("tests", json.RootElement.GetProperty("network").GetString());
        Assert.Equal(address, json.RootElement.GetProperty("scheduler").GetString());
        Assert.False(json.RootElement.GetProperty("insecure").GetBoolean());
        Assert.Equal(0, json.RootElement.GetProperty("nodes").GetArrayLength());

        Ending stranger = await HostProcess.RunAsync(["status", "--scheduler", address, "--network", "others"]);
        Assert.Equal(1, stranger.ExitCode);
        Assert.Contains("others", stranger.Error, StringComparison.Ordinal);

        scheduler.Signal(signal);
        Assert.Equal(0, await scheduler.ExitAsync());
    }

    /// <summary>Otherwise whoever presses Ctrl+C goes on without a cursor, in the screen of the view.</summary>
    [NeedsScript]
    public async Task A_view_gives_the_terminal_back_when_it_is_interrupted()
    {
        using HostProcess scheduler = HostProcess.Start(["scheduler", "--listen", "127.0.0.1:0", "--network", "tests", "--dashboard-listen", "off", "--state-dir", $"{_folder.Path}/state"]);
        string address = await AddressOfAsync(scheduler);
        using HostProcess top = HostProcess.StartOnTerminal($"top --scheduler {address} --network tests --state-dir '{_folder.Path}/state'");
        Assert.EndsWith("\u001b[?1049h", await UntilAsync(top.Output, "\u001b[?1049h"), StringComparison.Ordinal);
        Assert.EndsWith("\u001b[?7l", await UntilAsync(top.Output, "\u001b[?7l"), StringComparison.Ordinal);
        await top.Input.WriteAsync('\u0003');
        await top.Input.FlushAsync();
        Assert.EndsWith("\u001b[?7h\u001b[?25h\u001b[?1049l", await UntilAsync(top.Output, "\u001b[?1049l"), StringComparison.Ordinal);
    }

    /// <summary>Otherwise whoever presses Ctrl+Z goes on in the shell without a cursor, in the screen of the view.</summary>
    [NeedsScript]
    public async Task A_view_gives_the_terminal_back_while_it_is_stopped()
    {
        using HostProcess scheduler = HostProcess.Start(["scheduler", "--listen", "127.0.0.1:0", "--network", "tests", "--dashboard-listen", "off", "--state-dir", $"{_folder.Path}/state"]);
        string address = await AddressOfAsync(scheduler);
        using HostProcess top = HostProcess.StartOnTerminal($"top --scheduler {address} --network tests --state-dir '{_folder.Path}/state'", "echo stopped here; fg");
        await UntilAsync(top.Output, "\u001b[?1049h");
        await UntilAsync(top.Output, "\u001b[J");
        await top.Input.WriteAsync('\u001a');
        await top.Input.FlushAsync();
        string before = await UntilAsync(top.Output, "stopped here");
        Assert.Contains("\u001b[?25h\u001b[?1049l", before, StringComparison.Ordinal);
        Assert.EndsWith("\u001b[?1049h", await UntilAsync(top.Output, "\u001b[?1049h"), StringComparison.Ordinal);
        Assert.EndsWith("\u001b[J", await UntilAsync(top.Output, "\u001b[J"), StringComparison.Ordinal);
        await top.Input.WriteAsync('q');
        await top.Input.FlushAsync();
        Assert.EndsWith("\u001b[?1049l", await UntilAsync(top.Output, "\u001b[?1049l"), StringComparison.Ordinal);
    }

    /// <summary>The first process of a terminal has no shell that could continue it, and the kernel does not stop it.</summary>
    [NeedsScript]
    public async Task A_view_that_nobody_could_continue_goes_on()
    {
        using HostProcess scheduler = HostProcess.Start(["scheduler", "--listen", "127.0.0.1:0", "--network", "tests", "--dashboard-listen", "off", "--state-dir", $"{_folder.Path}/state"]);
        string address = await AddressOfAsync(scheduler);
        using HostProcess top = HostProcess.StartOnTerminal($"top --scheduler {address} --network tests --state-dir '{_folder.Path}/state'");
        await UntilAsync(top.Output, "\u001b[J");
        await top.Input.WriteAsync('\u001a');
        await top.Input.FlushAsync();
        Assert.EndsWith("\u001b[?1049h", await UntilAsync(top.Output, "\u001b[?1049h"), StringComparison.Ordinal);
        await top.Input.WriteAsync('\u0003');
        await top.Input.FlushAsync();
        Assert.EndsWith("\u001b[?1049l", await UntilAsync(top.Output, "\u001b[?1049l"), StringComparison.Ordinal);
    }

    /// <summary><c>icehost top | head -1</c>.</summary>
    [Theory]
    [InlineData("top")]
    [InlineData("watch")]
    public async Task A_view_ends_when_nobody_reads_it_any_more(string view)
    {
        using HostProcess scheduler = HostProcess.Start(["scheduler", "--listen", "127.0.0.1:0", "--network", "tests", "--dashboard-listen", "off", "--state-dir", $"{_folder.Path}/state"]);
        string address = await AddressOfAsync(scheduler);
        using HostProcess reader = HostProcess.Start([view, "--scheduler", address, "--network", "tests", "--state-dir", $"{_folder.Path}/state"]);
        Assert.NotNull(await reader.Output.ReadLineAsync().WaitAsync(HostProcess.Patience));
        reader.Output.Dispose();
        Assert.Equal(0, await reader.ExitAsync());
    }

    [Fact]
    public async Task A_scheduler_that_cannot_listen_says_why_in_one_line()
    {
        Ending ending = await HostProcess.RunAsync(["scheduler", "--listen", "192.0.2.1:0", "--state-dir", $"{_folder.Path}/state"]);
        Assert.Equal(1, ending.ExitCode);
        Assert.Contains("Cannot listen at tcp://192.0.2.1:0", Assert.Single(ending.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_without_a_scheduler_is_1_and_says_what_to_do()
    {
        Ending ending = await HostProcess.RunAsync(["status", "--scheduler", $"unix:{_folder.Path}/none"]);
        Assert.Equal((1, ""), (ending.ExitCode, ending.Output));
        Assert.Contains("icehost scheduler", ending.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stats")]
    [InlineData("why", "a.c")]
    public async Task Questions_without_an_agent_are_1_and_say_what_to_do(params string[] words)
    {
        Ending ending = await HostProcess.RunAsync([.. words, "--socket", $"{_folder.Path}/none"]);
        Assert.Equal((1, ""), (ending.ExitCode, ending.Output));
        Assert.Contains("icehost daemon", ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_file_is_2_with_file_and_line()
    {
        string file = _folder.Write("icecream.conf", "ICECREAM_NETWORK=a\nnonsense\n");
        Ending ending = await HostProcess.RunAsync(["status"], ("ICECREAM_CONFIG", file));
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains($"{file}:2: 'nonsense' is no assignment", ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Config_says_what_is_in_force_and_where_it_was_written()
    {
        string file = _folder.Write("icecream.conf", "ICECREAM_NETWORK=tests\n");
        Ending ending = await HostProcess.RunAsync(["config", "--slots", "3"], ("ICECREAM_CONFIG", file), ("ICECREAM_MODE", "remote"));
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Contains($"{file}: read", ending.Output, StringComparison.Ordinal);
        Assert.Matches($"(?m)^network +tests +{file}:1: ICECREAM_NETWORK", ending.Output);
        Assert.Matches("(?m)^slots +3 +--slots", ending.Output);
        Assert.Matches("(?m)^mode +remote +environment: ICECREAM_MODE", ending.Output);

        Ending json = await HostProcess.RunAsync(["config", "--json"], ("ICECREAM_CONFIG", file));
        using JsonDocument document = JsonDocument.Parse(json.Output);
        JsonElement network = document.RootElement.GetProperty("nodes").EnumerateArray().Single(setting => setting.GetProperty("name").GetString() == "network");
        Assert.Equal(("tests", "file", $"{file}:1: ICECREAM_NETWORK"), (network.GetProperty("value").GetString(), network.GetProperty("source").GetString(), network.GetProperty("where").GetString()));
    }

    [Theory]
    [InlineData("stats")]
    [InlineData("trim")]
    public async Task A_name_without_effect_is_warned_of_once(string word)
    {
        string file = _folder.Write("icecream.conf", "ICECREAM_NOTHING=1\n");
        Ending ending = await HostProcess.RunAsync(["cache", word, "--json", "--state-dir", $"{_folder.Path}/state"], ("ICECREAM_CONFIG", file), ("ICECREAM_SOCKET", $"{_folder.Path}/none"));
        Assert.Equal(0, ending.ExitCode);
        Assert.Contains("ICECREAM_NOTHING has no effect", Assert.Single(ending.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    /// <summary>What is in force is pasted into reports of faults, and errors stay in logs.</summary>
    [Theory]
    [InlineData("redis://farm:hush@cache", 0)]
    [InlineData("redis:cache:6379,password=hush", 0)]
    [InlineData("redis://hush@cache", 2)]
    public async Task Config_shows_no_password_also_where_the_address_is_wrong(string address, int exitCode)
    {
        Ending ending = await HostProcess.RunAsync(["config", "--json"], ("ICECREAM_CACHE_SHARED", address));
        Assert.Equal(exitCode, ending.ExitCode);
        Assert.Contains("***", ending.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", ending.Output + ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Config_shows_a_value_that_cannot_be_meant_and_ends_with_2()
    {
        Ending ending = await HostProcess.RunAsync(["config"], ("ICECREAM_SLOTS", "many"));
        Assert.Equal(2, ending.ExitCode);
        Assert.Matches("(?m)^slots +many +environment: ICECREAM_SLOTS", ending.Output);
        Assert.Contains("ICECREAM_SLOTS: 'many' is not allowed", ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_that_can_ask_nobody_ends_with_2_and_leaves_no_trace()
    {
        Ending ending = await HostProcess.RunAsync(
            ["doctor", "--json", "--socket", $"{_folder.Path}/none", "--scheduler", $"unix:{_folder.Path}/none", "--state-dir", $"{_folder.Path}/state"], ("ICECREAM_AUTOSTART", "0"));
        using JsonDocument json = JsonDocument.Parse(ending.Output);
        JsonElement[] checks = [.. json.RootElement.GetProperty("checks").EnumerateArray()];

        Assert.Equal(2, ending.ExitCode);
        Assert.Equal("problem", json.RootElement.GetProperty("verdict").GetString());
        Assert.All(checks, check => Assert.Equal(check.GetProperty("level").GetString() == "ok", check.GetProperty("remedy").GetString()!.Length == 0));
        Assert.Equal("problem", checks.Single(check => check.GetProperty("check").GetString() is "agent" or "launcher" && check.GetProperty("level").GetString() == "problem").GetProperty("level").GetString());
        Assert.Empty(json.RootElement.GetProperty("compilers").EnumerateArray());
        Assert.False(Directory.Exists($"{_folder.Path}/state"));
    }

    /// <summary>The address that a scheduler tells when it is ready.</summary>
    private static async Task<string> AddressOfAsync(HostProcess scheduler)
    {
        string? line;
        do
        {
            // Where another scheduler has the port of discovery, a warning says so first.
            line = await scheduler.Error.ReadLineAsync().WaitAsync(HostProcess.Patience);
        }
        while (line is not null && line.Contains(" warn: ", StringComparison.Ordinal));

        Assert.NotNull(line);
        Assert.StartsWith("icehost: scheduler of network 'tests' at tcp://127.0.0.1:", line, StringComparison.Ordinal);
        return line[line.IndexOf("tcp://", StringComparison.Ordinal)..];
    }

    /// <summary>What is printed up to a text, or up to the end.</summary>
    private static async Task<string> UntilAsync(StreamReader output, string wanted)
    {
        var printed = new StringBuilder();
        var letter = new char[1];
        while (await output.ReadAsync(letter).AsTask().WaitAsync(HostProcess.Patience) > 0)
        {
            printed.Append(letter[0]);
            if (letter[0] == wanted[^1] && printed.ToString().EndsWith(wanted, StringComparison.Ordinal))
            {
                break;
            }
        }

        return printed.ToString();
    }
}
