using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>
/// How many jobs are under way, and of which machine. One that begins jobs without end uses up its own room and not that of the others. For one thread at a time.
/// </summary>
internal sealed class JobCounts
{
    private readonly Dictionary<string, int> _ofMachine = new(StringComparer.Ordinal);
    private int _all;

    /// <summary>Counts a job that has begun, unless there are too many.</summary>
    /// <returns>Whether there is room for it.</returns>
    public bool TryAdd(JobId job)
    {
        string machine = MachineOf(job);
        int count = _ofMachine.GetValueOrDefault(machine);
        if (_all >= RunningJobs.Most || count >= RunningJobs.MostOfMachine)
        {
            return false;
        }

        _all++;
        _ofMachine[machine] = count + 1;
        return true;
    }

    /// <summary>Counts a job no more that was added.</summary>
    public void Remove(JobId job)
    {
        string machine = MachineOf(job);
        int count = _ofMachine[machine] - 1;
        _all--;
        if (count > 0)
        {
            _ofMachine[machine] = count;
        }
        else
        {
            _ofMachine.Remove(machine);
        }
    }

    /// <summary>A certificate's agents go by its name, and by any name below it.</summary>
    private static string MachineOf(JobId job)
    {
        int end = job.Agent.IndexOf('/', Math.Max(0, job.Agent.IndexOf('@', StringComparison.Ordinal)));
        return end < 0 ? job.Agent : job.Agent[..end];
    }
}
