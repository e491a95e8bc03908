namespace IceCream.Jobs;

/// <summary>The compiler of a job as whoever does the job needs it. A job carries it as it is: neither a copy nor what hangs on it grows with the jobs.</summary>
internal interface IJobToolchain
{
    /// <summary>The name of the tree.</summary>
    Digest Digest { get; }

    /// <summary>The tree.</summary>
    FileTree Tree { get; }

    /// <summary>The tree as it travels; empty on a worker, in whose store it lies.</summary>
    ReadOnlyMemory<byte> Encoded { get; }
}
