using System.Net.Sockets;
using System.Threading.Channels;
using IceCream.Platform;

namespace IceCream.Transport;

/// <summary>
/// Accepts on a thread of its own, and hands out a connection when its caller has sent something, as the accept filter <c>dataready</c> of FreeBSD does in the kernel.
/// Port scanners make thousands of connections that end without a word or stay silent. Here each costs a few system calls, and wakes no thread of the pool.
/// </summary>
internal sealed class FirstByteFilter : IDisposable
{
    /// <summary>How many connections are accepted before those that wait are looked at again.</summary>
    private const int Batch = 64;

    /// <summary>How many connections that have spoken may wait for whoever serves them.</summary>
    private const int MostReady = 64;

    /// <summary>How long the thread rests when the kernel has no descriptor.</summary>
    private static readonly TimeSpan DescriptorPause = TimeSpan.FromSeconds(1);

    /// <summary>How often deadlines are looked at, in milliseconds.</summary>
    private const int Tick = 1000;

    private readonly Socket _listener;
    private readonly ConnectionLimits _limits;
    private readonly Action _dropped;
    private readonly TimeProvider _time;
    private readonly Channel<Accepted> _ready = Channel.CreateBounded<Accepted>(MostReady);
    private readonly Queue<Accepted> _waiting = new();
    private readonly ManualResetEventSlim _closing = new();
    private readonly Thread _thread;
    private List<Silent> _silent = [];
    private LinuxPoll[] _polled = new LinuxPoll[16];
    private Task<bool>? _room;

    /// <param name="listener">Listens already. Nobody else accepts on it; it is disposed after the filter.</param>
    /// <param name="limits">How many may be silent, and for how long.</param>
    /// <param name="dropped">Called whenever the connection that has been silent longest was closed to make room.</param>
    /// <param name="time">Measures that.</param>
    public FirstByteFilter(Socket listener, ConnectionLimits limits, Action dropped, TimeProvider time)
    {
        (_listener, _limits, _dropped, _time) = (listener, limits, dropped, time);
        _thread = new Thread(Run) { IsBackground = true, Name = "accepting" };
        _thread.Start();
    }

