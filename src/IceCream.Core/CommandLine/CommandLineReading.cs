using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>The result of reading a command line: exactly one of the two is set.</summary>
/// <param name="Invocation">The compile, which may travel.</param>
/// <param name="LocalOnly">Why the command stays on its machine.</param>
internal sealed record CommandLineReading(CompilerInvocation? Invocation, LocalOnlyReason? LocalOnly)
{
    /// <summary>What the command is about, whether it may travel or not.</summary>
    public CommandSubject Subject { get; init; } = CommandSubject.Unknown;
}
