using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Transport;
using Microsoft.Extensions.Logging;

namespace IceCream.Interop.Icecream;

/// <summary>
/// The classic monitors that look at a farm: icemon and icecream-sundae. They see and change nothing, no part of the farm waits for them, and where none is
/// they cost nothing.
/// </summary>
/// <param name="nodes">The nodes as they are.</param>
/// <param name="jobs">What happens to jobs.</param>
/// <param name="time">The time.</param>
/// <param name="logger">Where it is told who comes and goes.</param>
internal sealed class ClassicMonitors(Func<ImmutableArray<NodeInfo>> nodes, JobEventStream jobs, TimeProvider time, ILogger logger)
{
    /// <summary>How many there may be: more are turned away.</summary>
    public const int Most = 16;

    private int _count;

    /// <summary>Serves a connection that began as a classic one does.</summary>
    /// <param name="connection">The connection, with its first bytes still to be read.</param>
    /// <param name="handshake">Completed when it is welcome.</param>
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
