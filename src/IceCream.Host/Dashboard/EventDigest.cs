using IceCream.Jobs;

namespace IceCream.Host.Dashboard;

/// <summary>Condenses a batch of events to what a page needs: a job's last step, merged into its begin event if that is in the batch, and only the end of an ended job.</summary>
/// <param name="Happened">The event; null if a later event replaces it.</param>
/// <param name="Step">The last step of a job that begins in this batch; null for none.</param>
internal readonly record struct EventDigest(JobEvent? Happened, JobStepBegun? Step)
{
    public static IEnumerable<EventDigest> Of(IEnumerable<JobEvent> happened)
    {
        var told = new List<EventDigest>();
        var last = new Dictionary<JobId, int>();
        foreach (JobEvent each in happened)
        {
            switch (each)
            {
                case JobStepBegun step when last.TryGetValue(step.Job, out int at):
                    told[at] = told[at].Happened is JobBegun ? told[at] with { Step = step } : new EventDigest(step, null);
                    break;
                case JobFinished finished when last.Remove(finished.Job, out int at):
                    told[at] = default;
                    told.Add(new EventDigest(finished, null));
                    break;
                case JobBegun begun:
                    last[begun.Job] = told.Count;
                    told.Add(new EventDigest(begun, null));
                    break;
                case JobStepBegun step:
                    last[step.Job] = told.Count;
                    told.Add(new EventDigest(step, null));
                    break;
                default:
                    // No event may move to the other side of one that forgets an agent.
                    if (each is JobsForgotten)
                    {
                        last.Clear();
                    }

                    told.Add(new EventDigest(each, null));
                    break;
            }
        }

        return told.Where(static digest => digest.Happened is not null);
    }
}
