using System.Collections.Concurrent;
using IceCream.Clients;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Storage;

namespace IceCream.Tests.Sessions;

// What stands in for a store, a compiler and the files of an agent.
public sealed partial class PeerTests
{
    /// <summary>A store in memory that counts what it is asked, and can lose a blob.</summary>
    private sealed class WatchedStore : IBlobStore
    {
        private readonly MemoryBlobStore _blobs = new();
        private readonly ConcurrentDictionary<Digest, bool> _lost = new();
        private int _asked, _pins;

        public int Asked => _asked;

        public int Pins => _pins;

        public void Lose(Digest digest) => _lost.TryAdd(digest, true);

        public bool Contains(Digest digest)
        {
            Interlocked.Increment(ref _asked);
            return !_lost.ContainsKey(digest) && _blobs.Contains(digest);
        }

        public IBlobWriter Create(Digest digest, long length)
        {
            _lost.TryRemove(digest, out _);
            return _blobs.Create(digest, length);
        }

        public bool TryImport(Digest digest, string path) => _blobs.TryImport(digest, path);

        public bool TryLink(Digest digest, string path) => _blobs.TryLink(digest, path);

        public bool TryCopy(Digest digest, string path) => _blobs.TryCopy(digest, path);

        public byte[]? TryRead(Digest digest, int limit)
        {
            Interlocked.Increment(ref _asked);
            return _blobs.TryRead(digest, int.MaxValue);
        }

        public IDisposable Pin(IEnumerable<Digest> digests)
        {
            Interlocked.Increment(ref _pins);
            return new Release(() => Interlocked.Decrement(ref _pins));
        }

        private sealed class Release(Action release) : IDisposable
        {
            public void Dispose() => release();
        }
    }

    private sealed class Compiler(Func<CompileJob, CancellationToken, ValueTask<CompileResult>> compile) : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) => compile(job, cancellationToken);
    }

    private sealed class Blobs(params byte[][] contents) : IBlobSource
    {
        private readonly Dictionary<Digest, byte[]> _contents = contents.ToDictionary(content => Digest.Of(content));
        private int _opened;

        public int Opened => _opened;

        public void Replace(Digest digest, byte[] content) => _contents[digest] = content;

        public void Remove(Digest digest) => _contents.Remove(digest);

        public Stream? Open(Digest digest)
        {
            Interlocked.Increment(ref _opened);
            return _contents.TryGetValue(digest, out byte[]? content) ? new MemoryStream(content) : null;
        }
    }
}
