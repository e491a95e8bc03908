using System.Collections.Immutable;

namespace IceCream.Sandboxing.Observation;

/// <summary>The kind of access with which a process looked up a path.</summary>
/// <remarks>The values are those of <c>record.h</c>.</remarks>
internal enum LookupKind : byte
{
    /// <summary>It was opened for reading.</summary>
    Open = (byte)'o',

    /// <summary>The folder was listed.</summary>
    List = (byte)'d',

    /// <summary>It was opened for writing, or created.</summary>
    Write = (byte)'w',

    /// <summary>Its status was queried, with links followed.</summary>
    Status = (byte)'s',

    /// <summary>Its own status was queried, even if it is a link.</summary>
    LinkStatus = (byte)'l',

    /// <summary>Its accessibility was queried.</summary>
    Access = (byte)'a',

    /// <summary>It was read as a link.</summary>
    ReadLink = (byte)'r',

    Execute = (byte)'x',

    /// <summary>It was removed, renamed, or given other permissions.</summary>
    Change = (byte)'m',

    /// <summary>An environment variable was queried: its name takes the place of the path.</summary>
    Variable = (byte)'e',
}

/// <summary>One path that a process of a command looked up, with one kind of access and one outcome.</summary>
/// <param name="Path">Absolute, as it was requested; null when its bytes are not valid UTF-8.</param>
/// <param name="Kind">The kind of access.</param>
/// <param name="Error">0, or the error number.</param>
/// <param name="IsBelow">
/// Whether the request was not observed in the program itself, so that it may have come from the C library or the loader for their own purposes.
/// </param>
internal readonly record struct Lookup(string? Path, LookupKind Kind, int Error, bool IsBelow = false);

/// <summary>All lookups of a command's processes.</summary>
/// <param name="Lookups">Each once, in no particular order.</param>
/// <param name="Gap">Why some may be missing; null when the record is complete.</param>
/// <param name="Trouble">A problem that is not the source's fault; null when none was observed.</param>
internal sealed record CommandLookups(ImmutableArray<Lookup> Lookups, string? Gap, string? Trouble)
{
    /// <summary>The processor time of all its processes.</summary>
    public TimeSpan Cpu { get; init; }

    /// <summary>The highest memory use of any one of its processes, in bytes.</summary>
    public long PeakMemory { get; init; }

    /// <summary>Whether a memory request of one of its programs failed, or a program was killed: compilers are killed for no other reason.</summary>
    public bool IsShortOfMemory { get; init; }
}
