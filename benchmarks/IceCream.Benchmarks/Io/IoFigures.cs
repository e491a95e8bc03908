using System.Diagnostics;
using System.Globalization;
using IceCream.Benchmarks.Connections;
using IceCream.Transport;

namespace IceCream.Benchmarks.Io;

/// <summary>
/// The two figures of the I/O core, in seconds rather than minutes: how many bytes one multiplexed connection moves over loopback TCP, and
/// how long it takes on it to open a channel, ask and be answered. Both ends share the machine, and so its processors.
/// </summary>
internal static class IoFigures
{
    private const int Rounds = 7;
    private const int FrameBytes = 1 << 20;
    private const int Frames = 1024;
    private const int Conversations = 10_000;
    private const int QuestionBytes = 64;

    public static async Task PrintAsync(TextWriter output)
    {
        await using ConnectionPair pair = await ConnectionPair.ConnectAsync(Medium.Tcp);
        double[] throughputs = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            throughputs[round] = await MoveAsync(pair);
        }

        TimeSpan[][] conversations = new TimeSpan[Rounds][];
        for (int round = 0; round < Rounds; round++)
        {
            conversations[round] = await ConverseAsync(pair);
        }

        // The best round is the one that was disturbed least; the first is also the one that is still being compiled.
        TimeSpan[] best = conversations.MinBy(static sorted => Quantile(sorted, 0.5))!;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            throughput        {throughputs.Max(),6:0.00} GB/s  one channel, frames of 1 MiB; rounds: {string.Join(' ', throughputs.Select(Show))}
            open, ask, answer {Quantile(best, 0.5),6:0.0} µs    median; 99 % within {Quantile(best, 0.99):0.0} µs; rounds: {string.Join(' ', conversations.Select(static sorted => Show(Quantile(sorted, 0.5))))}
            """));
    }

    /// <summary>Gigabytes (10⁹ bytes) per second through one channel.</summary>
    private static async Task<double> MoveAsync(ConnectionPair pair)
    {
        FramedChannel sender = await pair.Near.OpenAsync();
        await using FramedChannel receiver = await AcceptAsync(pair.Far);
        byte[] frame = new byte[FrameBytes];
        long started = Stopwatch.GetTimestamp();
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < Frames; i++)
            {
                await sender.SendBytesAsync(frame);
            }

            await sender.CompleteAsync();
        });
        long bytes = 0;
        while (await receiver.ReceiveAsync() is { } received)
        {
            bytes += received.Length;
        }

        TimeSpan took = Stopwatch.GetElapsedTime(started);
        await sending;
        await sender.DisposeAsync();
        return bytes == (long)Frames * FrameBytes
            ? bytes / took.TotalSeconds / 1e9
            : throw new InvalidOperationException($"{bytes} bytes arrived.");
    }

    /// <summary>Times of conversations one after the other, sorted.</summary>
    private static async Task<TimeSpan[]> ConverseAsync(ConnectionPair pair)
    {
        Task answering = Task.Run(async () =>
        {
            for (int i = 0; i < Conversations; i++)
            {
                await using FramedChannel channel = await AcceptAsync(pair.Far);
                await channel.ReceiveAsync();
                await channel.SendBytesAsync(new byte[QuestionBytes]);
            }
        });
        byte[] question = new byte[QuestionBytes];
        TimeSpan[] times = new TimeSpan[Conversations];
        for (int i = 0; i < Conversations; i++)
        {
            long started = Stopwatch.GetTimestamp();
            await using FramedChannel channel = await pair.Near.OpenAsync();
            await channel.SendBytesAsync(question);
            if (await channel.ReceiveAsync() is null)
            {
                throw new InvalidOperationException("A question was not answered.");
            }

            times[i] = Stopwatch.GetElapsedTime(started);
        }

        await answering;
        Array.Sort(times);
        return times;
    }

    private static async ValueTask<FramedChannel> AcceptAsync(MultiplexedConnection connection) =>
        await connection.AcceptAsync() ?? throw new InvalidOperationException("The connection has ended.");

    /// <summary>In microseconds.</summary>
    private static double Quantile(TimeSpan[] sorted, double part) => sorted[(int)(part * (sorted.Length - 1))].TotalMicroseconds;

    private static string Show(double figure) => figure.ToString("0.##", CultureInfo.InvariantCulture);
}
