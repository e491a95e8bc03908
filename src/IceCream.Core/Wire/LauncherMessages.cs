using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Wire;

/// <summary>What is said on the launcher protocol, between a launcher (or <c>icehost stats</c>) and its agent.</summary>
internal abstract record LauncherMessage
{
    private LauncherMessage()
    {
    }

    /// <summary>Launcher to agent: a command of a build. Its standard input stays where it is: a command that reads it is run by the launcher.</summary>
    public sealed record Request : LauncherMessage
    {
        /// <summary>The command as typed, the program's name first.</summary>
        public required ImmutableArray<string> CommandLine { get; init; }

        /// <summary>The absolute path of the program, as it is to be walked; the launcher becomes it when the job is to run here.</summary>
        public required string Compiler { get; init; }

        /// <summary>The working directory, without symbolic links.</summary>
        public required string WorkingDirectory { get; init; }

        /// <summary>The variables that can change what a compiler does, as <c>NAME=value</c>.</summary>
        public ImmutableArray<string> Environment { get; init; } = [];

        /// <summary>The other variables, as <c>NAME=value</c>, or the name alone where the value is no UTF-8: no compiler is known to obey one, but wrappers may.</summary>
        public ImmutableArray<string> Withheld { get; init; } = [];

        /// <summary>The file mode creation mask.</summary>
        public int Umask { get; init; }

        /// <summary>The user's wish.</summary>
        public JobMode Mode { get; init; }

        /// <summary>Whether the standard error is a terminal: the compiler would colour what it says.</summary>
        public bool IsTerminal { get; init; }

        /// <summary>Which files the launcher sees: an agent that sees others would compile others.</summary>
        public FileView View { get; init; } = FileView.Unknown;
    }

    /// <summary>Launcher to agent: a command, in a version of the launcher protocol whose fields this one does not know.</summary>
    /// <param name="Version">The version.</param>
    public sealed record ForeignRequest(int Version) : LauncherMessage;

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

    /// <summary>A daemon to the agent: leave me the socket.</summary>
    public sealed record YieldRequest : LauncherMessage;

    /// <summary>From the agent: nobody listens there any more, and what is under way will be ended. An agent that stays answers <see cref="Refused"/>.</summary>
    public sealed record Yielded : LauncherMessage;
}
