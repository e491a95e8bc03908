using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Platform;

/// <summary>
/// The process at the other end of a Unix socket, held by a descriptor: it is the same process when it has become another program, and no other one when its
/// number has been given away.
/// </summary>
internal sealed class PeerProcess : IDisposable
{
    private const int SocketLevel = 1, PeerDescriptor = 77;
    private const int LongestPause = 100;

    /// <summary>Parents take their children in at once, unless they are busy.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SafeFileHandle _descriptor;

    private PeerProcess(SafeFileHandle descriptor) => _descriptor = descriptor;

    /// <summary>The process that connected; null where the kernel does not give it, or cannot tell how it will have ended, and when it is this one.</summary>
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
            // Before Linux 6.5, or it is gone already.
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

    /// <summary>How it ended, as <c>wait</c> tells it: asked for until its parent has taken it in, but not for long.</summary>
    /// <param name="time">Measures the patience.</param>
    /// <param name="cancellationToken">Ends the wait; what is not known by then stays unknown.</param>
    /// <returns>Null when the kernel does not say.</returns>
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
