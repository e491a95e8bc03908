using System.Text;

namespace IceCream.Host.Caching.Ccache;

/// <summary>
/// Serves one ccache process on the helper's socket with version 1 of ccache's protocol: a greeting, then one request and response at a time. Lengths are 1 byte, or 8 bytes in
/// host byte order. An unknown request ends the session.
/// </summary>
/// <param name="stream">The connection.</param>
/// <param name="storage">The storage.</param>
/// <param name="identity">The helper's name and version for ccache's messages.</param>
/// <param name="stop">Ends the helper.</param>
internal sealed class CcacheSession(Stream stream, CcacheStorage storage, string identity, Action stop)
{
    private const byte Version = 1, Values = 0, Information = 1;
    private const byte Get = 0, Put = 1, Remove = 2, Stop = 3, Info = 4;
    private const byte Overwrite = 1;

    /// <summary>Serves requests until the client disconnects.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(new byte[] { Version, 2, Values, Information }, cancellationToken);
            while (await ReadByteAsync(cancellationToken) is { } question && await AnswerAsync(question, cancellationToken))
            {
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client disconnected in the middle of a message, or the helper ends.
        }
    }

    /// <returns>Whether the session goes on.</returns>
    private async ValueTask<bool> AnswerAsync(byte question, CancellationToken cancellationToken)
    {
        switch (question)
        {
            case Get:
                return await SayAsync(await storage.GetAsync(await ReadKeyAsync(cancellationToken), cancellationToken), cancellationToken);
            case Put:
                byte[] key = await ReadKeyAsync(cancellationToken);
                bool overwrites = (await ReadAsync(1, cancellationToken))[0] is var flags && (flags & Overwrite) != 0;
                ulong length = BitConverter.ToUInt64(await ReadAsync(sizeof(ulong), cancellationToken));
                if (length > CcacheStorage.MostBytes)
                {
                    await SayAsync(new CcacheOutcome(CcacheOutcome.Status.Failed, Reason: $"a value of {length} bytes, where {CcacheStorage.MostBytes} are allowed"), cancellationToken);
                    return false;
                }

                return await SayAsync(await storage.PutAsync(key, await ReadAsync((int)length, cancellationToken), overwrites, cancellationToken), cancellationToken);
            case Remove:
                return await SayAsync(await storage.RemoveAsync(await ReadKeyAsync(cancellationToken), cancellationToken), cancellationToken);
            case Stop:
                await SayAsync(new CcacheOutcome(CcacheOutcome.Status.Done), cancellationToken);
                stop();
                return false;
            case Info:
                await stream.WriteAsync((byte[])[.. Message(identity), 1, .. Message($"values lie in {storage.Name}")], cancellationToken);
                return true;
            default:
                return false;
        }
    }

    private async ValueTask<bool> SayAsync(CcacheOutcome outcome, CancellationToken cancellationToken)
    {
        byte[] head = outcome switch
        {
            { Kind: CcacheOutcome.Status.Failed } => [(byte)outcome.Kind, .. Message(outcome.Reason)],
            { Value: { } value } => [(byte)outcome.Kind, .. BitConverter.GetBytes((ulong)value.Length)],
            _ => [(byte)outcome.Kind],
        };
        await stream.WriteAsync(head, cancellationToken);
        if (outcome.Value is { Length: > 0 } bytes)
        {
            await stream.WriteAsync(bytes, cancellationToken);
        }

        return true;
    }

    /// <summary>Encodes a text as a length byte and at most 255 bytes of UTF-8; a longer text is cut.</summary>
    private static byte[] Message(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int length = Math.Min(bytes.Length, byte.MaxValue);

        // A cut must not split a character.
        while (length < bytes.Length && (bytes[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return [(byte)length, .. bytes.AsSpan(0, length)];
    }

    private async ValueTask<byte[]> ReadKeyAsync(CancellationToken cancellationToken) => await ReadAsync((await ReadAsync(1, cancellationToken))[0], cancellationToken);

    private async ValueTask<byte?> ReadByteAsync(CancellationToken cancellationToken)
    {
        byte[] one = new byte[1];
        return await stream.ReadAsync(one, cancellationToken) == 1 ? one[0] : null;
    }

    private async ValueTask<byte[]> ReadAsync(int length, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }
}
