using IceCream.Transport;

namespace IceCream.Benchmarks.Connections;

/// <summary>Both parts of the conversations that benchmarks hold.</summary>
internal static class Answering
{
    /// <summary>Frames up to this length are questions; longer ones are only taken in.</summary>
    public const int QuestionBytes = 64;

    private static readonly byte[] Question = new byte[QuestionBytes];

    /// <summary>Accepts channels until the connection ends, and answers on each the questions that come.</summary>
    public static async Task ServeAsync(MultiplexedConnection connection)
    {
        var serving = new List<Task>();
        while (await connection.AcceptAsync() is { } channel)
        {
            serving.RemoveAll(static task => task.IsCompletedSuccessfully);
            serving.Add(ServeAsync(channel));
        }

        await Task.WhenAll(serving);
    }

    /// <summary>Asks, and waits for the answer.</summary>
    public static async ValueTask AskAsync(FramedChannel channel)
    {
        await channel.SendBytesAsync(Question);
        if (await channel.ReceiveAsync() is null)
        {
            throw new InvalidOperationException("A question was not answered.");
        }
    }

    private static async Task ServeAsync(FramedChannel channel)
    {
        await using (channel)
        {
            while (await channel.ReceiveAsync() is { } frame)
            {
                if (frame.Length <= QuestionBytes)
                {
                    await channel.SendBytesAsync(Question);
                }
            }
        }
    }
}
