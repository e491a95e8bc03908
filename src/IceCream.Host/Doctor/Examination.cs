using IceCream.Host.Compilers;
using IceCream.Host.Configuration;

namespace IceCream.Host.Doctor;

/// <summary>The results of all checks of a machine.</summary>
/// <param name="Findings">One or more for each check.</param>
/// <param name="Compilers">One for each compiler; empty if no compile could be sent.</param>
/// <param name="IsAsked">Whether the farm could be asked at all: there is a launcher, and an agent answers it.</param>
internal sealed record Examination(IReadOnlyList<Finding> Findings, IReadOnlyList<CompilerTrial> Compilers, bool IsAsked)
{
    private const int Well = 0, SomethingStays = 1, NotAsked = 2;

    /// <summary>0 if there is no problem, 1 if compiles stay here or something does not work, 2 if the farm could not be asked.</summary>
    public int ExitCode => !IsAsked ? NotAsked : Findings.Any(static finding => finding.Level == FindingLevel.Problem) ? SomethingStays : Well;

    public static async Task<Examination> MakeAsync(Settings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        await foreach (Finding finding in SandboxChecks.RunAsync(time))
        {
            findings.Add(finding);
        }

        findings.AddRange(MachineChecks.Run(Places.Own(), settings, time));
        var farm = new FarmChecks(settings);
        IReadOnlyList<IGrouping<string, NamedCompiler>> compilers = CompilerChecks.Find(Environment.GetEnvironmentVariable("PATH") ?? "");
        if (compilers.Count == 0)
        {
            findings.Add(Finding.Warning("compilers", "none on PATH: this machine can work for others, and not submit", "Install g++ or clang to compile from here."));
        }

        if (LauncherProgram.FindOrNull() is not { } launcher)
        {
            findings.Add(Finding.Problem("launcher", $"icelaunch is neither in {LauncherProgram.OwnFolder()} nor on PATH", "Put it beside icehost: './ice publish DIR' does."));
            findings.Add(await farm.SchedulerAsync(cancellationToken));
            return new Examination(findings, [], IsAsked: false);
        }

        findings.Add(Finding.Ok("launcher", launcher));

        // Launchers read no configuration files, so only a socket from the command line is passed to them.
        string? socket = settings.OriginOf(Setting.Socket).Layer == Layer.Option ? settings.Path(Setting.Socket) : null;
        using var trial = new TrialCompile(launcher, socket, farm.FindAgentAsync);
        (Finding agent, bool isNew) = await farm.AgentAsync(
            compilers.Count == 0 ? null : () => trial.RunAsync(compilers[0].First().Name, cancellationToken), cancellationToken);
        findings.Add(agent);
        findings.Add(await farm.SchedulerAsync(cancellationToken));
        var trials = new List<CompilerTrial>();
        if (agent.Level == FindingLevel.Ok)
        {
            await foreach (CompilerTrial compiler in new CompilerChecks(trial, isNew).RunAsync(compilers, cancellationToken))
            {
                trials.Add(compiler);
                findings.Add(compiler.ToFinding());
            }
        }

        return new Examination(findings, trials, agent.Level == FindingLevel.Ok);
    }
}
