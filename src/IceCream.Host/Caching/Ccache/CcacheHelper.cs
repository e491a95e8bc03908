using System.Collections.Concurrent;
using System.Net.Sockets;
using IceCream.Nodes;
using IceCream.Platform;

namespace IceCream.Host.Caching.Ccache;

/// <summary>
/// A storage helper for ccache (4.13 and later): serves a Unix socket that only its user can reach, until ccache stops it or it has been idle for too long.
/// </summary>
internal sealed class CcacheHelper : IAsyncDisposable
{
    private const uint Private = 0b110_000_000;

    private readonly string _path;
    private readonly CcacheStorage _storage;
    private readonly string _identity;
    private readonly Socket _listener;
    private readonly IdleWatch _idle;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<Task, bool> _sessions = new();

    /// <summary>Starts to listen.</summary>
    /// <param name="path">The socket's path.</param>
    /// <param name="storage">The storage; the helper disposes of it.</param>
    /// <param name="idle">The idle timeout; null for none.</param>
    /// <param name="identity">The helper's name and version for ccache's messages.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">It cannot listen; the message says why.</exception>
    public CcacheHelper(string path, CcacheStorage storage, TimeSpan? idle, string identity, TimeProvider time)
    {
        (_path, _storage, _identity) = (path, storage, identity);
        _listener = Listen(path);
        _idle = new IdleWatch(idle, time);
    }

    /// <summary>Serves until its end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task accepting = AcceptAsync(ending.Token);
        await Task.WhenAny(_stopped.Task, _idle.Idle, accepting);
        await ending.CancelAsync();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_sessions.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        File.Delete(_path);
        _listener.Dispose();
        _idle.Dispose();
        _storage.Dispose();
        return default;
    }

    /// <summary>Listens on a path. A socket that a killed helper left behind is replaced; one that a live helper serves is an error, and so is a file that is no socket.</summary>
    private static Socket Listen(string path)
    {
        var endpoint = new UnixDomainSocketEndPoint(path);
        for (bool isSecond = false; ; isSecond = true)
        {
            var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                listener.Bind(endpoint);
                Linux.SetPermissions(path, Private);
                listener.Listen();
                return listener;
            }
            catch (SocketException e)
            {
                listener.Dispose();
                if (isSecond || e.SocketErrorCode != SocketError.AddressAlreadyInUse || Answers(endpoint) || (Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && !status.IsSocket))
                {
                    throw new IOException($"'{path}' cannot be listened at: {e.Message}. CRSH_IPC_ENDPOINT names the socket.", e);
                }

                File.Delete(path);
            }
        }
    }

    private static bool Answers(UnixDomainSocketEndPoint endpoint)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(endpoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket accepted = await _listener.AcceptAsync(cancellationToken);
            Task session = ServeAsync(accepted, cancellationToken);
            _sessions.TryAdd(session, true);
            _ = session.ContinueWith(ended => _sessions.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(Socket accepted, CancellationToken cancellationToken)
    {
        using IDisposable use = _idle.Use();
        await using var stream = new NetworkStream(accepted, ownsSocket: true);
        await new CcacheSession(stream, _storage, _identity, () => _stopped.TrySetResult()).RunAsync(cancellationToken);
    }
}
