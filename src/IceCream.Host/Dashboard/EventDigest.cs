using IceCream.Jobs;

namespace IceCream.Host.Dashboard;

/// <summary>What a page needs of events that come at once: of a job's steps the last, with its coming where that is among them, and of a job that has ended its end.</summary>
/// <param name="Happened">What happened; null where something later says as much.</param>
/// <param name="Step">The step to which a job has come since it came; null where it has come to none.</param>
internal readonly record struct EventDigest(JobEvent? Happened, JobStepBegun? Step)
{
    /// <summary>The same in fewer words.</summary>
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
                    // What an agent told before it is forgotten stays before that.
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
