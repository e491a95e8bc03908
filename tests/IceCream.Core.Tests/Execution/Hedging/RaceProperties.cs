using FsCheck.Xunit;
using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Execution.Hedging;
using IceCream.Jobs;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Execution.Hedging;

/// <summary>Builds of jobs that are late, stuck or fail on some workers, in virtual time.</summary>
public sealed class RaceProperties
{
    private const int Workers = 3, Slots = 2, Jobs = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Whatever happens to attempts: each job has one result, every slot comes back, a job that some worker would do is done, and no more is done in vain than may be.
    [Property(MaxTest = 8)]
    public void Every_job_has_one_result_and_every_slot_comes_back(int seed) => RunAsync(seed).WaitAsync(Patience).GetAwaiter().GetResult();

    private static async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        var time = new FakeTimeProvider();
        using var pool = new LeasePool(new Broker(), time, TimeSpan.FromHours(1));
        pool.SetCapacity(Workers * Slots, long.MaxValue, LocalOnlyReason.NoFarm(""));
        for (int slot = 0; slot < Workers * Slots; slot++)
        {
            pool.Granted(new SlotLease(slot + 1, $"w{slot % Workers}", FarmAddress.Memory("w"), time.GetUtcNow() + TimeSpan.FromHours(10), default));
        }

        using var metrics = new JobMetrics();
        var budget = new HedgeBudget();
        var hedging = new HedgedAttempts(pool, budget, metrics, time, NullLogger<HedgedAttempts>.Instance);
        int begun = 0, ended = 0;
        Task<AttemptsOutcome>[] jobs = [.. Enumerable.Range(0, Jobs).Select(_ => DoAsync(random.Next()))];
        Task all = Task.WhenAll(jobs);
        while (!all.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.WhenAny(all, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System));
        }

        AttemptsOutcome[] outcomes = await Task.WhenAll(jobs);
        Assert.All(outcomes, static outcome => Assert.True(outcome.Result.IsCompilers));
        (double done, double wasted) = budget.Spent;
        Assert.True(wasted <= HedgeBudget.Share * done, $"{wasted} of {done} s in vain");

        // What is cancelled ends a moment later; and those that were outrun are quarantined for ten seconds.
        for (int moment = 0; moment < 400 && Volatile.Read(ref ended) < Volatile.Read(ref begun); moment++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        Assert.Equal(begun, ended);

        async Task<AttemptsOutcome> DoAsync(int chance)
        {
            var own = new Random(chance);
            double seconds = 0.2 + (own.NextDouble() * 3);
            var job = new CompileJob
            {
                CommandLine = ["gcc"], Compiler = "/usr/bin/gcc", WorkingDirectory = "/", Forecast = new JobForecast(new CostKeys(1, 1), seconds, 0, ForecastBasis.Command),
            };

            // One worker in three is stuck with one job in eight, and no other is with the same one.
            string stuck = own.Next(8) == 0 ? $"w{own.Next(Workers)}" : "";
            SlotHolding slot = (await pool.AcquireAsync((long)(seconds * 1e6), 0, default))!;
            AttemptsOutcome outcome = await hedging.RunAsync(job, slot, false, attempt => CompileAsync(attempt, seconds, stuck), default);
            budget.Earn(seconds);
            outcome.Slot.Dispose();
            return outcome;
        }

        async ValueTask<CompileResult> CompileAsync(Attempt attempt, double seconds, string stuck)
        {
            Interlocked.Increment(ref begun);
            try
            {
                // What is stuck would end one day, or the first of them would be waited for without a budget for ever.
                bool isStuck = attempt.Slot.Lease.Worker == stuck;
                attempt.SilentFor = static () => TimeSpan.Zero;
                await Task.Delay(TimeSpan.FromSeconds(isStuck ? 60 * seconds : seconds), time, attempt.Token);
                return new CompileResult { Place = JobPlace.Remote, Usage = new JobUsage(default, TimeSpan.FromSeconds(seconds), 0) };
            }
            finally
            {
                Interlocked.Increment(ref ended);
            }
        }
    }

    private sealed class Broker : ILeaseBroker
    {
        public void Demand(int wanted, long leastMemory)
        {
        }

        public void Return(long lease)
        {
        }

        public void Blame(string worker)
        {
        }

        public void Outrun(string worker, double speed)
        {
        }
    }
}
