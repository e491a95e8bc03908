namespace IceCream.Diagnostics;

/// <summary>What cannot be done on a machine.</summary>
internal enum ObstacleKind
{
    /// <summary>The program that confines commands is not installed.</summary>
    SandboxMissing = 1,

    /// <summary>Commands cannot be confined, although the program for it is installed.</summary>
    SandboxRefused = 2,

    /// <summary>What compiles look for cannot be observed.</summary>
    NotObserved = 3,

    /// <summary>A compiler cannot run in a sandbox of its own machine.</summary>
    UnfitCompiler = 4,

    /// <summary>A file or folder cannot be read or written, or has changed.</summary>
    Files = 5,

    /// <summary>Nodes cannot find a scheduler by broadcast.</summary>
    NotDiscoverable = 6,

    /// <summary>A folder or socket cannot be at its usual place.</summary>
    UnusualPlace = 7,

    /// <summary>No events arrive from a scheduler.</summary>
    NoEvents = 8,
}

/// <summary>
/// What is wrong with a machine or a node, so that it cannot do something. Why a job stays on its own machine is a
/// <see cref="Jobs.LocalOnlyReason"/>.
/// </summary>
/// <param name="Kind">What cannot be done.</param>
/// <param name="Detail">Why, for people.</param>
internal sealed record Obstacle(ObstacleKind Kind, string Detail);
