using FsCheck.Xunit;
using IceCream.Clients;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Clients;

/// <summary>The slots of an agent through any history: no clock, no task, no thread.</summary>
public sealed class LeaseStateProperties
{
    private const int Workers = 4;
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Property(MaxTest = 300)]
    public void No_lease_has_two_jobs_and_no_job_is_told_twice(int seed)
    {
        var random = new Random(seed);
        var agent = new Agent();
        for (int step = 0; step < 120; step++)
        {
            Step(agent, random);
            agent.Check();
        }
    }

    [Property(MaxTest = 200)]
    public void When_all_is_done_nothing_is_held_and_nothing_wanted(int seed)
    {
        var random = new Random(seed);
        var agent = new Agent();
        for (int step = 0; step < 80; step++)
        {
            Step(agent, random);
        }

        agent.State.SetCapacity(Workers, long.MaxValue, LocalOnlyReason.NoFarm(""));
        foreach (WaitingPlace place in agent.Waiting.ToArray())
        {
            agent.Leaves(place);
        }

        while (agent.Running.Count > 0)
        {
            agent.Ends(0, failed: false);
        }

        agent.Passes(LeaseState.QuarantineAfterFailure + Linger);
        Assert.Empty(agent.State.Held);
        Assert.Equal((0, false), (agent.Wanted, agent.State.IsTimeKept));
        Assert.Equal(agent.Granted - agent.Revoked, agent.Returned.Count);
    }

    [Property(MaxTest = 200)]
    public void Nobody_waits_for_ever_beside_a_slot_that_will_do(int seed)
    {
        var random = new Random(seed);
        var agent = new Agent();
        for (int step = 0; step < 80; step++)
        {
            Step(agent, random);
        }

        agent.State.SetCapacity(Workers, long.MaxValue, LocalOnlyReason.NoFarm(""));
        for (int round = 0; agent.Waiting.Count > 0; round++)
        {
            Assert.True(round < 500, "A job waits without end.");
            while (agent.Running.Count > 0)
            {
                agent.Ends(0, failed: false);
            }

            agent.Grants(random, memory: long.MaxValue);
            agent.Passes(Linger);
            agent.Check();
        }
    }

    [Fact]
    public void The_same_history_comes_to_the_same_decisions()
    {
        Assert.Equal(Said(7), Said(7));

        static List<string> Said(int seed)
        {
            var random = new Random(seed);
            var agent = new Agent();
            for (int step = 0; step < 400; step++)
            {
                Step(agent, random);
            }

            return agent.Said;
        }
    }

    private static void Step(Agent agent, Random random)
    {
        switch (random.Next(15))
        {
            case 0 or 1 or 2 or 3:
                agent.Asks(random);
                break;
            case 4 or 5 or 6:
                agent.Grants(random, random.Next(3) == 0 ? 0 : random.NextInt64(1, 1000));
                break;
            case 7 or 8 when agent.Running.Count > 0:
                agent.Ends(random.Next(agent.Running.Count), failed: random.Next(4) == 0);
                break;
            case 9 when agent.Waiting.Count > 0:
                agent.Leaves(agent.Waiting.ElementAt(random.Next(agent.Waiting.Count)));
                break;
            case 10 when agent.State.Held.Count > 0:
                agent.Loses(agent.State.Held.ElementAt(random.Next(agent.State.Held.Count)).Id, isVoid: random.Next(2) == 0);
                break;
            case 11:
                agent.State.SetCapacity(random.Next(4) == 0 ? 0 : random.Next(1, 8), random.Next(2) == 0 ? long.MaxValue : random.NextInt64(1, 1000), LocalOnlyReason.NoFarm("no worker"));
                break;
            case 12:
                agent.Judges($"w{random.Next(Workers)}", random);
                break;
            case 13:
                agent.Passes(TimeSpan.FromSeconds(random.NextDouble() * 4));
                break;
            case 14:
                agent.LosesScheduler();
                break;
        }
    }

    /// <summary>The state, and what follows of its decisions.</summary>
    private sealed class Agent : ILeaseBroker, ISlotSeekers
    {
        private TimeSpan _passed;

        public Agent() => State = new LeaseState(this, this, own: null, Linger);

        public LeaseState State { get; }

        public HashSet<WaitingPlace> Waiting { get; } = [];

        public List<SlotLease> Running { get; } = [];

        public List<long> Returned { get; } = [];

        public List<string> Said { get; } = [];

        public int Wanted { get; private set; }

        public int Granted { get; private set; }

        public int Revoked { get; private set; }

        private LeaseTime Now => new(_passed, Start + _passed);

        public void Asks(Random random)
        {
            var place = new WaitingPlace(random.NextInt64(1, 5_000_000), random.Next(3) == 0 ? random.NextInt64(1, 1200) : 0, _passed.TotalMicroseconds)
            {
                NotOn = random.Next(5) == 0 ? $"w{random.Next(Workers)}" : null,
                IsUrgent = random.Next(8) == 0,
            };
            SlotGrant? grant = State.Acquire(place, Now, out bool waits);
            Assert.False(waits && grant is not null);
            if (waits)
            {
                Waiting.Add(place);
            }
            else if (grant is { } slot)
            {
                Begin(place, slot);
            }
            else
            {
                Assert.True(State.ReasonToStay is not null || place.Memory > State.LargestMemory, "A job was turned away for no reason.");
            }
        }

        public void Grants(Random random, long memory) => State.Granted(
            new SlotLease(++Granted, $"w{random.Next(Workers)}", FarmAddress.Memory("w"), Start + _passed + TimeSpan.FromSeconds(random.Next(1, 60)), default)
            {
                Speed = 0.5 + random.NextDouble(),
                Memory = memory,
            },
            Now);

        public void Ends(int which, bool failed)
        {
            SlotLease lease = Running[which];
            Running.RemoveAt(which);
            State.Release(lease, failed, Now);
        }

        public void Leaves(WaitingPlace place)
        {
            Assert.Equal(Waiting.Remove(place), State.Leave(place));
            Assert.False(State.Leave(place));
        }

        public void Loses(long lease, bool isVoid)
        {
            if (isVoid)
            {
                Revoked++;
                State.Revoked(lease);
            }
            else
            {
                State.Recalled(lease);
            }
        }

        public void LosesScheduler() => State.Lose(LocalOnlyReason.NoFarm("the scheduler is gone"), Now);

        public void Judges(string worker, Random random)
        {
            switch (random.Next(3))
            {
                case 0:
                    State.Release([worker], Now);
                    break;
                case 1:
                    State.Outrun(worker, 0.3);
                    break;
                case 2 when random.Next(4) == 0:
                    State.Quarantine(worker, Now);
                    break;
            }
        }

        public void Passes(TimeSpan time)
        {
            _passed += time;
            State.Pass(Now);
        }

        public void Check()
        {
            Assert.Equal((Waiting.Count, Running.Count), (State.Waiting, State.InUse));
            Assert.True(State.ReasonToStay is null || Waiting.Count == 0, "A job waits in vain.");
            Assert.True(State.ReasonToStay is not null || Wanted >= Waiting.Count + Running.Count, "The scheduler does not know what is wanted.");
            Assert.Equal(Running.Count, Running.DistinctBy(static lease => lease.Id).Count());
            Assert.Equal(Returned.Count, Returned.Distinct().Count());
            Assert.DoesNotContain(Running, lease => Returned.Contains(lease.Id));
        }

        void ILeaseBroker.Demand(int wanted, long leastMemory)
        {
            Wanted = wanted;
            Said.Add($"{wanted} wanted, {leastMemory} at least");
        }

        void ILeaseBroker.Return(long lease)
        {
            Returned.Add(lease);
            Said.Add($"{lease} back");
        }

        void ILeaseBroker.Blame(string worker) => Said.Add($"{worker} blamed");

        void ILeaseBroker.Outrun(string worker, double speed) => Said.Add($"{worker} slow");

        void ISlotSeekers.Serve(WaitingPlace place, SlotGrant grant)
        {
            Assert.True(Waiting.Remove(place), "A job is served that does not wait.");
            Assert.True(grant.HasWaited);
            Begin(place, grant);
        }

        void ISlotSeekers.TurnAway(WaitingPlace place) => Assert.True(Waiting.Remove(place), "A job is turned away that does not wait.");

        void ISlotSeekers.Reconsider()
        {
            // Nobody waits for a farm here.
        }

        private void Begin(WaitingPlace place, SlotGrant grant)
        {
            Assert.Null(grant.Core);
            Assert.NotEqual(place.NotOn, grant.Lease.Worker);
            Assert.True(grant.Lease.Memory == 0 || place.Memory <= grant.Lease.Memory, "A job has a slot without the memory for it.");
            Assert.Equal(grant.Lease, grant.Candidates[0]);
            Running.Add(grant.Lease);
            Said.Add($"{grant.Lease.Id} taken");
        }
    }
}
