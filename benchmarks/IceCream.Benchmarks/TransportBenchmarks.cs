using BenchmarkDotNet.Attributes;
using IceCream.Benchmarks.Connections;
using IceCream.Transport;

namespace IceCream.Benchmarks;

/// <summary>One multiplexed connection: in memory and over loopback TCP, near by and far away.</summary>
[MemoryDiagnoser]
public class TransportBenchmarks
{
    private const int MovedFrames = 32;

    private readonly byte[] _frame = Samples.Bytes(1 << 20);
    private ConnectionPair _pair = null!;
    private Task _serving = Task.CompletedTask;
    private FramedChannel _open = null!;

    [Params(Medium.Memory, Medium.Tcp)]
    public Medium Medium { get; set; }

    /// <summary>Added each way.</summary>
    [Params(0, 1, 8)]
    public int LatencyMs { get; set; }

    [GlobalSetup]
    public async Task ConnectAsync()
    {
        _pair = await ConnectionPair.ConnectAsync(Medium, TimeSpan.FromMilliseconds(LatencyMs));
        _serving = Answering.ServeAsync(_pair.Far);
        _open = await _pair.Near.OpenAsync();
    }

    [GlobalCleanup]
    public async Task DisconnectAsync()
    {
        await _open.DisposeAsync();
        await _pair.DisposeAsync();
        await _serving;
    }

    [Benchmark(Description = "open a channel, ask, be answered, close")]
    public async Task OpenAskCloseAsync()
    {
        await using FramedChannel channel = await _pair.Near.OpenAsync();
        await Answering.AskAsync(channel);
    }

    [Benchmark(Description = "ask and be answered on an open channel")]
    public async Task AskAsync() => await Answering.AskAsync(_open);

    [Benchmark(Description = "100 channels at once: open, ask, be answered, close")]
    public Task AskAtOnceAsync() => Task.WhenAll(Enumerable.Range(0, 100).Select(_ => OpenAskCloseAsync()));

    [Benchmark(Description = "move 32 MiB in frames of 1 MiB")]
    public async Task MoveAsync()
    {
        for (int i = 0; i < MovedFrames; i++)
        {
            await _open.SendBytesAsync(_frame);
        }

        await Answering.AskAsync(_open);
    }
}
