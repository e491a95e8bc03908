using System.Runtime.CompilerServices;
using IceCream.Host.Compilers;
using IceCream.Host.Configuration;
using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Toolchains;

namespace IceCream.Host.Doctor;

/// <summary>A compiler on <c>PATH</c> and the outcome of a trial compile with it.</summary>
/// <param name="Names">The names under which builds call it.</param>
/// <param name="Program">The program behind them.</param>
/// <param name="Identity">Its own identification; empty if it is neither GCC nor Clang.</param>
/// <param name="Outcome">The outcome of the compile.</param>
internal sealed record CompilerTrial(IReadOnlyList<string> Names, string Program, string Identity, TrialOutcome Outcome)
{
    public bool Leaves => Outcome is { ExitCode: 0, Place: JobPlace.Remote or JobPlace.Cached or JobPlace.Joined };

    public Finding ToFinding()
    {
        string check = $"compiler {string.Join(' ', Names)}", what = $"{(Identity.Length > 0 ? $"{Identity}, " : "")}{Program}";
        return Leaves
            ? Finding.Ok(check, $"a compile ran {(Outcome.Worker.Length > 0 ? $"on worker '{Outcome.Worker}'" : "in the cache")} ({what})")
            : Finding.Problem(check, $"compiles stay here: {Outcome.Reason} ({what})", Remedy());
    }

    private string Remedy() =>
        Identity.Length == 0 ? "What says neither that it is GCC nor that it is Clang is not sent: call the compiler behind it by its own name."
        : Outcome.Is(LocalOnlyKind.NoFarm) ? "'icehost status' shows the farm that this machine can reach, 'icehost config' how it is looked for."
        : Outcome.Is(LocalOnlyKind.Toolchain) ? "A worker gets the compiler's files, so it must be a program whose files can be read: let builds call the one behind it."
        : Outcome.ExitCode != 0 ? "Repair or remove it."
        : "'icehost why' tells more of a job, when its agent knows it.";
}

/// <summary>Checks for each compiler whether its compiles leave this machine: asks for its identity, then compiles as a build would.</summary>
/// <param name="trial">Runs the compiles.</param>
/// <param name="isPatient">Whether to wait up to 6 s for a farm, because the agent has just been started.</param>
internal sealed class CompilerChecks(TrialCompile trial, bool isPatient)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6), BetweenTries = TimeSpan.FromMilliseconds(250);

    /// <summary>The compilers on a search path, grouped by the program behind their links.</summary>
    public static IReadOnlyList<IGrouping<string, NamedCompiler>> Find(string path) =>
        [.. CompilersOnPath.Find(path).GroupBy(static compiler => File.ResolveLinkTarget(compiler.Program, returnFinalTarget: true)?.FullName ?? compiler.Program)];

    public async IAsyncEnumerable<CompilerTrial> RunAsync(IEnumerable<IGrouping<string, NamedCompiler>> compilers, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string[] environment = [.. HostConfiguration.Variables().Select(static variable => $"{variable.Key}={variable.Value}")];
        long started = TimeProvider.System.GetTimestamp();
        foreach (IGrouping<string, NamedCompiler> program in compilers)
        {
            NamedCompiler first = program.First();
            string identity = await AskAsync(first.Program, environment);
            TrialOutcome outcome = await trial.RunAsync(first.Name, cancellationToken);
            while (isPatient && outcome.Is(LocalOnlyKind.NoFarm) && TimeProvider.System.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(BetweenTries, TimeProvider.System, cancellationToken);
                outcome = await trial.RunAsync(first.Name, cancellationToken);
            }

            yield return new CompilerTrial([.. program.Select(static compiler => compiler.Name)], first.Program, identity, outcome);
        }
    }

    private static async Task<string> AskAsync(string program, string[] environment)
    {
        try
        {
            return await CompilerIdentity.AskAsync(new ProcessCompilerProbe(), program, "/", environment) is { } identity
                ? $"{identity.Family} {identity.Version} for {identity.Target}"
                : "";
        }
        catch (IOException)
        {
            // The compiler cannot even identify itself; the trial compile reports why.
            return "";
        }
    }
}
