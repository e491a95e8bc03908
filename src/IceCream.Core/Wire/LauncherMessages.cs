using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Wire;

/// <summary>The messages of the launcher protocol, between a launcher (or <c>icehost stats</c>) and its agent.</summary>
internal abstract record LauncherMessage
{
    private LauncherMessage()
    {
    }

    /// <summary>Launcher to agent: a command of a build. Standard input is not forwarded: the launcher itself runs a command that reads it.</summary>
    public sealed record Request : LauncherMessage
    {
        /// <summary>The command as typed, beginning with the program's name.</summary>
        public required ImmutableArray<string> CommandLine { get; init; }

        /// <summary>The absolute path of the program, to be resolved as it is spelt; the launcher executes it when the job is to run here.</summary>
        public required string Compiler { get; init; }

        /// <summary>The working directory, without symbolic links.</summary>
        public required string WorkingDirectory { get; init; }

        /// <summary>The variables that can change what a compiler does, as <c>NAME=value</c>.</summary>
        public ImmutableArray<string> Environment { get; init; } = [];

        /// <summary>The other variables, as <c>NAME=value</c>, or only the name where the value is not UTF-8. No compiler is known to read them, but wrappers may.</summary>
        public ImmutableArray<string> Withheld { get; init; } = [];

        /// <summary>The file mode creation mask.</summary>
        public int Umask { get; init; }

        /// <summary>Where the user wants the job to run.</summary>
        public JobMode Mode { get; init; }

        /// <summary>Whether standard error is a terminal: the compiler would then colour its diagnostics.</summary>
        public bool IsTerminal { get; init; }

        /// <summary>Which files the launcher sees: an agent that sees other files would compile those.</summary>
        public FileView View { get; init; } = FileView.Unknown;
    }

    /// <summary>Launcher to agent: a command in a version of the launcher protocol whose fields this program does not know.</summary>
    /// <param name="Version">The version.</param>
    public sealed record ForeignRequest(int Version) : LauncherMessage;

    /// <summary>Agent to launcher: execute the compiler yourself. The connection stays open, and holds the slot, until the compiler ends.</summary>
    /// <param name="Reason">The reason, for people.</param>
    public sealed record RunHere(string Reason) : LauncherMessage;

    /// <summary>Agent to launcher: the job is done and its outputs are in place.</summary>
    public sealed record Finished : LauncherMessage
    {
        /// <summary>The compiler's exit code.</summary>
        public required int ExitCode { get; init; }

        /// <summary>The signal that ended the compiler; 0 when it exited.</summary>
        public int Signal { get; init; }

        /// <summary>What the compiler wrote to its standard output.</summary>
        public ReadOnlyMemory<byte> StandardOutput { get; init; }

        /// <summary>What the compiler wrote to its standard error.</summary>
        public ReadOnlyMemory<byte> StandardError { get; init; }
    }

    /// <summary>Agent to launcher, repeatedly: the job is under way. A launcher that receives nothing for too long gives up on the agent.</summary>
    public sealed record Working : LauncherMessage;

    /// <summary>Agent to launcher: request refused. The launcher goes on as without an agent: it executes the compiler itself, without a slot, unless its mode forbids that.</summary>
    /// <param name="Text">The reason, for people.</param>
    public sealed record Refused(string Text) : LauncherMessage;

    /// <summary>Asks the agent for its statistics.</summary>
    public sealed record StatisticsRequest : LauncherMessage;

    /// <summary>The agent's statistics.</summary>
    public sealed record StatisticsReply(JobStatistics Statistics) : LauncherMessage;

    /// <summary>A daemon asks the agent to give up the socket.</summary>
    public sealed record YieldRequest : LauncherMessage;

    /// <summary>The agent no longer listens on the socket, and will finish the jobs under way. An agent that keeps the socket answers <see cref="Refused"/>.</summary>
    public sealed record Yielded : LauncherMessage;
}
