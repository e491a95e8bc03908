namespace IceCream.Storage;

/// <summary>Releases pinned blobs, once.</summary>
internal sealed class BlobPin(Action release) : IDisposable
{
    private Action? _release = release;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
