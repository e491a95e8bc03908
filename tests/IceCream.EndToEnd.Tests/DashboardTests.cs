using System.Text.Json.Nodes;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>The dashboard as a person sees it: in a browser, while a farm of programs builds.</summary>
public sealed class DashboardTests
{
    private const int Workers = 6;

    private static readonly string[] Views = ["star", "timeline", "jobs", "nodes", "users", "builds", "cache"];

    [Needs("chromium", "g++", "bwrap", "make")]
    [Trait("Length", "Long")]
    public async Task Every_view_shows_what_the_farm_does_and_the_page_outlives_its_scheduler()
    {
        using var space = new Workspace();
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: Workers, dashboard: "127.0.0.1:0");
        var project = new GeneratedProject(space.Folder("tree"), c: 20, light: 30, heavy: 24);
        await using Browser browser = await Browser.StartAsync(Programs.Find("chromium")!);
        await browser.LookAsync(1280, 800, "dark");
        await browser.GoAsync(farm.Dashboard);
        await browser.UntilAsync($"window.ice?.model.link === 'on' && ice.model.nodes.filter(node => node.slots > 0).length === {Workers}");

        Task<Ending> building = farm.RunAsync("make -j20", project.Root);
        await browser.UntilAsync("[...ice.model.running.values()].some(job => job.worker)");
        await browser.UntilAsync("ice.model.past.length > 50");
        foreach (string view in Views)
        {
            await ShowAsync(browser, view);
            await KeepAsync(browser, $"{view}-1280-dark");
        }

        Ending ending = await building;
        Assert.True(ending.ExitCode == 0, ending.ToString());
        Statistics statistics = await farm.StatisticsAsync();
        await browser.UntilAsync("ice.model.running.size === 0");
        await browser.UntilAsync($"ice.model.past.filter(job => job.place === 'remote').length === {statistics.Remote}");
        await browser.UntilAsync($"ice.model.past.filter(job => job.place === 'local').length === {statistics.Local}");

        await browser.UntilAsync("ice.model.builds.length > 0");
        string build = (await browser.EvaluateAsync("String(ice.model.builds[0].id)"))!.GetValue<string>();
        foreach ((int width, int height) in ((int, int)[])[(1280, 800), (390, 844)])
        {
            foreach (string scheme in (string[])["light", "dark"])
            {
                await browser.LookAsync(width, height, scheme);
                foreach (string view in Views.Append($"builds/{build}"))
                {
                    await ShowAsync(browser, view);
                    Assert.Equal(width, (await browser.EvaluateAsync("document.documentElement.scrollWidth"))!.GetValue<int>());
                    await KeepAsync(browser, $"{(view.Contains('/', StringComparison.Ordinal) ? "build" : view)}-{width}-{scheme}-after");
                }
            }
        }

        Assert.Empty(browser.Complaints);

        // The page waits for the scheduler, finds it again, and knows what is under way.
        await farm.Scheduler.DisposeAsync();
        await browser.UntilAsync("ice.model.link === 'off'");
        await farm.StartSchedulerAsync();
        await browser.UntilAsync($"ice.model.link === 'on' && ice.model.nodes.filter(node => node.slots > 0).length === {Workers}");
        await browser.UntilAsync("ice.model.builds.length > 0");
    }

    [Needs("gcc", "bwrap")]
    public async Task The_programs_tell_of_jobs_by_http_and_a_build_outlives_its_scheduler()
    {
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 1, dashboard: "127.0.0.1:0");
        using var client = new HttpClient { BaseAddress = new Uri(farm.Dashboard), Timeout = Shell.Patience };
        JsonNode? job = null;
        using (var patience = new CancellationTokenSource(Shell.Patience))
        {
            while (job is null)
            {
                job = JsonNode.Parse(await client.GetStringAsync("/api/jobs", patience.Token))!["past"]!.AsArray().FirstOrDefault(static past => (string?)past!["place"] == "remote");
            }
        }

        Assert.Equal(("probe.c", "w1", 0), ((string?)job["subject"], (string?)job["worker"], (int?)job["exit"]));
        Assert.Contains(job["steps"]!.AsArray(), static step => (string?)step![0] == "compile");
        Assert.Contains("icecream_farm_slots", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.Equal("w1", (string?)JsonNode.Parse(await client.GetStringAsync("/api/status"))!["nodes"]!.AsArray().Single(static node => (int?)node!["slots"] > 0)!["name"]);

        await farm.Scheduler.DisposeAsync();
        await farm.StartSchedulerAsync();
        JsonNode build = JsonNode.Parse(await client.GetStringAsync("/api/builds"))!.AsArray().Single()!;
        Assert.Equal((false, 1, 1), ((bool?)build["is_running"], (int?)build["compiles"], (int?)build["places"]!["remote"]));
    }

    private static async Task ShowAsync(Browser browser, string view)
    {
        await browser.EvaluateAsync($"location.hash = {JsonValue.Create(view)!.ToJsonString()}");
        await browser.UntilAsync($"document.querySelector('nav [aria-current]')?.hash === '#{view.Split('/')[0]}' && document.querySelector('main').children.length > 0");

        await browser.EvaluateAsync("[...document.querySelectorAll('main button')].find(button => button.textContent === '30 s' || button.textContent === '2 min')?.click()");
        await browser.UntilAsync("!iceView.settled || iceView.settled()");

        // A picture has been drawn, and says in words what is to be seen.
        await browser.UntilAsync("!window.iceView?.picture || (iceView.picture.frames > 0 && iceView.picture.words.textContent.length > 10)");
        await browser.UntilAsync("![...document.querySelectorAll('main *')].some(element => element.children.length === 0 && element.textContent === 'undefined')");
    }

    /// <summary>Keeps a picture of the page where <c>ICECREAM_PICTURES</c> names a folder.</summary>
    private static async Task KeepAsync(Browser browser, string name)
    {
        if (Environment.GetEnvironmentVariable("ICECREAM_PICTURES") is { Length: > 0 } folder)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, name + ".png"), await browser.PictureAsync());
        }
    }
}
