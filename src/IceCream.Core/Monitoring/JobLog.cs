using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using IceCream.Diagnostics;
using Microsoft.Extensions.Logging;

namespace IceCream.Monitoring;

/// <summary>
/// The past jobs, in files in <c>jobs</c> of the scheduler's state directory: one appended line for each, in as many files as a week of a busy farm takes. No job waits
/// for the disk: lines gather in memory, and are dropped and counted when the disk accepts none. A line that a crash has torn is skipped. Thread-safe.
/// </summary>
internal sealed partial class JobLog : IDisposable
{
    /// <summary>How long lines gather before they are written, unless a reader asks for them.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(250);

    /// <summary>How many bytes may wait for the disk.</summary>
    private const int MostWaiting = 4 << 20;

    private readonly string _folder;
    private readonly JobLogLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Lock _files = new();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _writing;
    private readonly Utf8JsonWriter _json;
    private ArrayBufferWriter<byte> _waiting = new(), _spare = new();
    private FileStream? _file;
    private int _lines;
    private bool _isTold;

    /// <param name="directory">The scheduler's state directory.</param>
    /// <param name="limits">How much is kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs that the disk accepts no writes.</param>
    public JobLog(string directory, JobLogLimits limits, TimeProvider time, ILogger logger)
    {
        _folder = Path.Combine(directory, "jobs");
        (_limits, _time, _logger) = (limits, time, logger);
        _json = new Utf8JsonWriter(_waiting);
        _writing = WriteAsync(_ending.Token);
    }

    /// <summary>How many jobs were not kept, because the disk accepted no writes.</summary>
    public long Dropped { get; private set; }

    /// <summary>Appends a job that has ended.</summary>
    public void Append(PastJob job)
    {
        lock (_lock)
        {
            if (_waiting.WrittenCount > MostWaiting)
            {
                Dropped++;
                return;
            }

            _json.Reset(_waiting);
            JobLogLine.Write(_json, job);
            _json.Flush();
            _waiting.Write("\n"u8);
            if (_lines++ == 0)
            {
                _signal.Writer.TryWrite(true);
            }
        }
    }

    /// <summary>The jobs that ended within a period, and perhaps some others, in the order in which they were reported.</summary>
    public IEnumerable<PastJob> Read(DateTimeOffset from, DateTimeOffset to)
    {
        Flush();
        foreach (JobLogFile file in JobLogFile.Within(JobLogFile.All(_folder), from, to))
        {
            foreach (PastJob job in file.Read(from, to))
            {
                yield return job;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ending.Cancel();
        _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        Flush();
        lock (_files)
        {
            _file?.Dispose();
            _file = null;
        }

        _json.Dispose();
        _ending.Dispose();
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _signal.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                await Task.Delay(Gather, _time, cancellationToken).ConfigureAwait(false);
                Flush();
            }
        }
        catch (OperationCanceledException)
        {
            // The scheduler closes, and writes the remaining lines.
        }
    }

    /// <summary>Writes the gathered lines.</summary>
    private void Flush()
    {
        lock (_files)
        {
            int lines;
            lock (_lock)
            {
                (_waiting, _spare, lines, _lines) = (_spare, _waiting, _lines, 0);
            }

            if (lines > 0 && !TryWrite(_spare.WrittenSpan))
            {
                lock (_lock)
                {
                    Dropped += lines;
                }
            }

            _spare.ResetWrittenCount();
        }
    }

    private bool TryWrite(ReadOnlySpan<byte> lines)
    {
        try
        {
            FileStream file = _file ??= Open();
            if (file.Length > 0 && file.Length + lines.Length > _limits.FileBytes)
            {
                file.Dispose();
                _file = null;
                file = _file = Open();
            }

            file.Write(lines);
            _isTold = false;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A line that was written in part is torn. The next lines go into a new file.
            _file?.Dispose();
            _file = null;
            if (!_isTold)
            {
                LogNotKept(_logger, _folder, e.Message);
            }

            _isTold = true;
            return false;
        }
    }

    /// <summary>Begins a file, and removes the oldest files beyond the limits on size and age.</summary>
    private FileStream Open()
    {
        Directory.CreateDirectory(_folder);
        DateTimeOffset now = _time.GetUtcNow();
        List<JobLogFile> all = [.. JobLogFile.All(_folder)];
        long room = _limits.Bytes - _limits.FileBytes;
        for (int i = all.Count - 1; i >= 0; i--)
        {
            room -= all[i].Bytes;
            if (room < 0 || (i + 1 < all.Count && now - all[i + 1].Began > _limits.Age))
            {
                File.Delete(all[i].Path);
            }
        }

        // Two files must not have the same name, whatever the clock does.
        for (long began = now.ToUnixTimeMilliseconds(); ; began++)
        {
            string path = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{began}{JobLogFile.Ending}"));
            if (!File.Exists(path))
            {
                // Unbuffered: a failed write is known at once.
                return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
            }
        }
    }

    [LoggerMessage(EventIds.JobsNotKept, LogLevel.Warning, "Jobs that end are not kept in '{Path}', and the timeline will not show them: {Reason}")]
    private static partial void LogNotKept(ILogger logger, string path, string reason);
}

/// <summary>How much a <see cref="JobLog"/> keeps.</summary>
/// <param name="Bytes">Bytes in all files together: the oldest files are removed when a new one is begun.</param>
/// <param name="FileBytes">Bytes in one file.</param>
/// <param name="Age">How long jobs are kept.</param>
internal sealed record JobLogLimits(long Bytes, long FileBytes, TimeSpan Age)
{
    /// <summary>256 MiB, which is about a million jobs, for a week.</summary>
    public static JobLogLimits Usual { get; } = new(256L << 20, 8L << 20, TimeSpan.FromDays(7));
}
