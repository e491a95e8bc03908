using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using IceCream.Benchmarks.Connections;
using IceCream.Clients;
using IceCream.Execution;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using IceCream.Sessions;
using IceCream.Storage;
using IceCream.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Benchmarks;

/// <summary>A job from agent to worker and back, with a compiler that takes no time: all that remains is ours.</summary>
[MemoryDiagnoser]
public class BlobTransferBenchmarks
{
    private const int OutputBytes = 100 << 10;

    private static readonly SlotLease Lease = Samples.Lease with { Expires = DateTimeOffset.MaxValue };

    private readonly CancellationTokenSource _ending = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("icecream-benchmark-");
    private readonly Dictionary<Digest, byte[]> _contents = [];
    private readonly SwitchedStore _store = new();
    private BlobFetcher _intake = null!;
    private ConnectionPair _pair = null!;
    private PeerClient _client = null!;
    private Task _session = Task.CompletedTask;
    private CompileJob _job = null!;
    private Source _source = null!;

    [Params(Medium.Memory, Medium.Tcp)]
    public Medium Medium { get; set; }

    [GlobalSetup]
    public async Task ConnectAsync()
    {
        byte[] tools = FileTreeCodec.Encode(FileTree.Empty);
        _contents[Digest.Of(tools)] = tools;
        _source = new Source(_contents);
        ImmutableArray<TreeFile> inputs = [.. Enumerable.Range(0, Samples.Headers).Select(Input)];
        _job = Samples.Job with { Toolchain = Digest.Of(tools), Inputs = new FileTree { Files = inputs } };

        _pair = await ConnectionPair.ConnectAsync(Medium);
        _intake = new BlobFetcher(_store);
        var host = new PeerHost("farm", "blade", _store, new FetchExecutor(new Compiler(Samples.Bytes(OutputBytes)), _store, _intake, "blade", TimeProvider.System), static _ => null, TimeProvider.System);
        _session = new PeerSession(_pair.Far, host, NullLogger<PeerSession>.Instance).RunAsync(static () => { }, _ending.Token);
        _client = await PeerClient.GreetAsync(_pair.Near, "farm", "desk", Lease, new Spool(_folder.FullName), TimeProvider.System, CancellationToken.None);
        await KnownAsync();
    }

    [GlobalCleanup]
    public async Task DisconnectAsync()
    {
        await _client.DisposeAsync();
        await _ending.CancelAsync();
        await _session;
        _ending.Dispose();
        _folder.Delete(recursive: true);
    }

    [Benchmark(Description = "job with 500 inputs, all of them there")]
    public async Task KnownAsync() => Check(await _client.ExecuteAsync(Lease, _job, _source, CancellationToken.None));

    [Benchmark(Description = "job with 500 inputs of 16 KiB, none of them there")]
    public async Task UnknownAsync()
    {
        // The worker takes what was there a moment ago to be there still.
        _store.Clear();
        PinnedBlobs shift = _intake.Enter();
        _intake.Distrust(shift);
        shift.Leave();
        Check(await _client.ExecuteAsync(Lease, _job, _source, CancellationToken.None));
    }

    private static void Check(CompileResult result)
    {
        if (result.Failure is { } failure)
        {
            throw new InvalidOperationException(failure.ToString());
        }
    }

    private TreeFile Input(int number)
    {
        byte[] content = Samples.Bytes(16 << 10, seed: number);
        Digest digest = Digest.Of(content);
        _contents[digest] = content;
        return Samples.Tree.Files[number] with { Digest = digest, Length = content.Length };
    }

    private sealed class Compiler(byte[] output) : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) => ValueTask.FromResult(new CompileResult
        {
            Place = JobPlace.Remote,
            Outputs = [new OutputFile(job.Outputs[0].Path, 0b110_100_100, OutputContent.Of(output))],
        });
    }

    private sealed class Source(Dictionary<Digest, byte[]> contents) : IBlobSource
    {
        public Stream? Open(Digest digest) => contents.TryGetValue(digest, out byte[]? content) ? new MemoryStream(content) : null;
    }

    /// <summary>A store in memory that can be emptied.</summary>
    private sealed class SwitchedStore : IBlobStore
    {
        private MemoryBlobStore _current = new();

        public void Clear() => _current = new MemoryBlobStore();

        public bool Contains(Digest digest) => _current.Contains(digest);

        public IBlobWriter Create(Digest digest, long length) => _current.Create(digest, length);

        public bool TryImport(Digest digest, string path) => _current.TryImport(digest, path);

        public bool TryLink(Digest digest, string path) => _current.TryLink(digest, path);

        public bool TryCopy(Digest digest, string path) => _current.TryCopy(digest, path);

        public byte[]? TryRead(Digest digest, int limit) => _current.TryRead(digest, limit);

        public IDisposable Pin(IEnumerable<Digest> digests) => _current.Pin(digests);
    }
}
