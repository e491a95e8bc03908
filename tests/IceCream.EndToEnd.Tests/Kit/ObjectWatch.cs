namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>Notices the objects that a build makes below a folder.</summary>
internal sealed class ObjectWatch : IDisposable
{
    private readonly string _root;
    private readonly FileSystemWatcher _watcher;
    private readonly SemaphoreSlim _news = new(0);

    public ObjectWatch(string root)
    {
        _root = root;
        _watcher = new FileSystemWatcher(root) { IncludeSubdirectories = true, InternalBufferSize = 1 << 16 };
        _watcher.Created += (_, _) => _news.Release();
        _watcher.Renamed += (_, _) => _news.Release();
        _watcher.EnableRaisingEvents = true;
    }

    public async Task AtLeastAsync(int count)
    {
        while (Directory.EnumerateFiles(_root, "*.o", SearchOption.AllDirectories).Take(count).Count() < count)
        {
            Assert.True(await _news.WaitAsync(Shell.Patience), $"There are not {count} objects.");
        }
    }

    public void Dispose()
    {
        _watcher.Dispose();
        _news.Dispose();
    }
}
