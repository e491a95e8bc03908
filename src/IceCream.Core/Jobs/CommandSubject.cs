using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>What a command of a build is for, told from its words.</summary>
/// <remarks>Numbers are on the wire: append only, never reuse.</remarks>
internal enum CommandPurpose
{
    /// <summary>It makes an object, assembler text or a program of a source.</summary>
    Compile = 1,

    /// <summary>
    /// A configure script or a makefile asks something: what the compiler is called, whether it knows a flag, what it makes of nothing or of a few lines.
    /// </summary>
    Question = 2,

    /// <summary>It links, preprocesses, or checks a source.</summary>
    Other = 3,
}

/// <summary>What a command is about, told from its words alone: of commands too that no farm could do.</summary>
/// <param name="Sources">The sources, as typed.</param>
/// <param name="Product">What is to be written, as typed; null when the command does not say.</param>
/// <param name="Purpose">What it is for.</param>
internal sealed record CommandSubject(ImmutableArray<string> Sources, string? Product, CommandPurpose Purpose)
{
    /// <summary>Nothing is known of it.</summary>
    public static CommandSubject Unknown { get; } = new([], null, CommandPurpose.Other);
}
