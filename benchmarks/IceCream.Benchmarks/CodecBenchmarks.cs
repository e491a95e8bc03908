using System.Buffers;
using BenchmarkDotNet.Attributes;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Benchmarks;

/// <summary>Messages to bytes and back: each of the three protocols, and the tree that makes most of a job.</summary>
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private static readonly JobDone Done = JobDone.Of(new CompileResult
    {
        Place = JobPlace.Remote,
        StandardError = new byte[200],
        Outputs = [new OutputFile("/home/ada/project/build/parser.o", 0b110_100_100, OutputContent.Of(new byte[100]))],
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
    private readonly EntryEncoder _sent = new();
    private readonly EntryDecoder _heard = new();
    private ReadOnlySequence<byte> _offer;
    private readonly ReadOnlySequence<byte> _done = Encode(Done);
    private readonly ReadOnlySequence<byte> _grant = new(SchedulerMessage.Encode(Grant));
    private readonly byte[] _request = LauncherCodec.Encode(Request)[LauncherCodec.HeaderSize..];

    [Benchmark(Description = "tree of 500 files: write")]
    public int WriteTree() => FileTreeCodec.Encode(Samples.Tree).Length;

    [Benchmark(Description = "tree of 500 files: read")]
    public object ReadTree() => FileTreeCodec.Decode(_tree);

    [GlobalSetup]
    public void Introduce()
    {
        // Twice: at the second time the words are numbered too.
        for (int i = 0; i < 2; i++)
        {
            var news = new ArrayBufferWriter<byte>();
            _sent.Introduce(new byte[64], Samples.Job, news);
            _heard.Hear((NewEntries)PeerMessage.Decode(new ReadOnlySequence<byte>(news.WrittenMemory)));
        }

        _offer = Encode(_sent.TryOffer(new byte[64], Samples.Job)!);
    }

    [Benchmark(Description = "job offer, 500 new inputs: write")]
    public int WriteNewOffer()
    {
        _output.ResetWrittenCount();
        return new EntryEncoder().Introduce(new byte[64], Samples.Job, _output).Job.Length + _output.WrittenCount;
    }

    [Benchmark(Description = "job offer, 500 known inputs: write")]
    public int WriteOffer()
    {
        _output.ResetWrittenCount();
        _sent.TryOffer(new byte[64], Samples.Job)!.Encode(_output);
        return _output.WrittenCount;
    }

    [Benchmark(Description = "job offer, 500 known inputs: read")]
    public object ReadOffer() => _heard.TryRead((JobOffer)PeerMessage.Decode(_offer))!;

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
