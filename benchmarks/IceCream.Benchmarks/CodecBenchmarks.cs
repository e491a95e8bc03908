using System.Buffers;
using BenchmarkDotNet.Attributes;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Benchmarks;

/// <summary>Messages to bytes and back: each of the three arrows, and the tree that makes most of a job.</summary>
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private static readonly JobOffer Offer = new(new byte[64], Samples.Job);
    private static readonly JobDone Done = JobDone.Of(new CompileResult
    {
        Place = JobPlace.Remote,
        StandardError = new byte[200],
        Outputs = [new OutputFile("/home/ada/project/build/parser.o", 0b110_100_100, new byte[100])],
        Timeline = JobTimeline.Empty.With(JobStep.Fetch, TimeSpan.FromMilliseconds(3)).With(JobStep.Compile, TimeSpan.FromSeconds(1)),
    });

    private static readonly SchedulerMessage Grant = new SchedulerMessage.Grant(Samples.Lease);
    private static readonly LauncherMessage Request = new LauncherMessage.Request
    {
        CommandLine = Samples.CommandLine,
        Compiler = "/usr/bin/g++",
        WorkingDirectory = "/home/ada/project/build",
        Environment = ["LANG=C.UTF-8"],
    };

    private readonly ArrayBufferWriter<byte> _output = new(1 << 20);
    private readonly byte[] _tree = FileTreeCodec.Encode(Samples.Tree);
    private readonly ReadOnlySequence<byte> _offer = Encode(Offer);
    private readonly ReadOnlySequence<byte> _done = Encode(Done);
    private readonly ReadOnlySequence<byte> _grant = new(SchedulerMessage.Encode(Grant));
    private readonly byte[] _request = LauncherCodec.Encode(Request)[LauncherCodec.HeaderSize..];

    [Benchmark(Description = "tree of 500 files: write")]
    public int WriteTree() => FileTreeCodec.Encode(Samples.Tree).Length;

    [Benchmark(Description = "tree of 500 files: read")]
    public object ReadTree() => FileTreeCodec.Decode(_tree);

    [Benchmark(Description = "job offer, 500 inputs: write")]
    public int WriteOffer()
    {
        _output.ResetWrittenCount();
        Offer.Encode(_output);
        return _output.WrittenCount;
    }

    [Benchmark(Description = "job offer, 500 inputs: read")]
    public object ReadOffer() => PeerMessage.Decode(_offer);

    [Benchmark(Description = "job done: write")]
    public int WriteDone()
    {
        _output.ResetWrittenCount();
        Done.Encode(_output);
        return _output.WrittenCount;
    }

    [Benchmark(Description = "job done: read")]
    public object ReadDone() => PeerMessage.Decode(_done);

    [Benchmark(Description = "lease granted: write")]
    public int WriteGrant() => SchedulerMessage.Encode(Grant).Length;

    [Benchmark(Description = "lease granted: read")]
    public object ReadGrant() => SchedulerMessage.Decode(_grant);

    [Benchmark(Description = "launcher's request: write")]
    public int WriteRequest() => LauncherCodec.Encode(Request).Length;

    [Benchmark(Description = "launcher's request: read")]
    public object ReadRequest() => LauncherCodec.Decode(_request);

    private static ReadOnlySequence<byte> Encode(PeerMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        message.Encode(output);
        return new ReadOnlySequence<byte>(output.WrittenMemory);
    }
}
