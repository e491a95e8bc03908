using System.Buffers;
using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using IceCream.Transport;

namespace IceCream.Benchmarks;

/// <summary>One frame through a pipe that nothing else uses: what framing itself costs, without a hop between threads.</summary>
[MemoryDiagnoser]
public class FramingBenchmarks
{
    private byte[] _payload = [];
    private FramedChannel _channel = null!;

    [Params(64, 4 << 10, 64 << 10, 1 << 20)]
    public int FrameBytes { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _payload = Samples.Bytes(FrameBytes);
        var pipe = new Pipe(new PipeOptions(
            readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0, useSynchronizationContext: false));
        _channel = new FramedChannel(new Loop(pipe), 2 << 20);
    }

    [Benchmark(Description = "send bytes, receive")]
    public async Task<long> BytesAsync()
    {
        await _channel.SendBytesAsync(_payload);
        return (await _channel.ReceiveAsync())!.Value.Length;
    }

    [Benchmark(Description = "encode and send, receive")]
    public async Task<long> MessageAsync()
    {
        await _channel.SendAsync(_payload, static (payload, output) => output.Write(payload));
        return (await _channel.ReceiveAsync())!.Value.Length;
    }

    /// <summary>Reads what it writes.</summary>
    private sealed class Loop(Pipe pipe) : IDuplexPipe
    {
        public PipeReader Input => pipe.Reader;

        public PipeWriter Output => pipe.Writer;
    }
}
