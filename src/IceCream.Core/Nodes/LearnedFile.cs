using IceCream.Diagnostics;
using IceCream.Digests;
using IceCream.Scheduling;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>
/// The file in which a scheduler stores what it has learned. The scheduler works without it too: a file that is damaged, or of another version, is
/// logged and ignored.
/// </summary>
internal sealed partial class LearnedFile
{
    /// <summary>How often it is written.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly string? _path;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private TaskCompletionSource _soon = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _told = "";

    /// <summary>Reads the file.</summary>
    /// <param name="folder">Its folder, created when missing; null: nothing is stored.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs failures to read or to write.</param>
    /// <exception cref="IOException">The folder cannot be created.</exception>
    public LearnedFile(string? folder, TimeProvider time, ILogger logger)
    {
        (_time, _logger) = (time, logger);
        Knowledge = new FarmKnowledge();
        if (folder is null)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        _path = Path.Combine(folder, "learned");
        try
        {
            StateFile.RemoveStale(_path, time.GetUtcNow());
            if (File.Exists(_path))
            {
                using BinaryReader reader = StateFile.Open(_path, FarmKnowledge.Header, FarmKnowledge.MostBytes);
                Knowledge = FarmKnowledge.Load(reader);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or FormatException)
        {
            LogIgnored(logger, _path, e.Message);
        }
    }

    /// <summary>The knowledge that was read, and that is written.</summary>
    public FarmKnowledge Knowledge { get; }

    /// <summary>Requests an early write, for a change that must not be lost.</summary>
    public void KeepSoon() => _soon.TrySetResult();

    /// <summary>Writes the file periodically until cancelled, and then once more.</summary>
    /// <param name="read">Calls the given function while nothing changes the knowledge.</param>
    /// <param name="cancellationToken">Ends the loop.</param>
    public async Task RunAsync(Func<Func<byte[]>, byte[]> read, CancellationToken cancellationToken)
    {
        if (_path is null)
        {
            return;
        }

        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAny(_soon.Task, Task.Delay(Interval, _time, cancellationToken)).ConfigureAwait(false);
            _soon = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Keep(_path, read(Describe));
        }
    }

    private byte[] Describe()
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        Knowledge.Save(writer);
        return bytes.ToArray();
    }

    private void Keep(string path, byte[] content)
    {
        try
        {
            StateFile.Replace(path, writer => writer.Write(content));
            _told = "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The farm continues: only the knowledge of a future scheduler is lost.
            if (e.Message != _told)
            {
                LogNotKept(_logger, path, e.Message);
                _told = e.Message;
            }
        }
    }

    [LoggerMessage(EventIds.LearnedIgnored, LogLevel.Warning, "The scheduler learns anew what commands cost and how fast workers are, and no worker is drained: '{Path}' is of no use: {Reason}")]
    private static partial void LogIgnored(ILogger logger, string path, string reason);

    [LoggerMessage(EventIds.LearnedNotKept, LogLevel.Warning, "What the scheduler has learned is not kept in '{Path}': {Reason}")]
    private static partial void LogNotKept(ILogger logger, string path, string reason);
}
