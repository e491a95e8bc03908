using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>The jobs that are under way, kept up to date by events. For one thread at a time.</summary>
internal sealed class RunningJobs
{
    /// <summary>Further jobs are not listed: of the agents of one machine, which has not as many launchers, and of all together.</summary>
    public const int MostOfMachine = 8 << 10, Most = 64 << 10;

    private readonly JobCounts _counts = new();
    private readonly Dictionary<JobId, (JobBegun Begun, JobStepBegun? Step)> _jobs = [];

    public int Count => _jobs.Count;

    /// <summary>The jobs, each with its current step.</summary>
    public IEnumerable<(JobBegun Begun, JobStepBegun? Step)> All => _jobs.Values;

    public void Apply(JobEvent happened)
    {
        switch (happened)
        {
            case JobBegun begun when _jobs.ContainsKey(begun.Job) || _counts.TryAdd(begun.Job):
                _jobs[begun.Job] = (begun, null);
                break;
            case JobStepBegun step when _jobs.TryGetValue(step.Job, out var job):
                _jobs[step.Job] = (job.Begun, step);
                break;
            case JobFinished finished:
                Remove(finished.Job);
                break;
            case JobsForgotten forgotten:
                foreach (JobId job in _jobs.Keys.Where(job => forgotten.Agent.Length == 0 || job.Agent == forgotten.Agent).ToArray())
                {
                    Remove(job);
                }

                break;
        }
    }

    private void Remove(JobId job)
    {
        if (_jobs.Remove(job))
        {
            _counts.Remove(job);
        }
    }

    /// <summary>The events that recreate this state from nothing.</summary>
    public IEnumerable<JobEvent> Describe(DateTimeOffset now)
    {
        yield return new JobsForgotten { At = now };
        foreach ((JobBegun begun, JobStepBegun? step) in _jobs.Values)
        {
            yield return begun;
            if (step is not null)
            {
                yield return step;
            }
        }
    }
}
