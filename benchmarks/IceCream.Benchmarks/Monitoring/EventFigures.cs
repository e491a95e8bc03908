using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Benchmarks.Monitoring;

/// <summary>What it costs to tell of a job: at its agent, over the wire and at the scheduler, with nobody watching and with one who does.</summary>
internal static class EventFigures
{
    private const int Jobs = 50_000, Batch = 200, Rounds = 7;

    /// <summary>Measures and prints microseconds of processor time a job, and bytes on the wire.</summary>
    public static void Print(TextWriter output)
    {
        output.WriteLine("| watched | µs a job, median | best | worst | bytes a job | allocated a job |");
        output.WriteLine("|---|---:|---:|---:|---:|---:|");
        foreach (bool isWatched in (bool[])[false, true])
        {
            Measure(isWatched, 2_000, out _, out _);
            double[] rounds = new double[Rounds];
            long bytes = 0, allocated = 0;
            for (int i = 0; i < Rounds; i++)
            {
                rounds[i] = Measure(isWatched, Jobs, out bytes, out allocated);
            }

            Array.Sort(rounds);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {(isWatched ? "yes" : "no")} | {rounds[Rounds / 2]:0.00} | {rounds[0]:0.00} | {rounds[^1]:0.00} | {(double)bytes / Jobs:0} | {(double)allocated / Jobs:0} |"));
        }
    }

    private static double Measure(bool isWatched, int jobs, out long bytes, out long allocated)
    {
        TimeProvider time = TimeProvider.System;
        var stream = new JobEventStream(time);
        var reporter = new JobReporter(stream, "ada@desk", "ada", "", time);
        using var farm = new FarmJobs(new BuildHistory(null, NullLogger.Instance), time);
        using JobEventSubscription uplink = stream.Subscribe(100_000);
        using JobEventSubscription? watcher = isWatched ? farm.Stream.Subscribe(100_000) : null;
        var job = new CompileJob { CommandLine = ["g++", "-c", "../absl/strings/internal/str_format/parser.cc"], Compiler = "/usr/bin/g++", WorkingDirectory = "/home/ada/abseil/build" };
        JobTimeline road = new([.. ((JobStep[])[JobStep.Read, JobStep.Cache, JobStep.Inputs, JobStep.Lease, JobStep.Send, JobStep.Fetch, JobStep.Slot, JobStep.Prepare, JobStep.Compile, JobStep.Collect, JobStep.Receive, JobStep.Write])
            .Select(static step => new JobStretch(step, TimeSpan.FromMilliseconds(12)))]);
        bytes = 0;
        allocated = GC.GetAllocatedBytesForCurrentThread();
        long since = Stopwatch.GetTimestamp();
        for (int i = 0; i < jobs; i++)
        {
            JobProgress progress = reporter.Begin(job, job.CommandLine[2], CommandPurpose.Compile);
            progress.Reach(JobStep.Cache);
            progress.Reach(JobStep.Inputs);
            progress.Reach(JobStep.Lease);
            progress.Reach(JobStep.Send, "blade17");
            progress.Finish(
                new JobRecord { Subject = job.CommandLine[2], Directory = job.WorkingDirectory, Place = JobPlace.Remote, Worker = "blade17", ExitCode = 0, Duration = TimeSpan.FromSeconds(2), Ended = time.GetUtcNow(), Timeline = road },
                new JobUsage(TimeSpan.FromSeconds(1.8), TimeSpan.FromSeconds(1.9), 300 << 20));
            if (i % Batch == Batch - 1)
            {
                bytes += Carry(uplink, farm, time);
                watcher?.Take();
            }
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(since);
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
