using IceCream.Host.Configuration;
using IceCream.Host.Tests.Kit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Host.Tests.Configuration;

public sealed class ConfigurationWatchTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_that_comes_or_is_written_anew_is_noticed_and_others_are_not()
    {
        string file = _folder.Write("a.conf", "ICECREAM_SLOTS=1\n"), absent = Path.Combine(_folder.Path, "b.conf");
        Task still = new ConfigurationWatch([file], _time).ChangedAsync(default), comes = new ConfigurationWatch([file, absent], _time).ChangedAsync(default);
        File.WriteAllText(absent, "");
        await UntilAsync(comes);
        Assert.False(still.IsCompleted);

        File.WriteAllText(file, "ICECREAM_SLOTS=12\n");
        await UntilAsync(still);
    }

    private async Task UntilAsync(Task changed)
    {
        using var patience = new CancellationTokenSource(HostProcess.Patience);
        while (!changed.IsCompleted)
        {
            patience.Token.ThrowIfCancellationRequested();
            _time.Advance(TimeSpan.FromSeconds(2));
            await Task.Yield();
        }

        await changed;
    }
}
