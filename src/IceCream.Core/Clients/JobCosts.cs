using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using IceCream.Diagnostics;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Scheduling;
using Microsoft.Extensions.Logging;

namespace IceCream.Clients;

/// <summary>What an agent has learned about its jobs' costs from their results, kept in a file across restarts. Thread-safe.</summary>
internal sealed partial class JobCosts : IDisposable
{
    /// <summary>How many leading folders of a path identify a project: the first three of <c>/home/somebody/project/build/part</c>.</summary>
    private const int ProjectDepth = 3;

    /// <summary>The factor by which a memory forecast exceeds the most that compilers were seen to take.</summary>
    private const double Margin = 1.1;

    private const long MostBytes = 8 << 20;

    private const double Settled = 0.02;

    private readonly Lock _lock = new();
    private readonly string? _path;
    private readonly ILogger _logger;
    private readonly CostBook _book = new();
    private double _secondsPerEffort = 1e-7;
    private int _rates;
    private bool _changed;

    /// <summary>Loads what was learned before.</summary>
    /// <param name="path">The file; null: nothing is kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs that the file cannot be used.</param>
    public JobCosts(string? path, TimeProvider time, ILogger logger)
    {
        (_path, _logger) = (path, logger);
        try
        {
            if (path is null)
            {
                return;
            }

            StateFile.RemoveStale(path, time.GetUtcNow());
            if (File.Exists(path))
            {
                using BinaryReader reader = StateFile.Open(path, Header, MostBytes);
                _secondsPerEffort = reader.ReadDouble() is > 0 and < 1e3 and var rate ? rate : throw new InvalidDataException("its rate is none");
                _book = CostBook.Load(reader);
                _rates = (int)(1 / Settled);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or FormatException)
        {
            LogIgnored(logger, path, e.Message);
        }
    }

    private static ReadOnlySpan<byte> Header => "icecream costs 1\n"u8;

    /// <summary>Forecasts the cost of a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="effort">An estimate from the job's inputs, in any unit that all jobs share; 0 when there is none.</param>
    public JobForecast Predict(CompileJob job, long effort)
    {
        CostKeys keys = KeysOf(job);
        lock (_lock)
        {
            JobForecast forecast = _book.Predict(keys);
            forecast = forecast with { PeakMemory = (long)(forecast.PeakMemory * Margin) };

            // The inputs of a command tell more about it than the costs of other commands of its project.
            return forecast.Basis == ForecastBasis.Command || effort == 0 ? forecast : forecast with { Seconds = Math.Max(CostBook.Shortest, effort * _secondsPerEffort) };
        }
    }

    /// <summary>Learns from a compile that succeeded.</summary>
    /// <param name="keys">The keys of the compile.</param>
    /// <param name="usage">What it used.</param>
    /// <param name="speed">The speed of its worker, where the average worker has 1.</param>
    /// <param name="effort">The estimate that was made for it; 0 when there was none.</param>
    public void Learn(CostKeys keys, in JobUsage usage, double speed, long effort)
    {
        double seconds = Math.Clamp(usage.Wall.TotalSeconds * speed, CostBook.Shortest, CostBook.Longest);
        lock (_lock)
        {
            _book.Learn(keys, seconds, usage.PeakMemory);
            if (effort > 0)
            {
                double part = Math.Max(Settled, 1.0 / ++_rates);
                _secondsPerEffort = Math.Clamp(Math.Exp(Math.Log(_secondsPerEffort) + (part * Math.Log(seconds / effort / _secondsPerEffort))), 1e-15, 100);
            }

            _changed = true;
        }
    }

    /// <summary>The most recently used costs, for a scheduler that may not know them.</summary>
    public ImmutableArray<KnownCost> Latest()
    {
        lock (_lock)
        {
            return [.. _book.Latest(KnownCost.MostTold)];
        }
    }

    /// <summary>Learns from a compile that was ended because it took more memory than there was.</summary>
    /// <param name="keys">The keys of the compile.</param>
    /// <param name="atLeast">The memory that it takes at least, in bytes.</param>
    public void LearnShort(CostKeys keys, long atLeast)
    {
        lock (_lock)
        {
            _book.LearnShort(keys, atLeast);
            _changed = true;
        }
    }

    /// <inheritdoc cref="CostBook.Doubt"/>
    public void Doubt(CostKeys keys)
    {
        lock (_lock)
        {
            _book.Doubt(keys);
            _changed = true;
        }
    }

    /// <summary>The keys under which a job's cost is remembered: numbers that do not reveal the job.</summary>
    public static CostKeys KeysOf(CompileJob job)
    {
        using var command = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in job.CommandLine.Prepend(job.Compiler).Prepend(job.WorkingDirectory))
        {
            command.AppendData(Encoding.UTF8.GetBytes(part));
            command.AppendData([0]);
        }

        string source = job.Invocation?.Source ?? "";
        string project = string.Join('/', job.WorkingDirectory.Split('/').Take(ProjectDepth + 1));
        return new CostKeys(NumberOf(command.GetHashAndReset()), NumberOf(SHA256.HashData(Encoding.UTF8.GetBytes($"{project}\0{Path.GetExtension(source)}"))));
    }

    /// <summary>Saves what was learned.</summary>
    public void Dispose()
    {
        if (_path is null)
        {
            return;
        }

        lock (_lock)
        {
            if (!_changed)
            {
                return;
            }

            try
            {
                StateFile.Replace(_path, writer =>
                {
                    writer.Write(Header);
                    writer.Write(_secondsPerEffort);
                    _book.Save(writer);
                });
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogNotKept(_logger, _path, e.Message);
            }
        }
    }

    private static ulong NumberOf(byte[] hash) => BinaryPrimitives.ReadUInt64LittleEndian(hash);

    [LoggerMessage(EventIds.CostsIgnored, LogLevel.Warning, "The agent learns anew what its jobs cost: '{Path}' is of no use: {Reason}")]
    private static partial void LogIgnored(ILogger logger, string? path, string reason);

    [LoggerMessage(EventIds.LearnedNotKept, LogLevel.Warning, "What jobs cost is not kept in '{Path}': {Reason}")]
    private static partial void LogNotKept(ILogger logger, string path, string reason);
}
