using System.Collections.Immutable;

namespace IceCream.Monitoring;

/// <summary>A build, as far as it is known from its jobs.</summary>
internal sealed record BuildSummary
{
    /// <summary>The build's number, which grows with time, also across restarts.</summary>
    public required long Id { get; init; }

    /// <summary>The name that the user gave the build; empty when it has none.</summary>
    public string Name { get; init; } = "";

    /// <summary>The user whose build it is.</summary>
    public string User { get; init; } = "";

    /// <summary>The agent that submitted its jobs.</summary>
    public string Agent { get; init; } = "";

    /// <summary>The tree in which all its commands were typed.</summary>
    public string Folder { get; init; } = "";

    /// <summary>When its first job began.</summary>
    public DateTimeOffset Began { get; init; }

    /// <summary>When its last job ended; for a build under way, the time of its last event.</summary>
    public DateTimeOffset Ended { get; init; }

    /// <summary>Whether it is under way.</summary>
    public bool IsRunning { get; init; }

    /// <summary>How many of its jobs have ended.</summary>
    public int Jobs { get; init; }

    /// <summary>How many of them were compiles.</summary>
    public int Compiles { get; init; }

    /// <summary>How many ended with an exit code other than 0.</summary>
    public int Failed { get; init; }

    /// <summary>Jobs by where they were done, by the names of <see cref="IceCream.Jobs.JobPlace"/> in lower case.</summary>
    public ImmutableSortedDictionary<string, int> Places { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>The sum of the times that compilers ran for it, on any machine, in seconds.</summary>
    public double CompileSeconds { get; init; }

    /// <summary>The processor time that it took on workers, in seconds.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>The largest number of its jobs that were under way at once.</summary>
    public int MostAtOnce { get; init; }

    /// <summary>How many compiles the agent's machine runs at a time by itself; 0 when unknown.</summary>
    public int LocalSlots { get; init; }

    /// <summary>The jobs that took longest, longest first: at most <see cref="MostFiles"/>.</summary>
    public ImmutableArray<BuildFile> Slowest { get; init; } = [];

    /// <summary>Why jobs stayed on the agent's machine, most frequent first: at most <see cref="MostReasons"/>.</summary>
    public ImmutableArray<BuildReason> Reasons { get; init; } = [];

    /// <summary>The headers that cost most among those that the agent saw compiles read, most expensive first.</summary>
    public ImmutableArray<BuildHeader> Headers { get; init; } = [];

    /// <summary>Jobs by worker, by name: of the first <see cref="MostWorkers"/> that had one.</summary>
    public ImmutableSortedDictionary<string, int> Workers { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>Seconds of all jobs together by step, by the names of <see cref="IceCream.Jobs.JobStep"/> in lower case.</summary>
    public ImmutableSortedDictionary<string, double> Steps { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>How many files are listed at most.</summary>
    public const int MostFiles = 20;

    /// <summary>How many reasons are listed at most.</summary>
    public const int MostReasons = 20;

    /// <summary>How many workers are counted at most: the names come from agents, which may name any.</summary>
    public const int MostWorkers = 4096;
}

/// <summary>A job of a build.</summary>
/// <param name="Subject">What the job was about.</param>
/// <param name="Seconds">How long its compiler ran, in seconds.</param>
/// <param name="Place">Where it ran, by the name of the <see cref="IceCream.Jobs.JobPlace"/> in lower case.</param>
/// <param name="Worker">The worker; empty when it ran on none.</param>
internal sealed record BuildFile(string Subject, double Seconds, string Place, string Worker);

/// <summary>A header of a build.</summary>
/// <param name="Path">The header's path.</param>
/// <param name="Bytes">Its length in bytes.</param>
/// <param name="Jobs">How many compiles had it among their inputs.</param>
/// <param name="Seconds">Its share of their compile times, by its share of each compile's input bytes.</param>
internal sealed record BuildHeader(string Path, long Bytes, int Jobs, double Seconds);

/// <summary>A reason why jobs of a build stayed on the agent's machine.</summary>
/// <param name="Reason">The reason, as a sentence without its full stop.</param>
/// <param name="Count">How many jobs had the reason.</param>
internal sealed record BuildReason(string Reason, int Count);
