using System.Text;
using IceCream.Wire;

namespace IceCream.Launcher;

/// <summary>The launcher's side of the launcher protocol: one request and one answer, with blocking calls.</summary>
/// <param name="descriptor">The connected socket.</param>
internal sealed unsafe class AgentConnection(int descriptor)
{
    private const int FirstFreeDescriptor = 3;
    private const int PatienceSeconds = 20;

    /// <summary>An agent sends a keepalive every 15 seconds; after this much silence it counts as stopped.</summary>
    private const int SilenceSeconds = 60;

    /// <summary>After each such period of silence the launcher checks whether a signal has stopped the agent: a stopped agent is silent until SIGCONT.</summary>
    private const int LookSeconds = 5;

    private const int StatSize = 512;

    private const string Stopped = "the agent is stopped by a signal";

    /// <summary>The socket. While it is open, the agent counts the job as under way.</summary>
    public int Descriptor => descriptor;

    /// <summary>Connects to an agent. An agent that listens but accepts no connection within 20 seconds counts as broken.</summary>
    /// <param name="path">The agent's socket.</param>
    /// <param name="error">The errno if there is no connection; else 0.</param>
    /// <returns>Null if there is no connection.</returns>
    public static AgentConnection? Open(string path, out int error)
    {
        var address = new Libc.UnixAddress { Family = Libc.UnixFamily };
        if (!Encoding.UTF8.TryGetBytes(path, new Span<byte>(address.Path, Libc.UnixAddress.PathSize - 1), out _))
        {
            error = Libc.ENAMETOOLONG;
            return null;
        }

        int socket = Libc.Socket(Libc.UnixFamily, Libc.Stream | Libc.CloseOnExec, 0);
        if (socket is >= 0 and < FirstFreeDescriptor)
        {
            // The launcher was started without a standard descriptor: the compiler must not mistake the socket for it.
            int low = socket;
            socket = Libc.Control(low, Libc.DuplicateCloseOnExec, FirstFreeDescriptor);
            error = Libc.Error;
            _ = Libc.Close(low);
        }
        else
        {
            error = Libc.Error;
        }

        if (socket < 0)
        {
            return null;
        }

        var patience = new Libc.Duration { Seconds = PatienceSeconds };
        _ = Libc.SetOption(socket, Libc.SocketLevel, Libc.SendTimeout, &patience, (uint)sizeof(Libc.Duration));
        var silence = new Libc.Duration { Seconds = LookSeconds };
        _ = Libc.SetOption(socket, Libc.SocketLevel, Libc.ReceiveTimeout, &silence, (uint)sizeof(Libc.Duration));
        do
        {
            if (Libc.Connect(socket, &address, (uint)sizeof(Libc.UnixAddress)) == 0)
            {
                error = 0;
                return new(socket);
            }

            // With a limit on its time, the call is not repeated by the kernel when the terminal has stopped this process and continued it.
            error = Libc.Error;
        }
        while (error == Libc.EINTR);

        _ = Libc.Close(socket);
        return null;
    }

    /// <summary>Sends a frame and waits for the answer as long as the compile takes.</summary>
    /// <param name="frame">The request.</param>
    /// <param name="fault">What is wrong with the agent if there is no answer.</param>
    /// <returns>Null if the agent is broken.</returns>
    public LauncherMessage? Ask(ReadOnlySpan<byte> frame, out string fault)
    {
        // Checked first: otherwise every compile of a build would find out only by waiting.
        fault = Stopped;
        if (IsStopped())
        {
            return null;
        }

        fault = "";
        try
        {
            // A send may fail: an agent that refuses a frame for its length answers before it has read it all.
            _ = Send(frame);
            var header = new byte[LauncherCodec.HeaderSize];
            while (true)
            {
                if (!Receive(header))
                {
                    fault = Libc.Error != Libc.EAGAIN ? "the agent closed the connection without an answer"
                        : IsStopped() ? Stopped : $"the agent has said nothing for {SilenceSeconds} s";
                    return null;
                }

                var payload = new byte[LauncherCodec.ReadHeader(header)];
                if (!Receive(payload))
                {
                    fault = "the agent closed the connection in the middle of its answer";
                    return null;
                }

                if (LauncherCodec.Decode(payload) is not LauncherMessage.Working and var answer)
                {
                    return answer;
                }
            }
        }
        catch (WireFormatException e)
        {
            // An agent whose answer cannot be decoded counts as none; the caller reports the fault and goes on without an agent.
            fault = $"the agent's answer makes no sense: {e.Message}";
            return null;
        }
    }

    public void Close() => _ = Libc.Close(descriptor);

    private bool Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (nint sent = 0; sent < bytes.Length;)
            {
                nint count = Libc.Send(descriptor, start + sent, (nuint)(bytes.Length - sent), Libc.NoSignal);
                if (count < 0 && Libc.Error != Libc.EINTR)
                {
                    return false;
                }

                sent += Math.Max(count, 0);
            }
        }

        return true;
    }

    private bool Receive(Span<byte> bytes)
    {
        int silent = 0;
        fixed (byte* start = bytes)
        {
            for (nint received = 0; received < bytes.Length;)
            {
                nint count = Libc.Read(descriptor, start + received, (nuint)(bytes.Length - received));
                if (count == 0 || (count < 0 && Libc.Error != Libc.EINTR && !MayWaitOn(ref silent)))
                {
                    return false;
                }

                received += Math.Max(count, 0);
            }
        }

        return true;
    }

    /// <summary>Whether to repeat a read that timed out: the agent's process is not stopped, and its silence is below the limit.</summary>
    private bool MayWaitOn(ref int silent)
    {
        if (Libc.Error != Libc.EAGAIN)
        {
            return false;
        }

        silent += LookSeconds;
        if (silent < SilenceSeconds && !IsStopped())
        {
            return true;
        }

        Libc.Error = Libc.EAGAIN;
        return false;
    }

    /// <summary>Whether a signal has stopped the agent's process. False for an agent in another PID namespace, whose state cannot be read.</summary>
    private bool IsStopped()
    {
        // struct ucred: pid, uid, gid. The pid is that of the process that listens.
        int* agent = stackalloc int[3];
        uint length = 3 * sizeof(int);
        if (Libc.GetOption(descriptor, Libc.SocketLevel, Libc.PeerCredentials, agent, &length) != 0 || agent[0] <= 0)
        {
            return false;
        }

        int file = Libc.Open($"/proc/{agent[0]}/stat", Libc.ReadOnly | Libc.CloseOnExec, 0);
        if (file < 0)
        {
            return false;
        }

        byte* text = stackalloc byte[StatSize];
        nint read = Libc.Read(file, text, StatSize);
        _ = Libc.Close(file);

        // The state is the letter after the program's name, which stands in parentheses.
        ReadOnlySpan<byte> told = new(text, (int)Math.Max(read, 0));
        return told[(told.LastIndexOf((byte)')') + 1)..].StartsWith(" T"u8);
    }
}
