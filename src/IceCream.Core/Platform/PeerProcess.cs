using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Platform;

/// <summary>
/// The process at the other end of a Unix socket, held by a pidfd. The pidfd still denotes the process after an exec, and never another process that
/// reuses its number.
/// </summary>
internal sealed class PeerProcess : IDisposable
{
    private const int SocketLevel = 1, PeerDescriptor = 77;
    private const int LongestPause = 100;

    /// <summary>Parents reap their children at once, unless they are busy.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SafeFileHandle _descriptor;

    private PeerProcess(SafeFileHandle descriptor) => _descriptor = descriptor;

    /// <summary>The process that connected. Null where the kernel does not provide it or cannot report its exit status, and when it is this process.</summary>
    public static PeerProcess? Of(Stream stream)
    {
        if (stream is not NetworkStream { Socket: { AddressFamily: AddressFamily.Unix } socket })
        {
            return null;
        }

        byte[] answer = new byte[sizeof(int)];
        try
        {
            socket.GetRawSocketOption(SocketLevel, PeerDescriptor, answer);
        }
        catch (SocketException)
        {
            // The kernel is older than Linux 6.5, or the peer has left.
            return null;
        }

        var descriptor = new SafeFileHandle(BinaryPrimitives.ReadInt32LittleEndian(answer), ownsHandle: true);
        if (Linux.TryAskProcess(descriptor, out int number, out _) && number != Environment.ProcessId)
        {
            return new PeerProcess(descriptor);
        }

        descriptor.Dispose();
        return null;
    }

    /// <summary>The wait status of the process: polled until its parent has reaped it, for a limited time.</summary>
    /// <param name="time">Measures the limit.</param>
    /// <param name="cancellationToken">Ends the wait; a status that is not known by then stays unknown.</param>
    /// <returns>Null when the kernel does not report it.</returns>
    public async ValueTask<int?> EndAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        for (int pause = 1; ; pause = Math.Min(2 * pause, LongestPause))
        {
            if (!Linux.TryAskProcess(_descriptor, out _, out int? status) || status is not null || time.GetElapsedTime(since) > Patience
                || cancellationToken.IsCancellationRequested)
            {
                return status;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(pause), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => _descriptor.Dispose();
}
