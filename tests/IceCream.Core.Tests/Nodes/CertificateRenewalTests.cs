using IceCream.Clients;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Tests.Identity;
using IceCream.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>When a node asks for its next certificate, whatever its clock says in between.</summary>
public sealed class CertificateRenewalTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Longest = TimeSpan.FromMinutes(10);

    private readonly FarmFolder _farm = new();
    private readonly WatchedTime _time = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose()
    {
        _ending.Dispose();
        _farm.Dispose();
    }

    /// <summary>A machine without a battery for its clock begins decades before its certificate, and is set right a moment later.</summary>
    [Fact]
    public async Task A_clock_that_is_set_right_by_decades_ends_no_renewal()
    {
        NodeCredentials credentials = _farm.Credentials(FarmFolder.Blade());
        Assert.True(_time.GetUtcNow() < credentials.NotAfter.AddYears(-20));
        Task running = RunAsync(credentials);
        await AwaitStepAsync();
        Assert.False(_asked.Task.IsCompleted);

        // The next step looks at the clock again.
        _time.SetUtcNow(credentials.NotAfter.AddHours(-1));
        await _asked.Task.WaitAsync(Patience);
        await EndAsync(running);
    }

    /// <summary>Timers stand still while a machine sleeps: one long wait would end by as much too late.</summary>
    [Fact]
    public async Task No_wait_is_so_long_that_a_machine_asleep_misses_the_renewal()
    {
        NodeCredentials credentials = _farm.Credentials(FarmFolder.Blade());
        _time.SetUtcNow(_farm.Now);
        Task running = RunAsync(credentials);
        for (int step = 0; step < 3; step++)
        {
            await AwaitStepAsync();
            _time.Advance(Longest);
        }

        Assert.False(_asked.Task.IsCompleted);
        await EndAsync(running);
    }

    private Task RunAsync(NodeCredentials credentials) => new CertificateRenewal(
        credentials,
        _ =>
        {
            _asked.TrySetResult();
            return ValueTask.FromResult<FarmAddress?>(null);
        },
        new JoinClient(new InMemoryTransport(), _time), _time, new Random(1), NullLogger.Instance).RunAsync(_ending.Token);

    private async Task AwaitStepAsync() => Assert.InRange(await _time.NextWaitAsync(static _ => true, Patience), TimeSpan.FromTicks(1), Longest);

    private async Task EndAsync(Task running)
    {
        await _ending.CancelAsync();
        await running.WaitAsync(Patience);
    }
}
