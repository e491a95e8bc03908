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

/// <summary>What an agent knows of its jobs' costs: learned from results, kept in a file from start to start. Safe for use by several threads.</summary>
internal sealed partial class JobCosts : IDisposable
{
    /// <summary>How many folders of a path name a project: those of <c>/home/somebody/project/build/part</c> that are its own come first.</summary>
    private const int ProjectDepth = 3;

    /// <summary>What compilers are given beyond the most that they were seen to take.</summary>
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

    /// <summary>Reads what was learned before.</summary>
    /// <param name="path">The file; null: nothing is kept.</param>
    /// <param name="time">The time.</param>
    /// <param name="logger">Where it is told that the file is of no use.</param>
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

    /// <summary>What a job is expected to cost.</summary>
    /// <param name="job">The job.</param>
    /// <param name="effort">A guess from what it reads, in any unit that all jobs share; 0 when there is none.</param>
    public JobForecast Predict(CompileJob job, long effort)
    {
        CostKeys keys = KeysOf(job);
        lock (_lock)
        {
            JobForecast forecast = _book.Predict(keys);
            forecast = forecast with { PeakMemory = (long)(forecast.PeakMemory * Margin) };

            // What a command reads tells more of it than what others of its project took.
            return forecast.Basis == ForecastBasis.Command || effort == 0 ? forecast : forecast with { Seconds = Math.Max(CostBook.Shortest, effort * _secondsPerEffort) };
        }
    }

    /// <summary>A compile has ended well.</summary>
    /// <param name="keys">Which one.</param>
    /// <param name="usage">What it used.</param>
    /// <param name="speed">How fast its worker is, where the average worker has 1.</param>
    /// <param name="effort">The guess that was made for it; 0 when there was none.</param>
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

    /// <summary>What was used last, for a scheduler that may know nothing of it.</summary>
    public ImmutableArray<KnownCost> Latest()
    {
        lock (_lock)
        {
            return [.. _book.Latest(KnownCost.MostTold)];
        }
    }

    /// <summary>A compile was ended because it took more memory than there was.</summary>
    /// <param name="keys">Which one.</param>
    /// <param name="atLeast">What it takes at least, in bytes.</param>
    public void LearnShort(CostKeys keys, long atLeast)
    {
        lock (_lock)
        {
            _book.LearnShort(keys, atLeast);
            _changed = true;
        }
    }

    /// <summary>Under what a job's cost is remembered: numbers, from which nobody can tell what it is.</summary>
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

    /// <summary>Writes what was learned.</summary>
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
