using IceCream.Platform;

namespace IceCream.Host.Configuration;

/// <summary>Detects that a configuration file was created, deleted or written.</summary>
/// <param name="files">The files, whether they exist or not.</param>
/// <param name="time">The clock.</param>
internal sealed class ConfigurationWatch(IReadOnlyList<string> files, TimeProvider time)
{
    /// <summary>The polling interval; a poll costs one stat per file. inotify would need the files' folders to exist.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly FileStatus[] _before = Read(files);

    /// <summary>Completes when a file differs from its state at construction.</summary>
    public async Task ChangedAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(cancellationToken) && Read(files).AsSpan().SequenceEqual(_before))
        {
        }
    }

    private static FileStatus[] Read(IReadOnlyList<string> files) =>
        [.. files.Select(static file => Linux.Stat(file, followLinks: true, out FileStatus status) == 0 ? status : default)];
}
