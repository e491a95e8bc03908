using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using IceCream.Jobs;

namespace IceCream.Benchmarks.Monitoring;

/// <summary>
/// What the events of a large and busy farm cost its scheduler: the real program, with history and a page that is open, under simulated nodes that tell of their jobs, and
/// under the same nodes when they tell nothing.
/// </summary>
internal static partial class LoadFigures
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    public static async Task<int> PrintAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        LoadOptions options;
        try
        {
            options = LoadOptions.Parse(arguments);
        }
        catch (ArgumentException e)
        {
            await error.WriteLineAsync(e.Message);
            return 2;
        }

        if (options.Scheduler is { } running)
        {
            await using SimulatedFarm farm = await SimulatedFarm.JoinAsync(options, Address(running));
            await output.WriteLineAsync($"{options.Workers} workers and {options.Agents} agents have joined.");
            await farm.RunAsync(TimeSpan.FromSeconds(options.Seconds), tells: true);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{farm.Ended} jobs have ended."));
            return 0;
        }

        await output.WriteLineAsync("| events | page | jobs a second | scheduler, % of a processor | µs a job | memory gained | jobs that ended | known by the log | counted by /metrics |");
        await output.WriteLineAsync("|---|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach ((bool tells, bool looks) in ((bool, bool)[])[(false, false), (true, false), (true, true)])
        {
            await output.WriteLineAsync(await MeasureAsync(options, tells, looks));
        }

        return 0;
    }

    private static async Task<string> MeasureAsync(LoadOptions options, bool tells, bool looks)
    {
        string folder = Directory.CreateTempSubdirectory("icecream-load-").FullName;
        using Process scheduler = Process.Start(new ProcessStartInfo(
            options.Program!, ["scheduler", "--insecure", "--listen", "127.0.0.1:0", "--dashboard-listen", "127.0.0.1:0", "--state-dir", folder])
        {
            RedirectStandardError = true,
        })!;
        try
        {
            (FarmAddress address, Uri dashboard) = await StartedAsync(scheduler);
            using var client = new HttpClient { BaseAddress = dashboard };
            await using SimulatedFarm farm = await SimulatedFarm.JoinAsync(options, address);
            DateTimeOffset began = TimeProvider.System.GetUtcNow();
            await farm.RunAsync(WarmUp, tells);
            using var leaving = new CancellationTokenSource();
            Task looking = looks ? LookAsync(client, leaving.Token) : Task.CompletedTask;
            long before = farm.Ended, since = TimeProvider.System.GetTimestamp();
            (TimeSpan cpu, long memory) = Used(scheduler);
            await farm.RunAsync(TimeSpan.FromSeconds(options.Seconds), tells);
            (TimeSpan cpuAfter, long memoryAfter) = Used(scheduler);
            double seconds = TimeProvider.System.GetElapsedTime(since).TotalSeconds, jobs = farm.Ended - before;
            await leaving.CancelAsync();
            await looking;
            (long logged, long counted) = tells ? await KnownAsync(client, began, farm.Ended) : (0, 0);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"| {(tells ? "yes" : "no")} | {(looks ? "yes" : "no")} | {jobs / seconds:0} | {100 * (cpuAfter - cpu).TotalSeconds / seconds:0.0} | {(cpuAfter - cpu).TotalMicroseconds / jobs:0.0} | {(memoryAfter - memory) >> 20} MiB of {memoryAfter >> 20} | {farm.Ended} | {logged} | {counted} |");
        }
        finally
        {
            scheduler.Kill();
            await scheduler.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (TimeSpan Cpu, long Memory) Used(Process process)
    {
        process.Refresh();
        return (process.TotalProcessorTime, process.WorkingSet64);
    }

    private static async Task<(FarmAddress Address, Uri Dashboard)> StartedAsync(Process scheduler)
    {
        string said = "";
        while (await scheduler.StandardError.ReadLineAsync() is { } line)
        {
            said += line + "\n";
            if (Started().Match(said) is { Success: true } started)
            {
                // What else it says is of no interest, but must be taken.
                _ = scheduler.StandardError.ReadToEndAsync();
                return (Address(started.Groups[1].Value), new Uri(started.Groups[2].Value));
            }
        }

        throw new InvalidOperationException($"The scheduler did not start: {said}");
    }

    private static FarmAddress Address(string text) =>
        FarmAddress.TryParse(text, FarmAddress.SchedulerPort, out FarmAddress? address) ? address : throw new ArgumentException($"'{text}' is no address.");

    /// <summary>A page that is open, and takes all that it is told.</summary>
    private static async Task LookAsync(HttpClient client, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[1 << 16];
        try
        {
            await using Stream stream = await client.GetStreamAsync(new Uri("/api/events", UriKind.Relative), cancellationToken);
            while (await stream.ReadAsync(bytes, cancellationToken) > 0)
            {
            }
        }
        catch (OperationCanceledException)
        {
            // The page is closed.
        }
    }

    /// <summary>How many jobs are known when it is asked anew: as soon as all are, or in the end.</summary>
    private static async Task<(long Logged, long Counted)> KnownAsync(HttpClient client, DateTimeOffset began, long ended)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (true)
        {
            long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            using var told = JsonDocument.Parse(await client.GetStringAsync(new Uri($"/api/timeline?from={began.ToUnixTimeMilliseconds() - 5000}&to={now}", UriKind.Relative)));
            long logged = told.RootElement.GetProperty("count").GetInt64();
            long counted = Counted().Matches(await client.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Sum(static match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
            if ((logged == ended && counted == ended) || patience.IsCancellationRequested)
            {
                return (logged, counted);
            }
        }
    }

    [GeneratedRegex(@"scheduler of network .* at (?:tcp://)?(127\.0\.0\.1:\d+)[\s\S]*dashboard at (http://[^/]+/)")]
    private static partial Regex Started();

    [GeneratedRegex(@"^icecream_farm_jobs\{[^}]*\} (\d+)", RegexOptions.Multiline)]
    private static partial Regex Counted();
}
