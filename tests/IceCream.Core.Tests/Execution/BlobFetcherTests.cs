using IceCream.Execution.Worker;
using IceCream.Jobs;
using IceCream.Storage;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>Files of a worker's own machine, which need not travel: what a job that names them can make the worker read.</summary>
public sealed class BlobFetcherTests
{
    private const string HostFile = "/etc/passwd";

    private static readonly byte[] Content = File.ReadAllBytes(HostFile);

    [Fact]
    public void A_file_is_not_read_for_every_digest_that_somebody_names()
    {
        var store = new Vain();
        TreeFile[] files = [.. Enumerable.Range(0, 1000).Select(Another)];
        Assert.Equal(1000, new BlobFetcher(store).FindMissing(files, default).Length);
        Assert.InRange(store.Imports, 1, 10);
    }

    [Fact]
    public void A_file_is_taken_though_somebody_named_another_of_its_length()
    {
        TreeFile other = Another(1);
        Assert.Equal(other.Digest, Assert.Single(new BlobFetcher(new MemoryBlobStore()).FindMissing([other, new TreeFile(HostFile, Digest.Of(Content), Content.Length, 0)], default)));
    }

    [Fact]
    public void Nothing_is_read_for_who_has_left()
    {
        var store = new Vain();
        Assert.Throws<OperationCanceledException>(() => new BlobFetcher(store).FindMissing([Another(1)], new CancellationToken(canceled: true)));
        Assert.Equal(0, store.Imports);
    }

    /// <summary>A file that has the path and the length, and other bytes.</summary>
    private static TreeFile Another(int number) => new(HostFile, Digest.Of(BitConverter.GetBytes(number)), Content.Length, 0);

    /// <summary>Has nothing, and counts how often it would read a file.</summary>
    private sealed class Vain : IBlobStore
    {
        public int Imports { get; private set; }

        public bool Contains(Digest digest) => false;

        public IBlobWriter Create(Digest digest, long length) => throw new NotSupportedException();

        public bool TryImport(Digest digest, string path)
        {
            Imports++;
            return false;
        }

        public bool TryLink(Digest digest, string path) => false;

        public bool TryCopy(Digest digest, string path) => false;

        public byte[]? TryRead(Digest digest, int limit) => null;

        public IDisposable Pin(IEnumerable<Digest> digests) => throw new NotSupportedException();
    }
}
