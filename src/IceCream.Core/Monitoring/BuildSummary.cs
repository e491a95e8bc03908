using System.Collections.Immutable;

namespace IceCream.Monitoring;

/// <summary>A build, as far as its jobs tell of it.</summary>
internal sealed record BuildSummary
{
    /// <summary>Its number: grows with time, also over restarts.</summary>
    public required long Id { get; init; }

    /// <summary>What it was called by who started it; empty when nobody has named it.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whose it is.</summary>
    public string User { get; init; } = "";

    /// <summary>The agent by which its jobs came.</summary>
    public string Agent { get; init; } = "";

    /// <summary>The tree in which all its commands were typed.</summary>
    public string Folder { get; init; } = "";

    /// <summary>When its first job came.</summary>
    public DateTimeOffset Began { get; init; }

    /// <summary>When its last job ended; of one under way, when anything was last heard of it.</summary>
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

    /// <summary>How long compilers ran for it, wherever, in seconds, one after the other.</summary>
    public double CompileSeconds { get; init; }

    /// <summary>How long processors worked for it on workers, in seconds.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>How many of its jobs were under way at a time, at most.</summary>
    public int MostAtOnce { get; init; }

    /// <summary>How many compiles its machine does at a time by itself; 0 when that is not known.</summary>
    public int LocalSlots { get; init; }

    /// <summary>The jobs that took longest, the longest first: at most <see cref="MostFiles"/>.</summary>
    public ImmutableArray<BuildFile> Slowest { get; init; } = [];

    /// <summary>Why jobs stayed at home, most frequent first: at most <see cref="MostReasons"/>.</summary>
    public ImmutableArray<BuildReason> Reasons { get; init; } = [];

    /// <summary>The headers that cost most so far as the agent saw what compiles read, the dearest first.</summary>
    public ImmutableArray<BuildHeader> Headers { get; init; } = [];

    /// <summary>Jobs by worker, by name.</summary>
    public ImmutableSortedDictionary<string, int> Workers { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>Seconds of all jobs together by step of their road, by the names of <see cref="IceCream.Jobs.JobStep"/> in lower case.</summary>
    public ImmutableSortedDictionary<string, double> Steps { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>How many files are told one by one.</summary>
    public const int MostFiles = 20;

    /// <summary>How many reasons are told.</summary>
    public const int MostReasons = 20;
}

/// <summary>A job of a build.</summary>
/// <param name="Subject">What it was about.</param>
/// <param name="Seconds">How long its compiler ran.</param>
/// <param name="Place">Where, by the name of the <see cref="IceCream.Jobs.JobPlace"/> in lower case.</param>
/// <param name="Worker">On which worker; empty when on none.</param>
internal sealed record BuildFile(string Subject, double Seconds, string Place, string Worker);

/// <summary>A header of a build.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Bytes">How long it is.</param>
/// <param name="Jobs">How many compiles were given it.</param>
/// <param name="Seconds">Its part of their compilers' time, by its part of the bytes that each was given.</param>
internal sealed record BuildHeader(string Path, long Bytes, int Jobs, double Seconds);

/// <summary>Why jobs of a build stayed at home.</summary>
/// <param name="Reason">The reason, as a sentence without its full stop.</param>
/// <param name="Count">How many.</param>
internal sealed record BuildReason(string Reason, int Count);
