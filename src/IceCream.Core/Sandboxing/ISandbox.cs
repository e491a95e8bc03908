using System.Collections.Immutable;
using IceCream.Sandboxing.Observation;

namespace IceCream.Sandboxing;

/// <summary>A folder of this machine that the sandbox shows somewhere.</summary>
/// <param name="Source">The folder here, absolute.</param>
/// <param name="Target">Where the sandbox shows it, absolute; it exists in the root.</param>
/// <param name="Writable">Whether it can be written.</param>
internal readonly record struct SandboxMount(string Source, string Target, bool Writable);

/// <summary>What a command may use. Null: no limit of its own.</summary>
internal sealed record SandboxLimits
{
    /// <summary>How long it may run: less than agents wait for an answer. Default: 25 minutes.</summary>
    public TimeSpan WallTime { get; init; } = TimeSpan.FromMinutes(25);

    /// <summary>The largest file that it may write, in bytes. Default: 4 GiB.</summary>
    public long? FileSize { get; init; } = 4L << 30;

    /// <summary>How many bytes the folders may hold that it can write in, looked at every other second. Default: 16 GiB.</summary>
    public long Disk { get; init; } = 16L << 30;

    /// <summary>How many processes and threads it may have at a time, where it is observed. Default: 1,024.</summary>
    public int Processes { get; init; } = 1024;

    /// <summary>How many files each of its processes may have open. Default: 4,096.</summary>
    public int Descriptors { get; init; } = 4096;

    /// <summary>How much address space each of its processes may have, in bytes. Default: no limit.</summary>
    public long? AddressSpace { get; init; }

    /// <summary>How many bytes of standard output and of standard error are kept, each; a command that writes more is ended. Default: 64 MiB.</summary>
    public int Text { get; init; } = 64 << 20;
}

/// <summary>A command and the world it sees.</summary>
internal sealed record SandboxCommand
{
    /// <summary>The one folder among those of the machine that holds files like any other: what the root and the mounts have there is shown.</summary>
    public const string SharedMemory = "/dev/shm";

    /// <summary>The folder that becomes <c>/</c>, read-only.</summary>
    public required string Root { get; init; }

    /// <summary>What is shown on top of the root, in order: later ones may lie within earlier ones.</summary>
    public ImmutableArray<SandboxMount> Mounts { get; init; } = [];

    /// <summary>The command as typed. Its first word is looked up through <c>PATH</c> of <see cref="Environment"/>, inside.</summary>
    public required ImmutableArray<string> CommandLine { get; init; }

    /// <summary>The working directory, inside.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The whole environment, as <c>NAME=value</c>.</summary>
    public ImmutableArray<string> Environment { get; init; } = [];

    /// <summary>How it is observed what the command looks for; null: not at all.</summary>
    public ObservationSettings? Observation { get; init; }

    /// <summary>The file mode creation mask.</summary>
    public int Umask { get; init; } = 0b000_010_010;

    /// <summary>Added to the niceness of this process, 0 to 19.</summary>
    public int Niceness { get; init; }

    /// <summary>What it may use.</summary>
    public SandboxLimits Limits { get; init; } = new();
}

/// <summary>How a sandboxed command ended.</summary>
internal sealed record SandboxOutcome
{
    /// <summary>The exit code; 128 + signal when a signal ended it.</summary>
    public required int ExitCode { get; init; }

    /// <summary>The signal that ended it, or 0.</summary>
    public int Signal { get; init; }

    /// <summary>What it wrote to its standard output.</summary>
    public ReadOnlyMemory<byte> StandardOutput { get; init; }

    /// <summary>What it wrote to its standard error.</summary>
    public ReadOnlyMemory<byte> StandardError { get; init; }

    /// <summary>What it looked for; null when it was not observed.</summary>
    public CommandLookups? Lookups { get; init; }

    /// <summary>The limit that ended it, for people; null when none did.</summary>
    public string? LimitReached { get; init; }
}

/// <summary>The sandbox itself could not be built: the command has not run.</summary>
internal sealed class SandboxException : Exception
{
    /// <summary>A failure with its reason, for people.</summary>
    public SandboxException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>Runs commands that see only what they are shown, and touch only what they may.</summary>
internal interface ISandbox
{
    /// <summary>Why commands cannot be confined on this machine, with what to do about it; null when they can.</summary>
    ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken = default);

    /// <summary>Runs a command to its end. When cancelled, it and all its children are gone before the call returns.</summary>
    /// <exception cref="SandboxException">The sandbox could not be built.</exception>
    ValueTask<SandboxOutcome> RunAsync(SandboxCommand command, CancellationToken cancellationToken = default);
}
