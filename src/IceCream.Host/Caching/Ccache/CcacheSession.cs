using System.Text;

namespace IceCream.Host.Caching.Ccache;

/// <summary>
/// One ccache on the socket of its storage helper, by version 1 of their protocol: a greeting, then a question and its answer at a time. Lengths are one byte, or eight in this machine's order.
/// What is no question ends the conversation.
/// </summary>
/// <param name="stream">The connection.</param>
/// <param name="storage">Where values lie.</param>
/// <param name="identity">Who answers, for people.</param>
/// <param name="stop">Ends the helper.</param>
internal sealed class CcacheSession(Stream stream, CcacheStorage storage, string identity, Action stop)
{
    private const byte Version = 1, Values = 0, Information = 1;
    private const byte Get = 0, Put = 1, Remove = 2, Stop = 3, Info = 4;
    private const byte Overwrite = 1;

    /// <summary>Answers until the other end leaves.</summary>
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
            // It left in the middle of a sentence, or the helper ends.
        }
    }

    /// <returns>Whether there may be another question.</returns>
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

    /// <summary>A text of at most 255 bytes, with their number before it.</summary>
    private static byte[] Message(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int length = Math.Min(bytes.Length, byte.MaxValue);

        // No character is cut in two.
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
