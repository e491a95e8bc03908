using FsCheck.Xunit;
using IceCream.Execution;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Execution;

public sealed class SlotExecutorTests
{
    private const int Slots = 4;
    private const long Memory = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Jobs of any size come, leave and end in any order.</summary>
    [Property(MaxTest = 200)]
    public async Task Never_more_jobs_than_slots_nor_more_memory_than_there_is_and_none_is_left_waiting_in_vain(int seed)
    {
        var random = new Random(seed);
        var inner = new Held();
        var slots = new WorkerSlots(Slots, Memory);
        var executor = new SlotExecutor(inner, slots, TimeProvider.System);
        var waiting = new List<(Task<CompileResult> Task, CancellationTokenSource Leaving)>();
        for (int step = 0; step < 60; step++)
        {
            if (random.Next(5) < 3)
            {
                var leaving = new CancellationTokenSource();
                waiting.Add((executor.ExecuteAsync(Job(random.Next(-200, 1500)), leaving.Token).AsTask(), leaving));
            }
            else if (random.Next(4) == 0 && waiting.Count > 0)
            {
                await waiting[random.Next(waiting.Count)].Leaving.CancelAsync();
            }
            else
            {
                inner.EndOne(random);
            }

            Settle(inner, slots);
            CompileJob[] running = inner.Jobs;
            Assert.True(running.Length <= Slots);
            Assert.True(running.Sum(Need) <= Memory);
        }

        while (inner.Jobs.Length > 0)
        {
            inner.EndOne(random);
            Settle(inner, slots);
        }

        await Task.WhenAll(waiting.Select(static job => job.Task)).ContinueWith(static _ => { }, TaskScheduler.Default).WaitAsync(Patience);
        Assert.Equal(0, slots.Running);
    }

    [Fact]
    public void A_job_that_needs_all_of_it_is_done_alone_and_not_passed_by()
    {
        var inner = new Held();
        var slots = new WorkerSlots(Slots, Memory);
        var executor = new SlotExecutor(inner, slots, TimeProvider.System);
        Start(100);
        Start(5000);
        Start(100);
        foreach (long alone in new[] { 100, 5000, 100 })
        {
            Settle(inner, slots);
            Assert.Equal([alone], inner.Jobs.Select(static job => job.Forecast!.PeakMemory));
            inner.EndOne(new Random(1));
        }

        void Start(int memory) => _ = executor.ExecuteAsync(Job(memory)).AsTask();
    }

    [Fact]
    public async Task A_job_has_the_lowest_free_slot_and_its_result_says_which()
    {
        var inner = new Held();
        var slots = new WorkerSlots(Slots, 0);
        var executor = new SlotExecutor(inner, slots, TimeProvider.System);
        Task<CompileResult>[] first = [Start(), Start(), Start()];
        inner.EndAt(1);
        Assert.Equal(2, (await first[1].WaitAsync(Patience)).Slot);
        Task<CompileResult> next = Start(), last = Start();
        inner.EndAt(2);
        inner.EndAt(2);
        Assert.Equal((2, 4), ((await next.WaitAsync(Patience)).Slot, (await last.WaitAsync(Patience)).Slot));

        Task<CompileResult> Start()
        {
            Task<CompileResult> started = executor.ExecuteAsync(Job(1)).AsTask();
            Settle(inner, slots);
            return started;
        }
    }

    [Fact]
    public async Task Whoever_leaves_the_line_lets_the_next_go_on()
    {
        var inner = new Held();
        var slots = new WorkerSlots(1, 0);
        var executor = new SlotExecutor(inner, slots, TimeProvider.System);
        using var leaving = new CancellationTokenSource();
        Task<CompileResult> first = executor.ExecuteAsync(Job(1)).AsTask(), second = executor.ExecuteAsync(Job(2), leaving.Token).AsTask(), third = executor.ExecuteAsync(Job(3)).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Patience));
        Settle(inner, slots);
        inner.EndAt(0);
        await first.WaitAsync(Patience);
        Settle(inner, slots);
        Assert.Equal([3L], inner.Jobs.Select(static job => job.Forecast!.PeakMemory));
        inner.EndAt(0);
        Assert.Equal(1, (await third.WaitAsync(Patience)).Slot);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => executor.ExecuteAsync(Job(1), leaving.Token).AsTask());
        Assert.Equal(0, slots.Running);
    }

    [Fact]
    public async Task A_job_that_throws_gives_its_slot_back()
    {
        var slots = new WorkerSlots(1, Memory);
        var executor = new SlotExecutor(new Broken(), slots, TimeProvider.System);
        for (int i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => executor.ExecuteAsync(Job(900)).AsTask().WaitAsync(Patience));
        }

        Assert.Equal(0, slots.Running);
    }

    /// <summary>Whoever was let in has begun.</summary>
    private static void Settle(Held inner, WorkerSlots slots) =>
        Assert.True(SpinWait.SpinUntil(() => inner.Jobs.Length == slots.Running, Patience), "A job that was let in does not begin.");

    private static long Need(CompileJob job) => job.Forecast is { PeakMemory: > 0 and var peak } ? Math.Min(peak, Memory) : Memory / Slots;

    private static CompileJob Job(int memory) => new()
    {
        CommandLine = ["cc"],
        Compiler = "/cc",
        WorkingDirectory = "/",
        Forecast = memory < 0 ? null : new JobForecast(default, 1, memory, ForecastBasis.Command),
    };

    private sealed class Broken : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) => throw new InvalidOperationException("A defect.");
    }

    /// <summary>Jobs that end when they are told to. All on the caller's thread.</summary>
    private sealed class Held : IJobExecutor
    {
        private readonly List<(CompileJob Job, TaskCompletionSource<CompileResult> End)> running = [];

        public CompileJob[] Jobs
        {
            get
            {
                lock (running)
                {
                    return [.. running.Select(static job => job.Job)];
                }
            }
        }

        public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            var entry = (job, new TaskCompletionSource<CompileResult>());
            lock (running)
            {
                running.Add(entry);
            }

            return await entry.Item2.Task;
        }

        public void EndOne(Random random)
        {
            TaskCompletionSource<CompileResult> end;
            lock (running)
            {
                if (running.Count == 0)
                {
                    return;
                }

                int ended = random.Next(running.Count);
                end = running[ended].End;
                running.RemoveAt(ended);
            }

            end.SetResult(new CompileResult { Place = JobPlace.Remote });
        }

        public void EndAt(int which)
        {
            TaskCompletionSource<CompileResult> end;
            lock (running)
            {
                end = running[which].End;
                running.RemoveAt(which);
            }

            end.SetResult(new CompileResult { Place = JobPlace.Remote });
        }
    }
}
