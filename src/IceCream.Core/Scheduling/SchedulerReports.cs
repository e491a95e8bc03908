using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Scheduling;

// What nodes tell of jobs and of themselves. Not public: a scheduler of an embedder's own may ignore all of it.

/// <summary>A worker tells what a job has cost.</summary>
internal sealed record JobEnded(DateTimeOffset At, string Worker, CostReport Report) : SchedulerEvent(At);

/// <summary>A worker tells how loaded it is.</summary>
internal sealed record WorkerLoaded(DateTimeOffset At, string Worker, NodeLoad Load) : SchedulerEvent(At);

/// <summary>An agent says that a worker failed at a job which another did.</summary>
internal sealed record WorkerBlamed(DateTimeOffset At, string Agent, string Worker) : SchedulerEvent(At);

/// <summary>An agent says that a worker had not done a job when another had.</summary>
/// <param name="At">When.</param>
/// <param name="Agent">Who says so.</param>
/// <param name="Worker">The slower one.</param>
/// <param name="Speed">How fast it is at most, where the average worker has 1.</param>
internal sealed record WorkerOutrun(DateTimeOffset At, string Agent, string Worker, double Speed) : SchedulerEvent(At);

/// <summary>An agent tells what its jobs have cost: it has come to a scheduler that may know nothing of them.</summary>
internal sealed record CostsTold(DateTimeOffset At, string Agent, ImmutableArray<KnownCost> Costs) : SchedulerEvent(At);

/// <summary>A node's owner wants it to take no jobs any more, or again.</summary>
/// <param name="At">When.</param>
/// <param name="Worker">Its name.</param>
/// <param name="Reason">Why it shall take none, perhaps nothing; null: it may take some.</param>
internal sealed record WorkerDrained(DateTimeOffset At, string Worker, string? Reason) : SchedulerEvent(At);
