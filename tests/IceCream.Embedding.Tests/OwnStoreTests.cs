using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Storage;
using Xunit;

namespace IceCream.Embedding.Tests;

/// <summary>A store of blobs around the built-in one, which counts what is taken in.</summary>
public sealed class OwnStoreTests
{
    private sealed class Counting(IBlobStore inner) : IBlobStore
    {
        private int _taken;

        public int Taken => Volatile.Read(ref _taken);

        public bool Contains(Digest digest) => inner.Contains(digest);

        public IBlobWriter Create(Digest digest, long length) => new Writer(inner.Create(digest, length), this);

        public bool TryImport(Digest digest, string path)
        {
            bool isNew = !inner.Contains(digest);
            bool imported = inner.TryImport(digest, path);
            _ = imported && isNew ? Interlocked.Increment(ref _taken) : 0;
            return imported;
        }

        public bool TryLink(Digest digest, string path) => inner.TryLink(digest, path);

        public bool TryCopy(Digest digest, string path) => inner.TryCopy(digest, path);

        public byte[]? TryRead(Digest digest, int limit) => inner.TryRead(digest, limit);

        public IDisposable Pin(IEnumerable<Digest> digests) => inner.Pin(digests);

        private sealed class Writer(IBlobWriter inner, Counting count) : IBlobWriter
        {
            public void Write(ReadOnlySpan<byte> bytes) => inner.Write(bytes);

            public void Commit()
            {
                inner.Commit();
                Interlocked.Increment(ref count._taken);
            }

            public void Dispose() => inner.Dispose();
        }
    }

    [Fact]
    public async Task What_a_job_reads_is_taken_in_once()
    {
        using var project = new Project();
        Counting? workers = null;
        await using EmbeddedFarm farm = await EmbeddedFarm.StartAsync(
            project.Farm, new NodeServices { AroundStore = store => workers is null ? workers = new Counting(store) : store });
        Assert.Equal(JobPlace.Remote, (await project.CompileAsync(farm)).Place);
        int taken = workers!.Taken;

        // The source, its headers, and the compiler's own files.
        Assert.InRange(taken, 10, int.MaxValue);
        await project.CompileAsync(farm);
        Assert.Equal(taken, workers.Taken);
    }
}
