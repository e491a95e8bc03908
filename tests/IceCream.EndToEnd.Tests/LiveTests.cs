using System.Text.Json;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>What is shown of a farm of programs while it works, and of a build when it is over.</summary>
public sealed class LiveTests
{
    /// <summary>A sequence that gives what follows a colour.</summary>
    private const string Colours = "\u001b\\[([0-9]+;)*(3[0-8]|4[0-8]|9[0-7])(;[0-9]+)*m";

    [Needs("gcc", "make", "bwrap", "tmux"), Trait("Length", "Long")]
    public async Task A_terminal_shows_the_farm_sorts_it_and_comes_back()
    {
        using var space = new Workspace();
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 2, probes: false);
        await using Screen screen = await Screen.StartAsync(space, 100, 24, $"echo before; '{Programs.Host}' top --scheduler '{farm.Address}'");
        string shown = await screen.UntilAsync(static seen => seen.Contains("w1 ", StringComparison.Ordinal) && seen.Contains("w2 ", StringComparison.Ordinal), "both workers");
        Assert.Contains("2 workers, 0 of 4 slots taken", shown, StringComparison.Ordinal);
        Assert.Contains("q end   s sort by running   h help", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("before", shown, StringComparison.Ordinal);

        await screen.PressAsync("s");
        await screen.UntilAsync(static seen => seen.Contains("s sort by speed", StringComparison.Ordinal), "the next order");
        await screen.PressAsync("h");
        await screen.UntilAsync(static seen => seen.Contains("this help, and back", StringComparison.Ordinal), "the help");
        await screen.PressAsync("h");
        await screen.ResizeAsync(60, 10);
        await screen.UntilAsync(
            static seen => seen.TrimEnd('\n').Split('\n') is { Length: 10 } lines && lines[^1].StartsWith("q end", StringComparison.Ordinal) && seen.Contains("w1 ", StringComparison.Ordinal), "a smaller screen");
        await screen.PressAsync("q");
        await screen.UntilAsync(static seen => seen.Contains("before", StringComparison.Ordinal) && seen.Contains("ended with 0", StringComparison.Ordinal), "what was there before");
    }

