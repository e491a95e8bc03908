using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>The purpose of a build command, derived from its arguments.</summary>
/// <remarks>Numbers are on the wire: append only, never reuse.</remarks>
internal enum CommandPurpose
{
    /// <summary>The command makes an object, assembler text or a program from a source.</summary>
    Compile = 1,

    /// <summary>A configure script or a makefile probes the compiler: its name, its support for a flag, its result for an empty source or for a few lines.</summary>
    Question = 2,

    /// <summary>The command links, preprocesses, or checks a source.</summary>
    Other = 3,
}

/// <summary>The subject of a command, derived from its arguments alone. Commands that no farm could run have one too.</summary>
/// <param name="Sources">The sources, as typed.</param>
/// <param name="Product">The file that is to be written, as typed; null when the command does not name it.</param>
/// <param name="Purpose">The purpose of the command.</param>
internal sealed record CommandSubject(ImmutableArray<string> Sources, string? Product, CommandPurpose Purpose)
{
    /// <summary>The subject of a command of which nothing is known.</summary>
    public static CommandSubject Unknown { get; } = new([], null, CommandPurpose.Other);
}
