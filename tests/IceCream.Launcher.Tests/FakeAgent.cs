using System.Net.Sockets;
using IceCream.Wire;

namespace IceCream.Launcher.Tests;

/// <summary>An agent that answers what a test says.</summary>
internal sealed class FakeAgent : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public FakeAgent(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(512);
    }

    /// <summary>The next launcher, and what it asks.</summary>
    public async Task<FakeAgentCall> AcceptAsync()
    {
        Socket socket = await _listener.AcceptAsync().WaitAsync(LauncherTest.Patience);
        var header = new byte[LauncherCodec.HeaderSize];
        await FakeAgentCall.ReadAsync(socket, header);
        var payload = new byte[LauncherCodec.ReadHeader(header)];
        await FakeAgentCall.ReadAsync(socket, payload);
        return new(socket, Assert.IsType<LauncherMessage.Request>(LauncherCodec.Decode(payload)));
    }

    /// <summary>A connection, of which nothing is read.</summary>
    public Task<Socket> AcceptSilentlyAsync() => _listener.AcceptAsync().WaitAsync(LauncherTest.Patience);

    /// <summary>Whether no launcher waits to be accepted.</summary>
    public bool IsUnasked => !_listener.Poll(0, SelectMode.SelectRead);

    public void Dispose() => _listener.Dispose();
}

/// <summary>A launcher that waits for its answer.</summary>
internal sealed record FakeAgentCall(Socket Socket, LauncherMessage.Request Request) : IDisposable
{
    public async Task AnswerAsync(LauncherMessage answer) => await SendAsync(LauncherCodec.Encode(answer));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await Socket.SendAsync(bytes).AsTask().WaitAsync(LauncherTest.Patience)..];
        }
    }

    /// <summary>Waits until nobody holds the other end any more.</summary>
    public async Task ClosedAsync() => Assert.Equal(0, await Socket.ReceiveAsync(new byte[1]).WaitAsync(LauncherTest.Patience));

    /// <summary>Whether somebody still holds the other end.</summary>
    public bool IsOpen => !Socket.Poll(0, SelectMode.SelectRead);

    public void Dispose() => Socket.Dispose();

    public static async Task ReadAsync(Socket socket, Memory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = await socket.ReceiveAsync(bytes).AsTask().WaitAsync(LauncherTest.Patience);
            bytes = count > 0 ? bytes[count..] : throw new EndOfStreamException();
        }
    }
}
