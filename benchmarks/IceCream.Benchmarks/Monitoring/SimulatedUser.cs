using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Benchmarks.Monitoring;

/// <summary>An agent that holds leases, and whose jobs come and end on them without anything being compiled.</summary>
internal sealed class SimulatedUser(SchedulerClient client, string user, string agent, int wanted)
{
    private static readonly JobTimeline Road = new([.. ((JobStep[])[JobStep.Read, JobStep.Cache, JobStep.Inputs, JobStep.Lease, JobStep.Send, JobStep.Fetch, JobStep.Slot, JobStep.Prepare])
        .Select(static step => new JobStretch(step, TimeSpan.FromMilliseconds(12))), new JobStretch(JobStep.Compile, TimeSpan.FromSeconds(1.8)), new JobStretch(JobStep.Receive, TimeSpan.FromMilliseconds(12))]);

    private readonly Lock _lock = new();
    private readonly Dictionary<long, SlotLease> _leases = [];
    private readonly Queue<(JobId Job, SlotLease Lease)> _jobs = [];
    private readonly HashSet<long> _busy = [];
    private long _last = TimeProvider.System.GetUtcNow().UtcTicks;

    public SchedulerClient Client => client;

    public long Ended { get; private set; }

    public int Held
    {
        get
        {
            lock (_lock)
            {
                return _leases.Count;
            }
        }
    }

    /// <summary>Wants slots, and hears which it gets.</summary>
    public Task ListenAsync(CancellationToken cancellationToken)
    {
        client.Say(new SchedulerMessage.Demand(wanted));
        return SimulatedFarm.ListenAsync(client, Hear, cancellationToken);
    }

    /// <summary>So many of the oldest jobs end, and others come in their place.</summary>
    /// <returns>What their workers report.</returns>
    public IReadOnlyList<(string Worker, CostReport Report)> Advance(int count, bool tells)
    {
        var reports = new List<(string, CostReport)>(count);
        var happened = new List<JobEvent>(count * 6);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        lock (_lock)
        {
            for (int i = 0; i < count && _jobs.Count > 0; i++)
            {
                (JobId job, SlotLease lease) = _jobs.Dequeue();
                _busy.Remove(lease.Id);
                Ended++;
                happened.Add(new JobFinished
                {
                    At = now, Job = job, User = user, Cpu = TimeSpan.FromSeconds(1.7), PeakMemory = 300 << 20,
                    Record = new JobRecord
                    {
                        Subject = $"../src/module{job.Number % 900}/file{job.Number % 97}.cc", Directory = $"/home/{user}/tree/build", Place = JobPlace.Remote, Worker = lease.Worker,
                        Slot = (int)(lease.Id % 8) + 1, ExitCode = job.Number % 500 == 0 ? 1 : 0, Duration = TimeSpan.FromSeconds(2), Ended = now, Timeline = Road,
                    },
                });
                reports.Add((lease.Worker, new CostReport
                {
                    Lease = lease.Id, Keys = new CostKeys((ulong)(job.Number % 900), 7), Outcome = JobOutcome.Compiled,
                    Usage = new JobUsage(TimeSpan.FromSeconds(1.7), TimeSpan.FromSeconds(1.8), 300 << 20), Fetch = TimeSpan.FromMilliseconds(12), BytesIn = 20_000, BytesOut = 60_000, Running = 8,
                }));
            }

            foreach (SlotLease lease in _leases.Values.Where(lease => !_busy.Contains(lease.Id)))
            {
                var job = new JobId(agent, ++_last);
                _busy.Add(lease.Id);
                _jobs.Enqueue((job, lease));
                happened.Add(new JobBegun { At = now, Job = job, User = user, Subject = $"../src/module{job.Number % 900}/file{job.Number % 97}.cc", Directory = $"/home/{user}/tree/build" });
                happened.AddRange(((JobStep[])[JobStep.Cache, JobStep.Inputs, JobStep.Lease]).Select(step => new JobStepBegun { At = now, Job = job, Step = step }));
                happened.Add(new JobStepBegun { At = now, Job = job, Step = JobStep.Send, Worker = lease.Worker });
            }
        }

        foreach (SchedulerMessage message in tells ? SchedulerMessage.JobEvents.Of(now, 4, happened) : [])
        {
            client.Say(message);
        }

        return reports;
    }

    private void Hear(SchedulerMessage message)
    {
        lock (_lock)
        {
            switch (message)
            {
                case SchedulerMessage.Grant grant:
                    _leases[grant.Lease.Id] = grant.Lease;
                    break;
                case SchedulerMessage.Renew renew when _leases.ContainsKey(renew.Lease.Id):
                    _leases[renew.Lease.Id] = renew.Lease;
                    break;
                case SchedulerMessage.Recall recall when _leases.Remove(recall.Id):
                    client.Say(new SchedulerMessage.ReturnLease(recall.Id));
                    break;
                case SchedulerMessage.Revoke revoke:
                    _leases.Remove(revoke.Id);
                    break;
            }
        }
    }
}
