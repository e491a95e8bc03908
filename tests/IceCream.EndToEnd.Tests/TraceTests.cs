using System.Text.Json.Nodes;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>A build's trace in a viewer of others.</summary>
public sealed class TraceTests
{
    private const string Viewer = "speedscope@1.25.0";

    [Needs("chromium", "npm", "g++", "bwrap", "make")]
    [Trait("Length", "Long")]
    public async Task Speedscope_opens_the_trace_of_a_build_by_its_slots()
    {
        using var space = new Workspace();
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 2, dashboard: "127.0.0.1:0");
        var project = new GeneratedProject(space.Folder("tree"), c: 6, light: 6, heavy: 0);
        Ending built = await farm.RunAsync("make -j6", project.Root);
        Assert.True(built.ExitCode == 0, built.ToString());
        string site = Path.Combine(await NpmPackage.FetchAsync(space, Viewer), "dist", "release"), socket = farm.Socket;
        Ending written = await Shell.RunAsync($"'{Programs.Host}' report --socket '{socket}' --trace trace.json", site);
        Assert.True(written.ExitCode == 0, written.ToString());

        await using var files = new StaticSite(site);
        await using Browser browser = await Browser.StartAsync(Programs.Find("chromium")!, "--enable-unsafe-swiftshader");
        await browser.LookAsync(1280, 800, "dark");
        await browser.GoAsync($"{files.Address}#profileURL={Uri.EscapeDataString($"{files.Address}trace.json")}&title=build");

        // A profile for each track, of which it shows one.
        int tracks = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(site, "trace.json")))!["traceEvents"]!.AsArray().Count(static one => (string?)one!["name"] == "thread_name");
        Assert.InRange(tracks, 4, 40);
        await browser.UntilAsync($"/build \\(\\d+\\/{tracks}\\)/.test(document.body?.innerText ?? '')");
        Assert.DoesNotContain(browser.Complaints, static complaint => !complaint.Contains("favicon", StringComparison.Ordinal));
        await browser.KeepAsync("speedscope");
    }
}