    /// <summary>The next connection whose caller has sent something; null once the filter has been disposed.</summary>
    /// <exception cref="SocketException">What accepting failed with.</exception>
    public async ValueTask<Socket?> AcceptAsync(CancellationToken cancellationToken)
    {
        try
        {
            Accepted accepted = await _ready.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            return accepted.Socket ?? throw accepted.Failure!;
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        if (!_ready.Writer.TryComplete())
        {
            return;
        }

        _closing.Set();
        Linux.StopListening(_listener.SafeHandle);
        _thread.Join();
        while (_ready.Reader.TryRead(out Accepted accepted))
        {
            accepted.Socket?.Dispose();
        }

        _closing.Dispose();
    }

    private void Run()
    {
        while (!_closing.IsSet)
        {
            if (!HandOutWaiting())
            {
                AwaitRoom();
                continue;
            }

            bool isCalled = Wait();
            bool hasHungUp = TakeSpoken();
            if (isCalled && !_closing.IsSet)
            {
                hasHungUp |= AcceptSome();
            }

            if (hasHungUp)
            {
                _closing.Wait(_limits.Rest);
            }
        }

        _silent.ForEach(static silent => silent.Socket.Dispose());
        while (_waiting.TryDequeue(out Accepted accepted))
        {
            accepted.Socket?.Dispose();
        }
    }

    /// <summary>While too many are ready nobody is accepted, and the kernel's queue keeps the others. The silent ones are closed in time all the same.</summary>
    private void AwaitRoom()
    {
        if (_room is null or { IsCompleted: true })
        {
            _room = _ready.Writer.WaitToWriteAsync().AsTask();
        }

        _room.Wait(Tick);
        _silent.RemoveAll(silent =>
        {
            bool isLate = IsLate(silent) && Linux.HasInput(silent.Socket.SafeHandle) != true;
            if (isLate)
            {
                silent.Socket.Dispose();
            }

            return isLate;
        });
    }

    private bool IsLate(Silent silent) => _time.GetElapsedTime(silent.Since) > _limits.HandshakeTimeout;

    /// <summary>Waits until somebody calls, a silent caller says something or hangs up, or it is time to look at deadlines.</summary>
    /// <returns>Whether somebody calls.</returns>
    private bool Wait()
    {
        if (_polled.Length <= _silent.Count)
        {
            _polled = new LinuxPoll[2 * (_silent.Count + 1)];
        }

        for (int i = 0; i < _silent.Count; i++)
        {
            _polled[i] = LinuxPoll.ForReading(_silent[i].Socket.SafeHandle);
        }

        _polled[_silent.Count] = LinuxPoll.ForReading(_listener.SafeHandle);
        Linux.Poll(_polled.AsSpan(0, _silent.Count + 1), _silent.Count == 0 ? Timeout.Infinite : Tick);
        return _polled[_silent.Count].IsReady;
    }

    /// <summary>Hands out the silent ones that have spoken since, and closes those that hung up or were silent for too long.</summary>
    /// <returns>Whether one hung up.</returns>
    private bool TakeSpoken()
    {
        bool hasHungUp = false;
        var still = new List<Silent>(_silent.Count);
        for (int i = 0; i < _silent.Count; i++)
        {
            Silent silent = _silent[i];
            if (_polled[i].IsReady && Linux.HasInput(silent.Socket.SafeHandle) is { } hasInput)
            {
                hasHungUp |= !TryHandOut(silent.Socket, hasInput);
            }
            else if (IsLate(silent))
            {
                silent.Socket.Dispose();
            }
            else
            {
                still.Add(silent);
            }
        }

        _silent = still;
        return hasHungUp;
    }

    /// <summary>Accepts those who call.</summary>
    /// <returns>Whether one of them had hung up already.</returns>
    private bool AcceptSome()
    {
        bool hasHungUp = false;
        for (int count = 0; count < Batch && _waiting.Count == 0 && IsCalled(); count++)
        {
            Socket accepted;
            try
            {
                accepted = _listener.Accept();
            }
            catch (SocketException e)
            {
                HandOut(new Accepted(null, e));
                if (e.SocketErrorCode == SocketError.TooManyOpenSockets)
                {
                    CloseOldest();
                    _closing.Wait(DescriptorPause);
                }

                break;
            }

            if (Linux.HasInput(accepted.SafeHandle) is { } hasInput)
            {
                hasHungUp |= !TryHandOut(accepted, hasInput);
                continue;
            }

            _silent.Add(new Silent(accepted, _time.GetTimestamp(), AddressOf(accepted)));
            if (_silent.Count > _limits.Handshakes)
            {
                CloseOldest();
                _dropped();
            }
        }

        return hasHungUp;
    }

    private static string AddressOf(Socket socket)
    {
        try
        {
            return ConnectionLimits.AddressOf(socket.RemoteEndPoint);
        }
        catch (SocketException)
        {
            // The caller has gone.
            return "";
        }
    }

    private bool IsCalled()
    {
        LinuxPoll listener = LinuxPoll.ForReading(_listener.SafeHandle);
        Linux.Poll(new Span<LinuxPoll>(ref listener), 0);
        return listener.IsReady;
    }

    /// <summary>The one that has been silent longest is the least likely to be a node, which speaks at once; and less likely still where many come from its address.</summary>
    private void CloseOldest()
    {
        if (_silent.Count > 0)
        {
            Silent oldest = ConnectionLimits.WhoMakesRoom(_silent, static silent => silent.From);
            oldest.Socket.Dispose();
            _silent.Remove(oldest);
        }
    }

    /// <returns>False when the caller has hung up without a word.</returns>
    private bool TryHandOut(Socket socket, bool hasInput)
    {
        if (hasInput)
        {
            HandOut(new Accepted(socket, null));
        }
        else
        {
            socket.Dispose();
        }

        return hasInput;
    }

    /// <summary>Hands it out, or keeps it while too many are ready: this thread waits for nobody who is served, since others have deadlines.</summary>
    private void HandOut(Accepted accepted)
    {
        _waiting.Enqueue(accepted);
        HandOutWaiting();
    }

    /// <returns>Whether nobody waits any more.</returns>
    private bool HandOutWaiting()
    {
        while (_waiting.TryPeek(out Accepted next) && _ready.Writer.TryWrite(next))
        {
            _waiting.Dequeue();
        }

        return _waiting.Count == 0;
    }

    private readonly record struct Accepted(Socket? Socket, SocketException? Failure);

    private readonly record struct Silent(Socket Socket, long Since, string From);
}
