using IceCream.Execution.Hedging;
using IceCream.Jobs;
using Xunit;
using static IceCream.Tests.Execution.Remote.StandInFarm;

namespace IceCream.Tests.Execution.Remote;

/// <summary>Jobs of workers that are called and do not answer, as when all packets to them are dropped.</summary>
public sealed class UnansweredTests : IAsyncLifetime
{
    private readonly StandInFarm _farm = new(races: true);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _farm.DisposeAsync().AsTask();

    [Fact]
    public async Task A_job_of_a_worker_that_does_not_answer_is_done_by_another_before_the_call_is_given_up()
    {
        await _farm.AddAsync("near", Done);
        await _farm.AddMuteAsync("mute");
        SlotLease mute = _farm.Grant("mute", speed: 2);
        Task<CompileResult> job = _farm.RunAsync();

        // Time passes until it has two slots, and stands still before the call would be given up after ten seconds of it, however busy this machine is.
        while (!_farm.Broker.Demands.Contains(2))
        {
            if (_farm.Peers.UnansweredFor(mute) < TimeSpan.FromSeconds(9))
            {
                _farm.Time.Advance(TimeSpan.FromMilliseconds(50));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        CompileResult result = await job;
        Assert.Equal(("near", 0), (result.Worker, result.ExitCode));
        Assert.Equal(("mute", true), (result.Placement!.Race?.Other, result.Placement.Race?.SecondWon));
        Assert.Empty(_farm.Broker.Blamed);
    }

    [Fact]
    public async Task No_new_job_waits_for_a_worker_that_others_have_called_in_vain()
    {
        await _farm.AddMuteAsync("mute");
        _farm.Grant("mute");
        Task<CompileResult> first = _farm.RunAsync();

        // Its call has begun when it is unanswered for some time.
        while (_farm.Peers.UnansweredFor(_farm.Leases.Held.Single()) < HedgePolicy.Silence)
        {
            _farm.Time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }

        await _farm.AddAsync("near", Done);
        _farm.Grant("mute", speed: 2);

        // No time passes for it.
        Assert.Equal("near", (await _farm.RunAsync()).Worker);
        _farm.Leases.SetReasonToStay(LocalOnlyReason.NoFarm("the test is over"));
        _farm.Time.Advance(TimeSpan.FromSeconds(10));
        await first;
    }
}
