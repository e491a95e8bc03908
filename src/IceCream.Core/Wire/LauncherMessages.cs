using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Wire;

/// <summary>What is said on arrow 1, between a launcher (or <c>icehost stats</c>) and its agent.</summary>
internal abstract record LauncherMessage
{
    private LauncherMessage()
    {
    }

    /// <summary>Launcher to agent: a command of a build. Its standard input stays where it is: a command that reads it is run by the launcher.</summary>
    public sealed record Request : LauncherMessage
    {
        /// <summary>The version of arrow 1 that the launcher speaks.</summary>
        public int Version { get; init; } = LauncherCodec.Version;

        /// <summary>The command as typed, the program's name first.</summary>
        public required ImmutableArray<string> CommandLine { get; init; }

        /// <summary>The absolute path of the program; the launcher becomes it when the job is to run here.</summary>
        public required string Compiler { get; init; }

        /// <summary>The working directory, without symbolic links.</summary>
        public required string WorkingDirectory { get; init; }

        /// <summary>The variables that can change what a compiler does, as <c>NAME=value</c>.</summary>
        public ImmutableArray<string> Environment { get; init; } = [];

        /// <summary>The file mode creation mask.</summary>
        public int Umask { get; init; }

        /// <summary>The user's wish.</summary>
        public JobMode Mode { get; init; }

        /// <summary>Whether the standard error is a terminal: the compiler would colour what it says.</summary>
        public bool IsTerminal { get; init; }
    }

    /// <summary>Agent to launcher: become the compiler. The connection stays open and holds the slot until the compiler ends.</summary>
    /// <param name="Reason">Why, for people.</param>
    public sealed record RunHere(string Reason) : LauncherMessage;

    /// <summary>Agent to launcher: it is done, and the outputs are in place.</summary>
    public sealed record Finished : LauncherMessage
    {
        /// <summary>The compiler's exit code.</summary>
        public required int ExitCode { get; init; }

        /// <summary>The signal that ended it; 0 when it exited.</summary>
        public int Signal { get; init; }

        /// <summary>What it wrote to its standard output.</summary>
        public ReadOnlyMemory<byte> StandardOutput { get; init; }

        /// <summary>What it wrote to its standard error.</summary>
        public ReadOnlyMemory<byte> StandardError { get; init; }
    }

    /// <summary>Agent to launcher, again and again: the job is under way. A launcher that hears nothing for long gives the agent up.</summary>
    public sealed record Working : LauncherMessage;

    /// <summary>Agent to launcher: it will not talk. The launcher becomes the compiler, without a slot.</summary>
    /// <param name="Text">Why, for people.</param>
    public sealed record Refused(string Text) : LauncherMessage;

    /// <summary>To the agent: what have you done?</summary>
    public sealed record StatisticsRequest : LauncherMessage;

    /// <summary>From the agent: this.</summary>
    public sealed record StatisticsReply(JobStatistics Statistics) : LauncherMessage;
}
