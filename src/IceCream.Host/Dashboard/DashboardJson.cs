using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using IceCream.Host.Builds;
using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Host.Dashboard;

/// <summary>Writes the farm as JSON: names in snake_case, durations in seconds, times in ISO 8601.</summary>
internal static class DashboardJson
{
    public static byte[] Bytes(Action<Utf8JsonWriter> write) => Bytes("", write, "");

    /// <summary>The bytes that a writer produces, between two texts.</summary>
    public static byte[] Bytes(string before, Action<Utf8JsonWriter> write, string after)
    {
        var bytes = new ArrayBufferWriter<byte>(4096);
        Encoding.UTF8.GetBytes(before, bytes);
        using (var json = new Utf8JsonWriter(bytes))
        {
            write(json);
        }

        Encoding.UTF8.GetBytes(after, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Writes the whole state, which a page gets when it opens.</summary>
    /// <param name="json">The output.</param>
    /// <param name="source">The farm.</param>
    /// <param name="running">The jobs under way.</param>
    /// <param name="mostPast">The most ended jobs to write.</param>
    /// <param name="now">The current time.</param>
    public static void WriteHello(Utf8JsonWriter json, DashboardSource source, RunningJobs running, int mostPast, DateTimeOffset now)
    {
        FarmStatus status = source.Describe();
        json.WriteStartObject();
        json.WriteString("network", status.Network);
        json.WriteString("version", status.Version);
        json.WriteString("now", now);
        json.WriteNumber("lost", source.Jobs.Lost);
        WriteNodes(json, status);
        json.WritePropertyName("running");
        WriteEvents(json, running.Describe(now));
        json.WriteStartArray("past");
        foreach (PastJob job in source.Jobs.Past(mostPast))
        {
            WriteFinished(json, job.Job);
        }

        json.WriteEndArray();
        json.WritePropertyName("builds");
        WriteBuildList(json, source.Jobs.Builds());
        json.WriteEndObject();
    }

    /// <summary>Writes the farm without its jobs.</summary>
    public static void WriteStatus(Utf8JsonWriter json, DashboardSource source)
    {
        FarmStatus status = source.Describe();
        json.WriteStartObject();
        json.WriteString("network", status.Network);
        json.WriteString("version", status.Version);
        json.WriteBoolean("insecure", status.Insecure);
        json.WriteNumber("lost", source.Jobs.Lost);
        WriteNodes(json, status);
        json.WriteEndObject();
    }

    /// <summary>Writes the jobs under way and the latest ended ones.</summary>
    public static void WriteJobs(Utf8JsonWriter json, DashboardSource source, int most)
    {
        json.WriteStartObject();
        json.WriteStartArray("running");
        foreach ((JobBegun begun, JobStepBegun? step) in source.Jobs.Stream.Running())
        {
            json.WriteStartObject();
            WriteBegun(json, begun);
            json.WriteString("step", step is null ? JobNames.Of(JobStep.Read) : JobNames.Of(step.Step));
            json.WriteString("worker", step?.Worker ?? "");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("past");
        foreach (PastJob job in source.Jobs.Past(most))
        {
            WriteFinished(json, job.Job);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes builds; callers pass the latest first.</summary>
    public static void WriteBuilds(Utf8JsonWriter json, IReadOnlyList<BuildSummary> builds)
    {
        json.WriteStartArray();
        foreach (BuildSummary build in builds)
        {
            JsonSerializer.Serialize(json, build, BuildJson.Default.BuildSummary);
        }

        json.WriteEndArray();
    }

    /// <summary>Writes builds without the details that a list does not show: a page requests the details of a single build, so they are not sent again with each job.</summary>
    public static void WriteBuildList(Utf8JsonWriter json, IReadOnlyList<BuildSummary> builds) => WriteBuilds(
        json, [.. builds.Select(static build => build with { Slowest = [.. build.Slowest.Take(1)], Headers = [], Reasons = [], Steps = ImmutableSortedDictionary<string, double>.Empty, Workers = ImmutableSortedDictionary<string, int>.Empty })]);

    /// <summary>Writes a build and those of its jobs that are known.</summary>
    public static void WriteBuild(Utf8JsonWriter json, BuildSummary build, IReadOnlyList<PastJob> jobs)
    {
        json.WriteStartObject();
        json.WritePropertyName("build");
        JsonSerializer.Serialize(json, build, BuildJson.Default.BuildSummary);
        json.WritePropertyName("chain");
        JsonSerializer.Serialize(json, ChainReport.Of(BuildChain.Of(jobs.Select(static job => job.Job.Record))), BuildDocumentJson.Default.ChainReport);
        json.WriteStartArray("jobs");
        foreach (PastJob job in jobs)
        {
            WriteFinished(json, job.Job);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes job events, condensed to what a page needs.</summary>
    public static void WriteEvents(Utf8JsonWriter json, IEnumerable<JobEvent> happened)
    {
        json.WriteStartArray();
        foreach ((JobEvent? each, JobStepBegun? step) in EventDigest.Of(happened))
        {
            WriteEvent(json, each!, step);
        }

        json.WriteEndArray();
    }

    private static void WriteEvent(Utf8JsonWriter json, JobEvent happened, JobStepBegun? latest)
    {
        switch (happened)
        {
            case JobBegun begun:
                json.WriteStartObject();
                json.WriteString("e", "begin");
                WriteBegun(json, begun);
                if (latest is not null)
                {
                    json.WriteString("step", JobNames.Of(latest.Step));
                    json.WriteString("worker", latest.Worker);
                    json.WriteString("step_at", latest.At);
                }

                json.WriteEndObject();
                break;
            case JobStepBegun step:
                json.WriteStartObject();
                json.WriteString("e", "step");
                json.WriteString("id", Id(step.Job));
                json.WriteString("step", JobNames.Of(step.Step));
                json.WriteString("worker", step.Worker);
                json.WriteString("at", step.At);
                json.WriteEndObject();
                break;
            case JobFinished finished:
                WriteFinished(json, finished);
                break;
            case JobsForgotten forgotten:
                json.WriteStartObject();
                json.WriteString("e", "forget");
                json.WriteString("agent", forgotten.Agent);
                json.WriteEndObject();
                break;
            case JobEventsLost lost:
                json.WriteStartObject();
                json.WriteString("e", "lost");
                json.WriteNumber("count", lost.Count);
                json.WriteEndObject();
                break;
        }
    }

    private static string Id(in JobId job) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{job.Agent}#{job.Number}");

    private static void WriteBegun(Utf8JsonWriter json, JobBegun begun)
    {
        json.WriteString("id", Id(begun.Job));
        json.WriteString("agent", begun.Job.Agent);
        json.WriteString("user", begun.User);
        json.WriteString("subject", begun.Subject);
        json.WriteString("folder", begun.Directory);
        json.WriteString("purpose", JobNames.Of(begun.Purpose));
        json.WriteString("at", begun.At);
    }

    internal static void WriteFinished(Utf8JsonWriter json, JobFinished finished)
    {
        JobRecord record = finished.Record;
        json.WriteStartObject();
        json.WriteString("e", "end");
        json.WriteString("id", Id(finished.Job));
        json.WriteString("agent", finished.Job.Agent);
        json.WriteString("user", finished.User);
        json.WriteString("subject", record.Subject);
        json.WriteString("folder", record.Directory);
        json.WriteString("purpose", JobNames.Of(record.Purpose));
        json.WriteString("place", JobNames.Of(record.Place));
        json.WriteString("worker", record.Worker);
        json.WriteNumber("slot", record.Slot);
        json.WriteString("reason", record.Reason);
        if (record.ExitCode is { } exit)
        {
            json.WriteNumber("exit", exit);
        }
        else
        {
            json.WriteNull("exit");
        }

        json.WriteNumber("seconds", Seconds(record.Duration));
        json.WriteNumber("cpu", Seconds(finished.Cpu));
        json.WriteNumber("memory", finished.PeakMemory);
        json.WriteString("at", finished.At);
        json.WriteStartArray("steps");
        foreach (JobStretch stretch in record.Timeline.Stretches)
        {
            json.WriteStartArray();
            json.WriteStringValue(JobNames.Of(stretch.Step));
            json.WriteNumberValue(Seconds(stretch.Duration));
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteNodes(Utf8JsonWriter json, FarmStatus status)
    {
        json.WriteStartArray("nodes");
        foreach (NodeInfo node in status.Nodes)
        {
            json.WriteStartObject();
            json.WriteString("name", node.Name);
            json.WriteString("address", node.Address);
            json.WriteString("platform", node.Platform);
            json.WriteNumber("slots", node.Slots);
            json.WriteNumber("running", node.Running);
            json.WriteNumber("waiting", node.Waiting);
            json.WriteString("state", node.State);
            json.WriteString("remark", node.Remark);
            WriteKnown(json, "speed", node.SpeedJobs == 0 ? null : Math.Round(node.Speed, 3));
            json.WriteNumber("jobs", node.SpeedJobs);
            WriteKnown(json, "memory", node.Memory == 0 ? null : node.Memory);
            WriteKnown(json, "free_memory", node.Load.FreeMemory < 0 ? null : node.Load.FreeMemory);
            WriteKnown(json, "cpu_pressure", node.Load.CpuPressure < 0 ? null : node.Load.CpuPressure / 1000.0);
            WriteKnown(json, "memory_pressure", node.Load.MemoryPressure < 0 ? null : node.Load.MemoryPressure / 1000.0);
            json.WriteStartArray("toolchains");
            foreach (string toolchain in node.Load.Toolchains)
            {
                json.WriteStringValue(toolchain);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteKnown(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static double Seconds(TimeSpan duration) => Math.Round(duration.TotalSeconds, 4);
}
