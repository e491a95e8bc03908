using System.Collections.Immutable;

namespace IceCream.Sandboxing.Observation;

/// <summary>How a process looked for a path.</summary>
/// <remarks>The values are those of <c>record.h</c>.</remarks>
internal enum LookupKind : byte
{
    /// <summary>Opened for reading.</summary>
    Open = (byte)'o',

    /// <summary>The names in a folder read.</summary>
    List = (byte)'d',

    /// <summary>Opened for writing, or made.</summary>
    Write = (byte)'w',

    /// <summary>Asked for its status, links followed.</summary>
    Status = (byte)'s',

    /// <summary>Asked for its own status, even if it is a link.</summary>
    LinkStatus = (byte)'l',

    /// <summary>Asked whether it may be used.</summary>
    Access = (byte)'a',

    /// <summary>Read as a link.</summary>
    ReadLink = (byte)'r',

    /// <summary>Executed.</summary>
    Execute = (byte)'x',

    /// <summary>Removed, renamed, or given other permissions.</summary>
    Change = (byte)'m',

    /// <summary>A variable of the environment: its name stands for the path.</summary>
    Variable = (byte)'e',
}

/// <summary>One path that a process of a command looked for, in one way and with one outcome.</summary>
/// <param name="Path">Absolute, as it was asked for; null when its bytes are no UTF-8.</param>
/// <param name="Kind">How.</param>
/// <param name="Error">0, or the error number.</param>
/// <param name="IsBelow">Whether the program itself was not seen to ask, so that it may have been the C library or the loader for their own ends.</param>
internal readonly record struct Lookup(string? Path, LookupKind Kind, int Error, bool IsBelow = false);

/// <summary>All that the processes of a command looked for.</summary>
/// <param name="Lookups">Each once, in no order.</param>
/// <param name="Gap">Why some may be missing; null when none are.</param>
/// <param name="Trouble">What befell the command that is no fault of its source's; null when nothing was seen.</param>
internal sealed record CommandLookups(ImmutableArray<Lookup> Lookups, string? Gap, string? Trouble)
{
    /// <summary>Time on processors, of all its programs.</summary>
    public TimeSpan Cpu { get; init; }

    /// <summary>The most that one of its programs held in memory, in bytes.</summary>
    public long PeakMemory { get; init; }

    /// <summary>Whether a program of it asked for memory in vain, or was killed, which no compiler is for another reason.</summary>
    public bool IsShortOfMemory { get; init; }
}
