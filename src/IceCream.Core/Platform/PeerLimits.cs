namespace IceCream.Platform;

/// <summary>
/// The limits of the process at the other end of a Unix socket, as <c>ulimit</c> sets them. A compiler in that process would be killed by them, or
/// fail for lack of a resource. GCC records values derived from the memory limit in assembler text.
/// </summary>
internal static class PeerLimits
{
    private const ulong Ample = 4UL << 30, AmpleStack = 1 << 20;

    /// <summary>Each limit with its <c>ulimit</c> flag, a value from which on no compile notices it, and the unit of the flag.</summary>
    private static readonly (string Flag, int Resource, ulong Enough, ulong Unit)[] Known =
    [
        ("-t", Linux.ProcessorLimit, ulong.MaxValue, 1), ("-f", Linux.FileSizeLimit, ulong.MaxValue, 1024), ("-d", Linux.DataLimit, Ample, 1024),
        ("-v", Linux.MemoryLimit, Ample, 1024), ("-s", Linux.StackLimit, AmpleStack, 1024),
    ];

    /// <summary>The first limit that a compile may notice, in the syntax of <c>ulimit</c>; null when there is none, or the process cannot be queried.</summary>
    public static string? Find(PeerCredentials peer)
    {
        foreach ((string flag, int resource, ulong enough, ulong unit) in Known)
        {
            if (peer.Process > 0 && Linux.LimitOf(peer.Process, resource) is { } limit && limit < enough)
            {
                return $"ulimit {flag} {limit / unit}";
            }
        }

        return null;
    }
}
