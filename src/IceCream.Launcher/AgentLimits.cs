using System.Globalization;

namespace IceCream.Launcher;

/// <summary>
/// The limits and the niceness of a build (<c>ulimit</c>, <c>nice</c>), which an agent that it starts must not have: it outlives the build, and serves others.
/// </summary>
internal static unsafe class AgentLimits
{
    private static readonly nuint Unlimited = nuint.MaxValue, Ample = unchecked((nuint)(4UL << 30));

    /// <summary>Each limit with its <c>ulimit</c> flag, and a value from which on no agent notices it.</summary>
    private static readonly (string Flag, int Resource, nuint Enough)[] Known =
        [("-t", Libc.ProcessorTime, Unlimited), ("-f", Libc.FileSize, Unlimited), ("-d", Libc.DataSize, Ample), ("-v", Libc.AddressSpace, Ample)];

    /// <summary>The first limit that no process of this user can lift again, for people; null when there is none.</summary>
    public static string? Lasting()
    {
        foreach ((string flag, int resource, nuint enough) in Known)
        {
            Libc.Limit limit;
            if (Libc.GetLimit(resource, &limit) == 0 && limit.Hard < enough)
            {
                return $"ulimit {flag} of this build would end it, or its files, and cannot be lifted";
            }
        }

        return null;
    }

    /// <summary>Starts a process while the limits are as high as they may be; afterwards they are those of the build again.</summary>
    public static int Lifted(Func<int> start)
    {
        var before = new Libc.Limit?[Known.Length];
        for (int i = 0; i < Known.Length; i++)
        {
            Libc.Limit limit;
            if (Libc.GetLimit(Known[i].Resource, &limit) == 0 && limit.Soft != limit.Hard)
            {
                before[i] = limit;
                limit.Soft = limit.Hard;
                _ = Libc.SetLimit(Known[i].Resource, &limit);
            }
        }

        int result = start();
        for (int i = 0; i < Known.Length; i++)
        {
            if (before[i] is { } limit)
            {
                _ = Libc.SetLimit(Known[i].Resource, &limit);
            }
        }

        return result;
    }

    /// <summary>Takes a build's niceness from a process, where that is allowed.</summary>
    /// <returns>The remark that it keeps it, for people; empty when it has none.</returns>
    public static string TakeNiceness(int process)
    {
        int niceness = Libc.GetPriority(Libc.OfProcess, (uint)process);
        return niceness <= 0 || Libc.SetPriority(Libc.OfProcess, (uint)process, 0) == 0 ? ""
            : string.Create(CultureInfo.InvariantCulture, $"; it keeps the niceness {niceness} of this build, which only root may lower");
    }
}
