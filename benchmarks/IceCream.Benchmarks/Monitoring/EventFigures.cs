using System.Buffers;
using System.Globalization;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Benchmarks.Monitoring;

/// <summary>What it costs to tell of a job: at its agent, over the wire and at the scheduler, with nobody watching and with one who does.</summary>
internal static class EventFigures
{
    private const int Jobs = 50_000, Batch = 200, Rounds = 7, Headers = 300;

    /// <summary>Measures and prints microseconds of processor time a job, and bytes on the wire.</summary>
    public static void Print(TextWriter output)
    {
        output.WriteLine("| watched | kept in files | headers counted | µs a job, median | best | worst | bytes a job | allocated a job |");
        output.WriteLine("|---|---|---|---:|---:|---:|---:|---:|");
        foreach ((bool isWatched, bool isKept, bool counts) in ((bool, bool, bool)[])[(false, false, false), (true, false, false), (false, true, false), (false, true, true)])
        {
            Measure(isWatched, isKept, counts, 2_000, out _, out _);
            double[] rounds = new double[Rounds];
            long bytes = 0, allocated = 0;
            for (int i = 0; i < Rounds; i++)
            {
                rounds[i] = Measure(isWatched, isKept, counts, Jobs, out bytes, out allocated);
            }

            Array.Sort(rounds);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {Word(isWatched)} | {Word(isKept)} | {Word(counts)} | {rounds[Rounds / 2]:0.00} | {rounds[0]:0.00} | {rounds[^1]:0.00} | {(double)bytes / Jobs:0} | {(double)allocated / Jobs:0} |"));
        }
    }

    private static string Word(bool holds) => holds ? "yes" : "no";

    private static double Measure(bool isWatched, bool isKept, bool counts, int jobs, out long bytes, out long allocated)
    {
        string folder = Directory.CreateTempSubdirectory("icecream-events-").FullName;
        try
        {
            return Measure(isWatched, isKept ? folder : null, counts ? Tree : null, jobs, out bytes, out allocated);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What a source of a large project includes.</summary>
    private static FileTree Tree { get; } = new() { Files = [.. Enumerable.Range(0, Headers).Select(static i => new TreeFile($"/usr/include/c++/12/bits/header{i}.h", Digest.Of(BitConverter.GetBytes(i)), 4000 + i, 0))] };

    /// <summary>Processor time of both sides, that of the thread which writes the files included.</summary>
    private static double Measure(bool isWatched, string? folder, FileTree? inputs, int jobs, out long bytes, out long allocated)
    {
        TimeProvider time = TimeProvider.System;
        var stream = new JobEventStream(time);
        var reporter = new JobReporter(stream, "ada@desk", "ada", "", time);
        using var farm = new FarmJobs(new BuildHistory(null, NullLogger.Instance), time, folder is null ? null : new JobLog(folder, JobLogLimits.Usual, time, NullLogger.Instance));
        using JobEventSubscription uplink = stream.Subscribe(100_000);
        using JobEventSubscription? watcher = isWatched ? farm.Stream.Subscribe(100_000) : null;
        var job = new CompileJob { CommandLine = ["g++", "-c", "../absl/strings/internal/str_format/parser.cc"], Compiler = "/usr/bin/g++", WorkingDirectory = "/home/ada/abseil/build" };
        JobTimeline road = new([.. ((JobStep[])[JobStep.Read, JobStep.Cache, JobStep.Inputs, JobStep.Lease, JobStep.Send, JobStep.Fetch, JobStep.Slot, JobStep.Prepare, JobStep.Compile, JobStep.Collect, JobStep.Receive, JobStep.Write])
            .Select(static step => new JobStretch(step, TimeSpan.FromMilliseconds(12)))]);
        bytes = 0;
        allocated = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan since = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < jobs; i++)
        {
            JobProgress progress = reporter.Begin(job, job.CommandLine[2], CommandPurpose.Compile);
            progress.Reach(JobStep.Cache);
            progress.Reach(JobStep.Inputs);
            progress.Reach(JobStep.Lease);
            progress.Reach(JobStep.Send, "blade17");
            progress.Finish(
                new JobRecord { Subject = job.CommandLine[2], Directory = job.WorkingDirectory, Place = JobPlace.Remote, Worker = "blade17", ExitCode = 0, Duration = TimeSpan.FromSeconds(2), Ended = time.GetUtcNow(), Timeline = road },
                new JobUsage(TimeSpan.FromSeconds(1.8), TimeSpan.FromSeconds(1.9), 300 << 20), inputs);
            if (i % Batch == Batch - 1)
            {
                bytes += Carry(uplink, farm, time);
                watcher?.Take();
            }
        }

        TimeSpan elapsed = Environment.CpuUsage.TotalTime - since;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return elapsed.TotalMicroseconds / jobs;
    }

    /// <summary>What an agent's uplink and a scheduler's session do with a batch.</summary>
    private static long Carry(JobEventSubscription uplink, FarmJobs farm, TimeProvider time)
    {
        long bytes = 0;
        while (uplink.Take(JobEventCodec.MostEvents) is { Count: > 0 } happened)
        {
            foreach (SchedulerMessage.JobEvents message in SchedulerMessage.JobEvents.Of(time.GetUtcNow(), 4, happened))
            {
                byte[] frame = SchedulerMessage.Encode(message);
                bytes += frame.Length;
                var heard = (SchedulerMessage.JobEvents)SchedulerMessage.Decode(new ReadOnlySequence<byte>(frame));
                farm.Hear("ada@desk", "ada", heard.Sent, heard.LocalSlots, heard.Events);
            }
        }

        return bytes;
    }
}
