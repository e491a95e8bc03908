using System.Collections.Immutable;
using System.Text.Json;
using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>
/// A job that has ended, as a line of a <see cref="JobLog"/>: a JSON array that begins with the time of the end, so that a reader of another period skips the line at once.
/// Times are in microseconds. A line of another form is ignored; a new field must be added at the end.
/// </summary>
internal static class JobLogLine
{
    private const int LongestText = 1024, MostStretches = 64;

    /// <summary>Writes a job's line, without the line end.</summary>
    public static void Write(Utf8JsonWriter json, PastJob past)
    {
        (JobFinished job, JobRecord record) = (past.Job, past.Job.Record);
        json.WriteStartArray();
        json.WriteNumberValue(Microseconds(job.At.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks));
        json.WriteNumberValue(Microseconds(record.Duration.Ticks));
        json.WriteNumberValue(past.Build);
        json.WriteStringValue(job.Job.Agent);
        json.WriteNumberValue(job.Job.Number);
        json.WriteStringValue(job.User);
        json.WriteStringValue(job.Build);
        json.WriteStringValue(ShortText.Cut(record.Subject, LongestText));
        json.WriteStringValue(ShortText.Cut(record.Directory, LongestText));
        json.WriteNumberValue((int)record.Purpose);
        json.WriteNumberValue((int)record.Place);
        json.WriteStringValue(record.Worker);
        json.WriteNumberValue(record.Slot);
        json.WriteStringValue(ShortText.Cut(record.Reason, LongestText));
        json.WriteNumberValue((int?)record.Kind ?? -1);
        if (record.ExitCode is { } exit)
        {
            json.WriteNumberValue(exit);
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteNumberValue(Microseconds(job.Cpu.Ticks));
        json.WriteNumberValue(job.PeakMemory);
        json.WriteStartArray();
        foreach (JobStretch stretch in record.Timeline.Stretches.AsSpan()[..Math.Min(record.Timeline.Stretches.Length, MostStretches)])
        {
            json.WriteNumberValue((int)stretch.Step);
            json.WriteNumberValue(Microseconds(stretch.Duration.Ticks));
        }

        json.WriteEndArray();
        json.WriteEndArray();
    }

    /// <summary>Reads the job of a line, if it ended within a period.</summary>
    /// <returns>Null when it ended outside the period, or when the line is torn or of another form.</returns>
    public static PastJob? Read(ReadOnlySpan<byte> line, DateTimeOffset from, DateTimeOffset to)
    {
        var json = new Utf8JsonReader(line);
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartArray || Ticks(ref json) is not { } since
                || DateTimeOffset.UnixEpoch.AddTicks(since) is var at && (at < from || at > to))
            {
                return null;
            }

            var record = new JobRecord { Subject = "", Place = JobPlace.Cancelled, Ended = at, Duration = new TimeSpan(Ticks(ref json) ?? 0) };
            long build = Number(ref json);
            var id = new JobId(Text(ref json), Number(ref json));
            string user = Text(ref json), name = Text(ref json);
            record = record with
            {
                Subject = Text(ref json), Directory = Text(ref json), Purpose = (CommandPurpose)(int)Number(ref json), Place = (JobPlace)(int)Number(ref json),
                Worker = Text(ref json), Slot = (int)Number(ref json), Reason = Text(ref json), Kind = Number(ref json) is >= 0 and var kind ? (LocalOnlyKind)(int)kind : null,
                ExitCode = Optional(ref json),
            };
            var cpu = new TimeSpan(Ticks(ref json) ?? 0);
            long memory = Number(ref json);
            return new PastJob(new JobFinished { At = at, Job = id, User = user, Build = name, Cpu = cpu, PeakMemory = memory, Record = record with { Timeline = Timeline(ref json) } }, build);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static long Microseconds(long ticks) => ticks / TimeSpan.TicksPerMicrosecond;

    private static long? Ticks(ref Utf8JsonReader json) => json.Read() && json.TryGetInt64(out long microseconds) ? microseconds * TimeSpan.TicksPerMicrosecond : null;

    private static long Number(ref Utf8JsonReader json) => json.Read() ? json.GetInt64() : throw new JsonException();

    private static int? Optional(ref Utf8JsonReader json) => !json.Read() ? throw new JsonException() : json.TokenType == JsonTokenType.Null ? null : json.GetInt32();

    private static string Text(ref Utf8JsonReader json) => json.Read() ? json.GetString() ?? "" : throw new JsonException();

    private static JobTimeline Timeline(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException();
        }

        var stretches = ImmutableArray.CreateBuilder<JobStretch>(12);
        while (json.Read() && json.TokenType == JsonTokenType.Number)
        {
            stretches.Add(new JobStretch((JobStep)json.GetInt32(), new TimeSpan(Ticks(ref json) ?? throw new JsonException())));
        }

        return new JobTimeline(stretches.DrainToImmutable());
    }
}
