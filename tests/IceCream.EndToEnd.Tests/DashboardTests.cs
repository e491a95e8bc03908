using System.Text.Json.Nodes;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>The dashboard as a person sees it: in a browser, while a farm of programs builds.</summary>
public sealed class DashboardTests
{
    private const int Workers = 6;

    private const string Axe = "axe-core@4.14.1";

    private static readonly string[] Views = ["star", "timeline", "jobs", "nodes", "users", "builds", "cache"];

    [Needs("chromium", "npm", "g++", "bwrap", "make")]
    [Trait("Length", "Long")]
    public async Task Every_view_shows_what_the_farm_does_and_the_page_outlives_its_scheduler()
    {
        using var space = new Workspace();
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: Workers, dashboard: "127.0.0.1:0");
        var project = new GeneratedProject(space.Folder("tree"), c: 20, light: 30, heavy: 24);
        string axe = await File.ReadAllTextAsync(Path.Combine(await NpmPackage.FetchAsync(space, Axe), "axe.min.js"));
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
            await browser.KeepAsync($"{view}-1280-dark");
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
                    await ExamineAsync(browser, axe, $"{view} at {width} in {scheme}");
                    await browser.KeepAsync($"{(view.Contains('/', StringComparison.Ordinal) ? "build" : view)}-{width}-{scheme}-after");
                }
            }
        }

        // An address that nobody's link spells shows a view all the same.
        await ShowAsync(browser, "jobs/%");
        await browser.EvaluateAsync("location.hash = '#constructor'");
        await browser.UntilAsync("document.querySelector('nav [aria-current]')?.hash === '#star'");
        Assert.Empty(browser.Complaints);
        await AskAboutTheBuildAsync(farm, browser, build);

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

    /// <summary>A large and busy farm, whose nodes are simulated: the page stays quick, and knows every job when it is asked anew.</summary>
    [Needs("chromium")]
    [Trait("Length", "Long")]
    public async Task The_star_of_400_workers_and_a_thousand_jobs_a_second_is_drawn_30_times_a_second()
    {
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 0, dashboard: "127.0.0.1:0", probes: false);
        using Shell load = Shell.Start($"'{Path.Combine(AppContext.BaseDirectory, "IceCream.Benchmarks")}' events --load --scheduler '{farm.Address}' --seconds 45 --rate 1000", "/", []);
        await using Browser browser = await Browser.StartAsync(Programs.Find("chromium")!);
        await browser.LookAsync(1280, 800, "dark");
        await browser.GoAsync(farm.Dashboard);
        await browser.UntilAsync("window.ice?.model.running.size > 1500 && iceView.settled()");
        double frames = (await browser.EvaluateAsync(
            "new Promise(done => { const from = performance.now(), before = iceView.picture.frames; setTimeout(() => done(1000 * (iceView.picture.frames - before) / (performance.now() - from)), 15000); })"))!.GetValue<double>();
        await browser.KeepAsync("star-of-400");
        Assert.True(frames >= 30, $"{frames:0.0} frames a second");

        Ending ended = await load.EndAsync();
        Assert.True(ended.ExitCode == 0, ended.ToString());
        string jobs = System.Text.RegularExpressions.Regex.Match(ended.Output, "([0-9]+) jobs have ended").Groups[1].Value;
        await browser.UntilAsync("ice.model.lost === 0");
        await browser.EvaluateAsync("location.reload()");
        await browser.UntilAsync("window.ice?.model.link === 'on'");
        await browser.UntilAsync($"(window.asked ??= fetch(`api/timeline?from=${{Date.now() - 600000}}&to=${{Date.now()}}`).then(answer => answer.json()).then(told => window.told = told.count)) && window.told === {jobs}");
    }

    /// <summary>What is shown of the build is what its agent says, and its trace can be had.</summary>
    private static async Task AskAboutTheBuildAsync(FarmProcesses farm, Browser browser, string build)
    {
        using var client = new HttpClient { BaseAddress = new Uri(farm.Dashboard), Timeout = Shell.Patience };
        JsonNode told = JsonNode.Parse(await client.GetStringAsync($"/api/builds/{build}"))!;
        Assert.NotEmpty(told["chain"]!["links"]!.AsArray());
        Assert.Contains(told["build"]!["headers"]!.AsArray(), static header => (int)header!["jobs"]! > 10);
        Assert.Contains(told["jobs"]!.AsArray(), static job => (int)job!["slot"]! > 1);
        Assert.NotEmpty(JsonNode.Parse(await client.GetStringAsync($"/api/builds/{build}/trace"))!["traceEvents"]!.AsArray());
        await browser.UntilAsync("ice.model.nodes.some(node => node.toolchains.some(name => name.startsWith('gcc ')))");

        Ending report = await Shell.RunAsync($"'{Programs.Host}' report --scheduler '{farm.Address}' --json - {build}", "/");
        Assert.True(report.ExitCode == 0, report.ToString());
        Assert.Equal(told["jobs"]!.AsArray().Count, JsonNode.Parse(report.Output)!["jobs"]!.AsArray().Count);
    }

    /// <summary>Has axe look for what keeps somebody from using the page.</summary>
    private static async Task ExamineAsync(Browser browser, string axe, string what)
    {
        await browser.EvaluateAsync(axe + "\n;0");
        JsonNode? faults = await browser.EvaluateAsync(
            "axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.filter(each => ['serious', 'critical'].includes(each.impact)).map(each => `${each.id}: ${each.nodes.map(node => node.target.join(' ')).slice(0, 4).join(', ')}`))");
        Assert.True(faults!.AsArray().Count == 0, $"{what}: {faults.ToJsonString()}");
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
}
