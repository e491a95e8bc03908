using System.Collections.Concurrent;
using IceCream.Caching;
using IceCream.Jobs;

namespace IceCream.Tests.Caching;

/// <summary>A shared store in memory, which does as it is told.</summary>
internal sealed class InMemoryResults : ISharedResults, ISharedClaims
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, (string Owner, DateTimeOffset Until)> _claims = [];
    private readonly List<(int Records, TaskCompletionSource Reached)> _awaited = [];

    public ConcurrentDictionary<(SharedKind Kind, Digest Name), byte[]> Things { get; } = new();

    public Func<CancellationToken, Task> Fault { get; set; } = static _ => Task.CompletedTask;

    /// <summary>What the store says to whoever tells it something, and takes nothing; null when it takes all.</summary>
    public string? Refusal { get; set; }

    /// <summary>Is told of each claim that was refused.</summary>
    public Action Refused { get; set; } = static () => { };

    /// <summary>Whether anybody may claim anything.</summary>
    public bool TakesClaims { get; set; } = true;

    public string Name => "trees";

    public bool IsReadOnly { get; set; }

    /// <summary>Completes when so many records are there.</summary>
    public Task RecordsAsync(int count)
    {
        lock (_lock)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((count, reached));
            Look();
            return reached.Task;
        }
    }

    public async ValueTask<byte[]?> GetAsync(SharedKind kind, Digest name, long limit, CancellationToken cancellationToken)
    {
        await Fault(cancellationToken);
        return Things.GetValueOrDefault((kind, name));
    }

    public async ValueTask<bool> ContainsAsync(SharedKind kind, Digest name, CancellationToken cancellationToken)
    {
        await Fault(cancellationToken);
        return Things.ContainsKey((kind, name));
    }

    public async ValueTask PutAsync(SharedKind kind, Digest name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await Fault(cancellationToken);
        if (Refusal is not null)
        {
            throw new IOException(Refusal);
        }

        Things[(kind, name)] = bytes.ToArray();
        lock (_lock)
        {
            Look();
        }
    }

    public async ValueTask<bool?> ClaimAsync(Digest name, string owner, TimeSpan duration, CancellationToken cancellationToken)
    {
        await Fault(cancellationToken);
        if (!TakesClaims)
        {
            return null;
        }

        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        bool isMine;
        lock (_lock)
        {
            isMine = !_claims.TryGetValue(name, out (string Owner, DateTimeOffset Until) claim) || claim.Owner == owner || claim.Until < now;
            if (isMine)
            {
                _claims[name] = (owner, now + duration);
            }
        }

        if (!isMine)
        {
            Refused();
        }

        return isMine;
    }

    public ValueTask ReleaseAsync(Digest name, string owner, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_claims.TryGetValue(name, out (string Owner, DateTimeOffset Until) claim) && claim.Owner == owner)
            {
                _claims.Remove(name);
            }
        }

        return default;
    }

    public void Dispose()
    {
    }

    private void Look()
    {
        int records = Things.Keys.Count(static thing => thing.Kind == SharedKind.Record);
        foreach ((_, TaskCompletionSource reached) in _awaited.Where(awaited => records >= awaited.Records))
        {
            reached.TrySetResult();
        }
    }
}

/// <summary>The same for those who may only read, and claim.</summary>
internal sealed class InMemoryResultsReader(InMemoryResults results) : ISharedResults, ISharedClaims
{
    public string Name => results.Name;

    public bool IsReadOnly => true;

    public ValueTask<byte[]?> GetAsync(SharedKind kind, Digest name, long limit, CancellationToken cancellationToken) => results.GetAsync(kind, name, limit, cancellationToken);

    public ValueTask<bool> ContainsAsync(SharedKind kind, Digest name, CancellationToken cancellationToken) => results.ContainsAsync(kind, name, cancellationToken);

    public ValueTask PutAsync(SharedKind kind, Digest name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Who only reads has written.");

    public ValueTask<bool?> ClaimAsync(Digest name, string owner, TimeSpan duration, CancellationToken cancellationToken) => results.ClaimAsync(name, owner, duration, cancellationToken);

    public ValueTask ReleaseAsync(Digest name, string owner, CancellationToken cancellationToken) => results.ReleaseAsync(name, owner, cancellationToken);

    public void Dispose()
    {
    }
}
