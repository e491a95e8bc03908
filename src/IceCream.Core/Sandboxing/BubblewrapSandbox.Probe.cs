using IceCream.Diagnostics;
using IceCream.Sandboxing.Seccomp;

namespace IceCream.Sandboxing;

/// <summary>The capabilities of this machine for sandboxes, determined by trial.</summary>
internal sealed partial class BubblewrapSandbox
{
    public async ValueTask<Obstacle?> FindObstacleAsync(CancellationToken cancellationToken = default) =>
        (await ProbeAsync(cancellationToken).ConfigureAwait(false)).Obstacle;

    /// <summary>The defences that this machine does not support, for people, with advice; null when it supports all.</summary>
    public async ValueTask<string?> FindWeaknessAsync(CancellationToken cancellationToken = default)
    {
        Probe probe = await ProbeAsync(cancellationToken).ConfigureAwait(false);
        return probe.Obstacle is null ? BubblewrapObstacle.Lacking(_wanted & ~probe.Granted, probe.Proc) : null;
    }

    /// <summary>
    /// The kind of <c>/proc</c> that commands get. They can be observed only with <see cref="ProcMount.New"/>: the observer looks up a process's
    /// folder by its number, and another <c>/proc</c> has other numbers.
    /// </summary>
    public async ValueTask<ProcMount> FindProcAsync(CancellationToken cancellationToken = default) => (await ProbeAsync(cancellationToken).ConfigureAwait(false)).Proc;

    /// <summary>
    /// Determines once what the machine supports. Two first callers may both run the trial: the answer is the same, and the trial is harmless. An
    /// obstacle is not remembered: it may pass, like a full disk, or too little memory for one more process.
    /// </summary>
    private async ValueTask<Probe> ProbeAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _probe) is { } known)
        {
            return known;
        }

        Defences most = HasFilter() ? _wanted : _wanted & ~Defences.Filter;

        // The full set is tried twice, so that an accidental failure does not weaken all jobs that follow.
        Defences[] stages = [most, most, most & ~Defences.NoUserNamespaces, most & ~Defences.Filter, most & ~(Defences.NoUserNamespaces | Defences.Filter)];
        Obstacle? obstacle = null;
        for (ProcMount proc = _best; proc <= ProcMount.None; proc++)
        {
            foreach (Defences stage in stages)
            {
                var probe = new Probe(null, stage, proc);
                Obstacle? refused = await TryAsync(probe, cancellationToken).ConfigureAwait(false);
                if (refused is null)
                {
                    Volatile.Write(ref _probe, probe);
                    return probe;
                }

                // The first reason is the one that is reported for a machine without any sandbox.
                obstacle ??= refused;
            }
        }

        return new Probe(obstacle, most, _best);
    }

    private static bool HasFilter()
    {
        try
        {
            return FilterFile.Path is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task<Obstacle?> TryAsync(Probe probe, CancellationToken cancellationToken)
    {
        // The whole machine serves as the root: the trial only tests whether the kernel allows the namespaces.
        var harmless = new SandboxCommand { Root = "/", CommandLine = [Shell, "-c", ":"], WorkingDirectory = "/" };
        try
        {
            SandboxOutcome outcome = await RunAsync(harmless, probe, cancellationToken).ConfigureAwait(false);
            return outcome.ExitCode == 0 ? null : BubblewrapObstacle.Refused($"a harmless command ended with {outcome.ExitCode}");
        }
        catch (SandboxException exception)
        {
            return _program is null ? BubblewrapObstacle.Missing : BubblewrapObstacle.Refused(exception.Message);
        }
    }

    private sealed record Probe(Obstacle? Obstacle, Defences Granted, ProcMount Proc);
}
