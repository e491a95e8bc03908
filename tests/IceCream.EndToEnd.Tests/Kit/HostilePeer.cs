using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using MessagePack;

namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>Speaks the frames of docs/protocol.md by hand: it heeds no window, and never reads.</summary>
internal sealed class HostilePeer : IDisposable
{
    public const int ProtocolOfPeers = 4, ProtocolOfScheduler = 1;

    private const int Offer = 0, Content = 2, FromHere = 1, Seeded = 0, Window = 4 << 20, LongestContent = 20 << 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Socket _socket;

    private HostilePeer(Socket socket) => _socket = socket;

    /// <summary>How many bytes the node took.</summary>
    public long Sent { get; private set; }

    public static async Task<HostilePeer> ConnectAsync(EndPoint door)
    {
        var socket = new Socket(door.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(door);
        return new HostilePeer(socket);
    }

    /// <summary>A message as one frame of a channel.</summary>
    public static byte[] Frame(params object[] fields)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(bytes);
        writer.WriteArrayHeader(fields.Length);
        foreach (object field in fields)
        {
            switch (field)
            {
                case int number:
                    writer.Write(number);
                    break;
                case string text:
                    writer.Write(text);
                    break;
                case byte[] blob:
                    writer.Write(blob);
                    break;
            }
        }

        writer.Flush();
        return [.. LengthOf(bytes.WrittenCount), .. bytes.WrittenSpan];
    }

    /// <summary>What a frame begins with.</summary>
    public static byte[] LengthOf(int length)
    {
        byte[] header = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(header, length);
        return header;
    }

    /// <summary>Opens a channel.</summary>
    /// <returns>Whether the node still listens.</returns>
    public Task<bool> OpenAsync(int channel)
    {
        var payload = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(payload);
        writer.WriteArrayHeader(2);
        writer.Write("");
        writer.Write(Window);
        writer.Flush();
        return SendAsync(Offer, channel, FromHere, payload.WrittenMemory);
    }

    /// <summary>Says something on a channel of its own.</summary>
    public Task<bool> SayAsync(int channel, ReadOnlyMemory<byte> content) => SayAsync(channel, FromHere, content);

    /// <summary>Says something on the channel that is always there.</summary>
    public Task<bool> SayAsync(ReadOnlyMemory<byte> content) => SayAsync(0, Seeded, content);

    public void Dispose() => _socket.Dispose();

    private async Task<bool> SayAsync(int channel, int source, ReadOnlyMemory<byte> content)
    {
        for (; !content.IsEmpty; content = content[Math.Min(LongestContent, content.Length)..])
        {
            if (!await SendAsync(Content, channel, source, content[..Math.Min(LongestContent, content.Length)]))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> SendAsync(int code, int channel, int source, ReadOnlyMemory<byte> payload)
    {
        var bytes = new ArrayBufferWriter<byte>();
        Write(bytes);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            for (ReadOnlyMemory<byte> left = bytes.WrittenMemory; !left.IsEmpty;)
            {
                int sent = await _socket.SendAsync(left, SocketFlags.None, patience.Token);
                Sent += sent;
                left = left[sent..];
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // Closed, or not read any more: the node has drawn its line.
            return false;
        }

        void Write(ArrayBufferWriter<byte> output)
        {
            var writer = new MessagePackWriter(output);
            writer.WriteArrayHeader(4);
            writer.Write(code);
            writer.Write(channel);
            writer.Write(source);
            writer.Write(payload.Span);
            writer.Flush();
        }
    }
}
