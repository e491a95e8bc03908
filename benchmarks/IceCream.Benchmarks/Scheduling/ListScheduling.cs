using IceCream.Simulation;

namespace IceCream.Benchmarks.Scheduling;

/// <summary>
/// What a scheduler could do that knew every duration and every speed: of the jobs under way in the build tool's window the longest first, each to the slot
/// where it ends first, be it free now or later. No message takes time, and every worker is warm.
/// </summary>
internal static class ListScheduling
{
    /// <returns>How long the build takes, in seconds.</returns>
    public static double Build(IReadOnlyList<SimulatedWorker> workers, IReadOnlyList<SimulatedJob> jobs, int window)
    {
        var slots = workers.SelectMany(static worker => Enumerable.Repeat(worker, worker.Slots)).ToArray();
        double[] free = new double[slots.Length];
        var ends = new PriorityQueue<int, double>();
        var running = workers.ToDictionary(static worker => worker, static _ => 0);
        var waiting = new List<SimulatedJob>();
        int offered = 0;
        double now = 0, last = 0;
        while (true)
        {
            while (offered < jobs.Count && waiting.Count + ends.Count < window)
            {
                waiting.Add(jobs[offered++]);
            }

            // The plan of this moment; what begins later is planned again when something has ended.
            double[] planned = [.. free];
            foreach (SimulatedJob job in waiting.OrderByDescending(static job => job.Seconds).ToArray())
            {
                int best = -1;
                double soonest = double.PositiveInfinity;
                for (int slot = 0; slot < slots.Length; slot++)
                {
                    double begin = Math.Max(now, planned[slot]);
                    int beside = begin > now ? slots[slot].Slots : running[slots[slot]] + 1;
                    double end = begin + slots[slot].TimeOf(job.Seconds, beside, begin);
                    if (end < soonest)
                    {
                        (best, soonest) = (slot, end);
                    }
                }

                bool begins = planned[best] <= now;
                planned[best] = soonest;
                if (begins)
                {
                    waiting.Remove(job);
                    running[slots[best]]++;
                    free[best] = soonest;
                    ends.Enqueue(best, soonest);
                    last = Math.Max(last, soonest);
                }
            }

            if (!ends.TryDequeue(out int ended, out now))
            {
                return last;
            }

            running[slots[ended]]--;
        }
    }
}
