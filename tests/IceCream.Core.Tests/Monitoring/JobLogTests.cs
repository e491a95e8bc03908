using FsCheck;
using FsCheck.Xunit;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Monitoring;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static IceCream.Tests.Monitoring.Events;

namespace IceCream.Tests.Monitoring;

/// <summary>Jobs of the past outlive their scheduler, in files that stay bounded.</summary>
public sealed class JobLogTests : IDisposable
{
    private static readonly JobLogLimits Small = new(40_000, 10_000, TimeSpan.FromDays(7));

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-log-").FullName;
    private readonly FakeTimeProvider _time = new(Noon);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Property(MaxTest = 100)]
    public void A_job_comes_back_as_it_was(string subject, string reason, NonNegativeInt slot, int exit, bool isKnown, NonNegativeInt[] stretches)
    {
        JobFinished job = Finished(7, second: slot.Get % 1000, build: "make all");
        job = job with
        {
            Record = job.Record with
            {
                Subject = Text(subject), Reason = Text(reason), Slot = slot.Get, ExitCode = isKnown ? exit : null, Kind = isKnown ? LocalOnlyKind.NoFarm : null,
                Timeline = new JobTimeline([.. stretches.Take(60).Select(static (length, at) => new JobStretch((JobStep)(at % 15 + 1), TimeSpan.FromMicroseconds(length.Get)))]),
            },
        };
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new System.Text.Json.Utf8JsonWriter(bytes))
        {
            JobLogLine.Write(json, new PastJob(job, 99));
        }

        PastJob back = JobLogLine.Read(bytes.WrittenSpan, DateTimeOffset.MinValue, DateTimeOffset.MaxValue)!;
        Assert.Equivalent(new PastJob(job, 99), back, strict: true);
        Assert.Null(JobLogLine.Read(bytes.WrittenSpan, job.At.AddSeconds(1), DateTimeOffset.MaxValue));
        Assert.Null(JobLogLine.Read(bytes.WrittenSpan, DateTimeOffset.MinValue, job.At.AddSeconds(-1)));
    }

    [Property]
    public void Any_other_line_is_none(byte[] line, NonNegativeInt cut)
    {
        Assert.Null(JobLogLine.Read(line, DateTimeOffset.MinValue, DateTimeOffset.MaxValue));
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new System.Text.Json.Utf8JsonWriter(bytes))
        {
            JobLogLine.Write(json, new PastJob(Finished(1), 1));
        }

        Assert.Null(JobLogLine.Read(bytes.WrittenSpan[..(cut.Get % (bytes.WrittenCount - 1))], DateTimeOffset.MinValue, DateTimeOffset.MaxValue));
    }

    [Fact]
    public void What_was_told_before_a_restart_is_known_after_it_and_only_what_is_asked_for_is_read()
    {
        using (JobLog log = Open())
        {
            Append(log, 1, 2, 3);
            Assert.Equal([1L, 2, 3], Numbers(log));
        }

        using JobLog again = Open();
        Append(again, 4);
        Assert.Equal([1L, 2, 3, 4], Numbers(again));
        Assert.Equal([2L, 3], again.Read(Noon.AddSeconds(2), Noon.AddSeconds(3)).Select(static job => job.Job.Job.Number));
    }

    [Fact]
    public void Files_are_as_many_and_as_old_as_is_allowed()
    {
        using JobLog log = Open(Small);
        for (int i = 0; i < 500; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Append(log, i);
            _ = Numbers(log);
            Assert.InRange(Directory.GetFiles(Path.Combine(_folder, "jobs")).Sum(static file => new FileInfo(file).Length), 1, Small.Bytes);
        }

        long[] kept = Numbers(log);
        Assert.Equal(499, kept[^1]);
        Assert.Equal(Enumerable.Range((int)kept[0], kept.Length).Select(static number => (long)number), kept);
        Assert.InRange(kept.Length, 50, 450);

        // A quiet fortnight: what is older than a week goes when the next file is begun, but for the file that was written last.
        long[] last = Numbers(log);
        _time.Advance(TimeSpan.FromDays(14));
        for (int i = 500; i < 560; i++)
        {
            Append(log, i);
            _ = Numbers(log);
        }

        Assert.Equal(559, Numbers(log)[^1]);
        Assert.InRange(Numbers(log).Length, 60, 60 + (last.Length / 2));
    }

    [Fact]
    public void A_clock_that_is_set_back_costs_no_job()
    {
        using JobLog log = Open(Small);
        for (int i = 0; i < 60; i++)
        {
            Append(log, i);
            _ = Numbers(log);
        }

        using JobLog other = new(_folder, Small, new FakeTimeProvider(Noon.AddDays(-1)), NullLogger.Instance);
        Append(other, 60);
        Assert.Equal(61, Numbers(other).Length);
    }

    [Fact]
    public void A_disk_that_takes_nothing_costs_lines_which_are_counted_and_is_told_once()
    {
        File.WriteAllText(Path.Combine(_folder, "jobs"), "in the way");
        using var book = new LogBook();
        using var log = new JobLog(_folder, Small, _time, book.CreateLogger("log"));
        Append(log, 1, 2);
        Assert.Empty(Numbers(log));
        Append(log, 3);
        Assert.Empty(Numbers(log));
        Assert.Equal(3, log.Dropped);
        Assert.Single(book.Entries, static entry => entry.Event == EventIds.JobsNotKept);

        File.Delete(Path.Combine(_folder, "jobs"));
        Append(log, 4);
        Assert.Equal([4L], Numbers(log));
    }

    [Fact]
    public void What_waits_for_a_disk_is_bounded()
    {
        using JobLog log = Open();
        JobFinished job = Finished(1) with { Record = Finished(1).Record with { Reason = new string('x', 1000) } };
        for (int i = 0; i < 10_000; i++)
        {
            log.Append(new PastJob(job, 1));
        }

        Assert.InRange(log.Dropped, 1, 9_999);
        Assert.Equal(10_000 - log.Dropped, log.Read(DateTimeOffset.MinValue, DateTimeOffset.MaxValue).Count());
    }

    [Fact]
    public void A_name_of_100_KB_with_all_sorts_of_signs_in_it_is_one_short_line()
    {
        string name = string.Concat(Enumerable.Repeat("<script>\n\u0000\u202e\ud83d\ude00", 10_000));
        using (JobLog log = Open())
        {
            JobFinished job = Finished(1);
            log.Append(new PastJob(job with { Record = job.Record with { Subject = name, Directory = name, Reason = name } }, 1));
            Append(log, 2);
        }

        Assert.InRange(Directory.GetFiles(Path.Combine(_folder, "jobs")).Sum(static file => new FileInfo(file).Length), 1, 40_000);
        using JobLog again = Open();
        PastJob[] back = [.. again.Read(Noon.AddHours(-1), Noon.AddHours(1))];
        Assert.Equal([1L, 2], back.Select(static past => past.Job.Job.Number));
        Assert.StartsWith(back[0].Job.Record.Subject[..^2], name, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_which_a_crash_has_torn_a_line_keeps_the_others()
    {
        using (JobLog log = Open())
        {
            Append(log, 1, 2);
        }

        string file = Assert.Single(Directory.GetFiles(Path.Combine(_folder, "jobs")));
        byte[] bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..^20]);
        _time.Advance(TimeSpan.FromSeconds(1));
        using JobLog again = Open();
        Append(again, 3);
        Assert.Equal([1L, 3], Numbers(again));
    }

    private static string Text(string? text) => string.Concat((text ?? "").Where(static letter => !char.IsSurrogate(letter)).Take(900));

    private static long[] Numbers(JobLog log) => [.. log.Read(DateTimeOffset.MinValue.AddDays(1), DateTimeOffset.MaxValue.AddDays(-1)).Select(static job => job.Job.Job.Number)];

    private static void Append(JobLog log, params int[] numbers)
    {
        foreach (int number in numbers)
        {
            log.Append(new PastJob(Finished(number, second: number), 1));
        }
    }

    private JobLog Open(JobLogLimits? limits = null) => new(_folder, limits ?? JobLogLimits.Usual, _time, NullLogger.Instance);
}
