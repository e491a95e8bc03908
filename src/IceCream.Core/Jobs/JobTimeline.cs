using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>How long one step of a job took.</summary>
/// <param name="Step">The step.</param>
/// <param name="Duration">How long it took.</param>
internal readonly record struct JobStretch(JobStep Step, TimeSpan Duration);

/// <summary>The steps of a job, in the order in which they ended.</summary>
internal sealed record JobTimeline(ImmutableArray<JobStretch> Stretches)
{
    public static JobTimeline Empty { get; } = new([]);

    /// <summary>This timeline with one more step.</summary>
    public JobTimeline With(JobStep step, TimeSpan duration) => new(Stretches.Add(new JobStretch(step, duration)));

    /// <summary>This timeline followed by <paramref name="other"/>.</summary>
    public JobTimeline With(JobTimeline other) => new(Stretches.AddRange(other.Stretches));
}
