using System.Collections.Immutable;
using IceCream.Diagnostics;
using IceCream.Sandboxing.Observation;

namespace IceCream.Sandboxing;

/// <summary>A folder of this machine that is mounted in the sandbox.</summary>
/// <param name="Source">The folder on this machine, absolute.</param>
/// <param name="Target">The mount point in the sandbox, absolute; it exists in the root.</param>
/// <param name="Writable">Whether it is writable.</param>
internal readonly record struct SandboxMount(string Source, string Target, bool Writable);

/// <summary>The limits of a command. Null: no limit.</summary>
internal sealed record SandboxLimits
{
    /// <summary>The wall time limit: shorter than the time that agents wait for an answer. Default: 25 minutes.</summary>
    public TimeSpan WallTime { get; init; } = TimeSpan.FromMinutes(25);

    /// <summary>The largest file that it may write, in bytes. Default: 4 GiB.</summary>
    public long? FileSize { get; init; } = 4L << 30;

    /// <summary>The most bytes in its writable folders together, checked every other second. Default: 16 GiB.</summary>
    public long Disk { get; init; } = 16L << 30;

    /// <summary>The most processes and threads at a time, if the command is observed. Default: 1,024.</summary>
    public int Processes { get; init; } = 1024;

    /// <summary>The most open files of each process. Default: 4,096.</summary>
    public int Descriptors { get; init; } = 4096;

    /// <summary>The most address space of each process, in bytes. Default: no limit.</summary>
    public long? AddressSpace { get; init; }

    /// <summary>The most bytes of standard output and of standard error that are kept, each; a command that writes more is killed. Default: 64 MiB.</summary>
    public int Text { get; init; } = 64 << 20;
}

/// <summary>A command and its environment in the sandbox.</summary>
internal sealed record SandboxCommand
{
    /// <summary>The one folder below <c>/dev</c> that may contain ordinary files: what the root and the mounts have there is mounted.</summary>
    public const string SharedMemory = "/dev/shm";

    /// <summary>The folder that becomes <c>/</c>, read-only.</summary>
    public required string Root { get; init; }

    /// <summary>The mounts on top of the root, in order: later ones may be inside earlier ones.</summary>
    public ImmutableArray<SandboxMount> Mounts { get; init; } = [];

    /// <summary>The command as typed. Its first word is looked up through <c>PATH</c> of <see cref="Environment"/>, inside.</summary>
    public required ImmutableArray<string> CommandLine { get; init; }

    /// <summary>The working directory, inside.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The whole environment, as <c>NAME=value</c>.</summary>
    public ImmutableArray<string> Environment { get; init; } = [];

    /// <summary>How the lookups of the command are observed; null: not at all.</summary>
    public ObservationSettings? Observation { get; init; }

    /// <summary>The file mode creation mask.</summary>
    public int Umask { get; init; } = 0b000_010_010;

    /// <summary>The increment to this process's niceness, 0 to 19.</summary>
    public int Niceness { get; init; }

    public SandboxLimits Limits { get; init; } = new();
}

/// <summary>How a sandboxed command ended.</summary>
internal sealed record SandboxOutcome
{
    /// <summary>The exit code; 128 + signal when a signal ended it.</summary>
    public required int ExitCode { get; init; }

    /// <summary>The signal that ended it, or 0.</summary>
    public int Signal { get; init; }

    public ReadOnlyMemory<byte> StandardOutput { get; init; }

    public ReadOnlyMemory<byte> StandardError { get; init; }

    /// <summary>Its lookups; null when it was not observed.</summary>
    public CommandLookups? Lookups { get; init; }

    /// <summary>The limit that ended it, for people; null when none did.</summary>
    public string? LimitReached { get; init; }
}

/// <summary>The sandbox could not be built: the command was not run.</summary>
internal sealed class SandboxException : Exception
{
    /// <summary>A failure with its reason, for people.</summary>
    public SandboxException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>Runs commands that see only what is mounted for them, and write only where they may.</summary>
internal interface ISandbox
{
    /// <summary>Why commands cannot be confined on this machine, with advice; null when they can.</summary>
    ValueTask<Obstacle?> FindObstacleAsync(CancellationToken cancellationToken = default);

    /// <summary>Runs a command to its end. After cancellation, it and all its children have ended before the call returns.</summary>
    /// <exception cref="SandboxException">The sandbox could not be built.</exception>
    ValueTask<SandboxOutcome> RunAsync(SandboxCommand command, CancellationToken cancellationToken = default);
}