    /// <summary>During a build, in the colours of the terminal and without any.</summary>
    [Needs("g++", "make", "bwrap", "tmux"), Trait("Length", "Long")]
    public async Task Top_and_watch_show_a_build_in_256_colours_and_in_none()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 6, 12, 12);
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 3);
        string top = $"'{Programs.Host}' top --scheduler '{farm.Address}'", watch = $"'{Programs.Host}' watch --scheduler '{farm.Address}' --socket '{farm.Socket}'";
        using Workspace one = new(), other = new(), third = new();
        await using Screen coloured = await Screen.StartAsync(one, 100, 24, $"TERM=xterm-256color {top}");
        await using Screen plain = await Screen.StartAsync(other, 100, 24, $"NO_COLOR=1 {top}");
        await using Screen own = await Screen.StartAsync(third, 100, 24, $"TERM=xterm-256color {watch}");
        Task<Ending> building = farm.RunAsync("make -j8", project.Root);
        await coloured.UntilAsync(static seen => seen.Contains("w3 ", StringComparison.Ordinal) && Several(seen), "the jobs of the build");
        await coloured.KeepAsync("top");
        Assert.Matches(Colours, await coloured.ReadColoursAsync());
        await plain.UntilAsync(static seen => seen.Contains("w3 ", StringComparison.Ordinal), "the workers");
        Assert.DoesNotMatch(Colours, await plain.ReadColoursAsync());
        await own.UntilAsync(static seen => seen.Contains("done by", StringComparison.Ordinal) && Several(seen), "the jobs of one's own build");
        await own.KeepAsync("watch");
        Ending ending = await building;
        Assert.True(ending.ExitCode == 0, ending.ToString());

        static bool Several(string seen) => seen.Split(".cpp").Length > 4;
    }

    [Needs("gcc", "make", "bwrap", "tmux"), Trait("Length", "Long")]
    public async Task A_build_in_a_terminal_has_a_line_of_progress_and_all_that_it_prints()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 12, 4, 2);
        string gate = space.Under("gate");
        await Shell.RunAsync($"mkfifo '{gate}'", "/");
        await using Screen screen = await Screen.StartAsync(
            space, 100, 24, $"cd '{project.Root}'; ICECREAM_CONFIG=/dev/null '{Programs.Host}' run --cache off --state-dir '{space.Under("state")}' -- sh -c 'make -j4 >/dev/null; echo printed by the build; cat \"{gate}\"'");
        string shown = await screen.UntilAsync(
            static seen => seen.Contains("printed by the build", StringComparison.Ordinal) && seen.TrimEnd('\n').Split('\n')[^1].Contains("jobs done in", StringComparison.Ordinal), "the line at the bottom");
        Assert.StartsWith("icehost: ", shown.TrimEnd('\n').Split('\n')[^1], StringComparison.Ordinal);
        await Shell.RunAsync($"echo on > '{gate}'", "/");
        shown = await screen.UntilAsync(static seen => seen.Contains("ended with 0", StringComparison.Ordinal), "the end");
        Assert.DoesNotContain("jobs done in", shown, StringComparison.Ordinal);
        Assert.Contains("icehost: exit code 0", shown, StringComparison.Ordinal);
    }

    /// <summary>In the background the terminal is the shell's; the line comes when the build is fetched back.</summary>
    [Needs("bwrap", "tmux"), Trait("Length", "Long")]
    public async Task A_build_in_the_background_draws_no_line_over_the_shell()
    {
        using var space = new Workspace();
        string gate = space.Under("gate"), door = space.Under("door");
        await Shell.RunAsync($"mkfifo '{gate}' '{door}'", "/");

        // The line is drawn for the first time before the command begins.
        await using Screen screen = await Screen.StartAsync(
            space, 100, 24, $"set -m; ICECREAM_CONFIG=/dev/null '{Programs.Host}' run --cache off --state-dir '{space.Under("state")}' -- sh -c 'echo printed by the build; cat \"{gate}\"' & read opened < '{door}'; fg");
        string shown = await screen.UntilAsync(static seen => seen.Contains("printed by the build", StringComparison.Ordinal), "the command");
        Assert.DoesNotContain("no build yet", shown, StringComparison.Ordinal);
        await Shell.RunAsync($"echo on > '{door}'", "/");
        await screen.UntilAsync(static seen => seen.TrimEnd('\n').Split('\n')[^1].StartsWith("icehost: no build yet", StringComparison.Ordinal), "the line at the bottom");
        await Shell.RunAsync($"echo on > '{gate}'", "/");
        await screen.UntilAsync(static seen => seen.Contains("ended with 0", StringComparison.Ordinal), "the end");
    }

    [Needs("gcc", "make", "bwrap")]
    public async Task A_build_is_reported_in_every_form_and_a_pipe_gets_lines()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 4, 1, 0);
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 2, probes: false);
        Ending built = await farm.RunAsync("make -j4", project.Root);
        Assert.True(built.ExitCode == 0, built.ToString());
        string report = $"'{Programs.Host}' report --socket '{farm.Socket}'", page = space.Under("build.html"), trace = space.Under("build.trace");
        Ending written = await Shell.RunAsync($"{report} --html '{page}' --trace '{trace}' --json -", "/");
        Assert.True(written.ExitCode == 0, written.ToString());
        using var document = JsonDocument.Parse(written.Output);
        Assert.Equal(project.Root, document.RootElement.GetProperty("folder").GetString());
        Assert.True(document.RootElement.GetProperty("jobs").GetArrayLength() >= project.Sources.Count);
        Assert.Contains("<svg", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
        using var events = JsonDocument.Parse(await File.ReadAllTextAsync(trace));
        Assert.Contains(events.RootElement.GetProperty("traceEvents").EnumerateArray(), static one => one.GetProperty("ph").GetString() == "X");
        Ending table = await Shell.RunAsync(report, "/");
        Assert.Contains("compilers ran", table.Output, StringComparison.Ordinal);

        Ending line = await Shell.RunAsync($"'{Programs.Host}' top --once --scheduler '{farm.Address}'", "/");
        Assert.StartsWith("ICECREAM: 2 workers, ", line.Output, StringComparison.Ordinal);
        Ending none = await Shell.RunAsync($"{report} 77", "/");
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("No build '77' is known", none.Error, StringComparison.Ordinal);
    }
}
