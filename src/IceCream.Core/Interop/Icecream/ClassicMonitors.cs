using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Transport;
using Microsoft.Extensions.Logging;

namespace IceCream.Interop.Icecream;

/// <summary>
/// Serves the classic monitors icemon and icecream-sundae. They see the farm and change nothing, no part of the farm waits for them, and they cost
/// nothing when there are none.
/// </summary>
/// <param name="nodes">Returns the current nodes.</param>
/// <param name="jobs">The stream of job events.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs connects and disconnects.</param>
internal sealed class ClassicMonitors(Func<ImmutableArray<NodeInfo>> nodes, JobEventStream jobs, TimeProvider time, ILogger logger)
{
    /// <summary>How many monitors may be connected; further ones are refused.</summary>
    public const int Most = 16;

    private int _count;

    /// <summary>Serves a connection that began as a classic connection does.</summary>
    /// <param name="connection">The connection, with its first bytes still to be read.</param>
    /// <param name="handshake">Completed when the monitor is admitted.</param>
    public async Task ServeAsync(ITransportConnection connection, Handshake handshake)
    {
        bool isCounted = false;
        try
        {
            await new MonitorSession(connection, nodes, jobs, time, logger).RunAsync(Welcome, handshake.Token).ConfigureAwait(false);
        }
        finally
        {
            if (isCounted)
            {
                Interlocked.Decrement(ref _count);
            }
        }

        bool Welcome()
        {
            if (Interlocked.Increment(ref _count) > Most)
            {
                Interlocked.Decrement(ref _count);
                return false;
            }

            isCounted = true;
            handshake.Complete();
            return true;
        }
    }
}
