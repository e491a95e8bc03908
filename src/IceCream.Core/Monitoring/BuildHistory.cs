using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using IceCream.Diagnostics;
using Microsoft.Extensions.Logging;

namespace IceCream.Monitoring;

/// <summary>The past builds: one line of JSON for each in <c>builds</c> of the scheduler's state directory. For one thread at a time.</summary>
internal sealed partial class BuildHistory : IDisposable
{
    /// <summary>How many builds are kept in memory.</summary>
    public const int Remembered = 500;

    private const long Limit = 4 << 20;

    private readonly Queue<BuildSummary> _builds = new();
    private readonly HistoryFile? _file;
    private readonly string? _path;
    private readonly ILogger _logger;
    private bool _isTold;

    /// <param name="directory">The directory of the file; null: the builds are lost when the program ends.</param>
    /// <param name="logger">Logs that the disk accepts no writes.</param>
    public BuildHistory(string? directory, ILogger logger)
    {
        _logger = logger;
        if (directory is null)
        {
            return;
        }

        _path = Path.Combine(directory, "builds");
        _file = new HistoryFile(_path, Limit);
        foreach (string line in _file.Read())
        {
            if (Parse(line) is { } build)
            {
                Remember(build);
            }
        }
    }

    /// <summary>The builds in memory, oldest first.</summary>
    public IReadOnlyCollection<BuildSummary> Builds => _builds;

    /// <summary>The highest number of a build; 0 when there is none.</summary>
    public long Last => _builds.Count == 0 ? 0 : _builds.Max(static build => build.Id);

    /// <summary>Adds a build that has ended.</summary>
    public void Add(BuildSummary build)
    {
        Remember(build);
        if (_file is null)
        {
            return;
        }

        bool isKept = _file.TryAppend(JsonSerializer.Serialize(build, BuildJson.Default.BuildSummary));
        if (!isKept && !_isTold)
        {
            LogNotKept(_logger, _path!, _file.Obstacle?.Detail ?? "");
        }

        _isTold = !isKept;
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private void Remember(BuildSummary build)
    {
        _builds.Enqueue(build);
        if (_builds.Count > Remembered)
        {
            _builds.Dequeue();
        }
    }

    /// <summary>Parses the build of a line; null when the line is torn, or of another release.</summary>
    private static BuildSummary? Parse(string line)
    {
        try
        {
            return Whole(JsonSerializer.Deserialize(line, BuildJson.Default.BuildSummary)) is { } build ? build with { IsRunning = false } : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The builds as a JSON array in UTF-8: as many of the first ones as have room.</summary>
    /// <param name="builds">The builds.</param>
    /// <param name="room">How many bytes there may be.</param>
    internal static byte[] Write(IEnumerable<BuildSummary> builds, int room)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("["u8);
        foreach (BuildSummary build in builds)
        {
            byte[] each = JsonSerializer.SerializeToUtf8Bytes(build, BuildJson.Default.BuildSummary);
            if (bytes.WrittenCount + each.Length + ",]".Length > room)
            {
                break;
            }

            if (bytes.WrittenCount > 1)
            {
                bytes.Write(","u8);
            }

            bytes.Write(each);
        }

        bytes.Write("]"u8);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Completes a build that was read; null when a required part is missing.</summary>
    internal static BuildSummary? Whole(BuildSummary? read) =>
        read is null || read.Slowest.IsDefault || read.Reasons.IsDefault ? null : read with { Headers = read.Headers.IsDefault ? [] : read.Headers };

    [LoggerMessage(EventIds.BuildsNotKept, LogLevel.Warning, "Builds that end are not kept in '{Path}': {Reason}")]
    private static partial void LogNotKept(ILogger logger, string path, string reason);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(BuildSummary))]
[JsonSerializable(typeof(IReadOnlyList<BuildSummary>))]
internal sealed partial class BuildJson : JsonSerializerContext;
