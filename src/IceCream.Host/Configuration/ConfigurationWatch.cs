using IceCream.Platform;

namespace IceCream.Host.Configuration;

/// <summary>Notices that a configuration file has come, gone or been written.</summary>
/// <param name="files">The files, whether they are there or not.</param>
/// <param name="time">The time.</param>
internal sealed class ConfigurationWatch(IReadOnlyList<string> files, TimeProvider time)
{
    /// <summary>A look is a question to the kernel for each file. Its own news would need folders that need not be there.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly FileStatus[] _before = Read(files);

    /// <summary>Completes when one of them is not what it was when this was made.</summary>
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
