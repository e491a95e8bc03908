using BenchmarkDotNet.Attributes;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Storage;

namespace IceCream.Benchmarks;

/// <summary>The store on disk and the memory of digests, as a worker and an agent use them for each file of a job.</summary>
[MemoryDiagnoser]
public class StoreBenchmarks
{
    private const int StoredBlobs = 1000;

    private string _directory = "";
    private string _file = "";
    private string _link = "";
    private byte[] _content = [];
    private byte[] _fresh = [];
    private Digest _stored;
    private DiskBlobStore _store = null!;
    private FileDigests _digests = null!;
    private int _written;

    [Params(4 << 10, 1 << 20)]
    public int BlobBytes { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _directory = Directory.CreateTempSubdirectory("ice-benchmark").FullName;
        _store = new DiskBlobStore(Path.Combine(_directory, "store"), new DiskBlobStoreOptions { Limit = 256L << 20 });
        for (int i = 0; i < StoredBlobs; i++)
        {
            Write(_store, Samples.Bytes(4 << 10, seed: 1000 + i));
        }

        _content = Samples.Bytes(BlobBytes);
        _fresh = Samples.Bytes(BlobBytes, seed: 2);
        _stored = Write(_store, _content);
        // The blobs that the benchmark writes push others out.
        _store.Pin([_stored]);
        _link = Path.Combine(_directory, "link");

        _file = Path.Combine(_directory, "file");
        File.WriteAllBytes(_file, _content);
        File.SetLastWriteTimeUtc(_file, DateTime.UnixEpoch.AddYears(50));
        _digests = new FileDigests();
        // A file is remembered once it has rested for longer than a tick of the kernel.
        while (_digests.TryGet(_file, out _) && _digests.Hashed is var hashed && _digests.TryGet(_file, out _) && _digests.Hashed != hashed)
        {
            Thread.Yield();
        }
    }

    [GlobalCleanup]
    public void Remove()
    {
        _digests.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark(Description = "write a new blob, its digest computed first")]
    public Digest WriteNew()
    {
        BitConverter.TryWriteBytes(_fresh, ++_written);
        return Write(_store, _fresh);
    }

    [Benchmark(Description = "is it here?")]
    public bool Contains() => _store.Contains(_stored);

    [Benchmark(Description = "read a whole blob")]
    public int Read() => _store.TryRead(_stored, int.MaxValue)!.Length;

    [Benchmark(Description = "link a blob, unlink it")]
    public void Link()
    {
        if (!_store.TryLink(_stored, _link))
        {
            throw new InvalidOperationException("The blob is gone.");
        }

        File.Delete(_link);
    }

    [Benchmark(Description = "open a store of 1,000 blobs")]
    public long Open() => new DiskBlobStore(Path.Combine(_directory, "store"), new DiskBlobStoreOptions { Limit = 256L << 20 }).Size;

    [Benchmark(Description = "digest of a remembered file")]
    public Digest RememberedDigest() => _digests.TryGet(_file, out FileDigest digest) ? digest.Digest : throw new InvalidOperationException("The file is gone.");

    [Benchmark(Description = "digest of a file seen first")]
    public Digest FirstDigest()
    {
        using var digests = new FileDigests();
        return digests.TryGet(_file, out FileDigest digest) ? digest.Digest : throw new InvalidOperationException("The file is gone.");
    }

    private static Digest Write(DiskBlobStore store, byte[] content)
    {
        Digest digest = Digest.Of(content);
        using IBlobWriter writer = store.Create(digest, content.Length);
        writer.Write(content);
        writer.Commit();
        return digest;
    }
}
