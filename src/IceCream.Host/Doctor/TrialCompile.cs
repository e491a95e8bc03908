using System.Diagnostics;
using System.Globalization;
using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Processes;

namespace IceCream.Host.Doctor;

/// <summary>The outcome of one trial compile.</summary>
/// <param name="Place">Where it ran.</param>
/// <param name="Worker">The worker's name; empty if it ran here.</param>
/// <param name="Reason">Why it stayed here; empty if it did not.</param>
/// <param name="ExitCode">The compiler's exit code.</param>
internal sealed record TrialOutcome(JobPlace Place, string Worker, string Reason, int ExitCode)
{
    /// <summary>Whether the reason is of a kind, judged by the start of its sentence.</summary>
    public bool Is(LocalOnlyKind kind) => Reason.StartsWith(new LocalOnlyReason(kind).ToString(), StringComparison.Ordinal);
}

/// <summary>Compiles a few lines the way a user's build would: through the launcher, its agent and the farm. Dispose removes the files.</summary>
/// <param name="launcher">The launcher's path.</param>
/// <param name="socket">The agent's socket if the user named one on the command line; null if the launcher finds it by itself.</param>
/// <param name="agentOf">Returns the socket of the agent that the launcher finds.</param>
internal sealed class TrialCompile(string launcher, string? socket, Func<CancellationToken, ValueTask<string?>> agentOf) : IDisposable
{
    private const string Here = " runs here: ";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), PatienceWithWords = TimeSpan.FromSeconds(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("icehost-doctor-");
    private int _count;

    /// <summary>Runs one compile, for 2 minutes at most.</summary>
    /// <param name="compiler">The compiler's name, as a build calls it.</param>
    /// <param name="cancellationToken">Ends the compile.</param>
    public async Task<TrialOutcome> RunAsync(string compiler, CancellationToken cancellationToken)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"doctor{++_count}"), source = Path.Combine(_folder.FullName, name + ".c"), log = Path.Combine(_folder.FullName, name + ".log");

        // The source text is new each time, so that no other compile's result can serve this one.
        await File.WriteAllTextAsync(source, $"/* {Guid.NewGuid()} */\n#include <stddef.h>\nsize_t doctor(void) {{ return sizeof(int); }}\n", cancellationToken);
        var start = new ProcessStartInfo(launcher, [compiler, "-c", source, "-o", Path.ChangeExtension(source, ".o")])
        {
            WorkingDirectory = _folder.FullName, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["ICECREAM_LOG"] = log;

        // A cached result would say nothing about the farm.
        start.Environment[CacheModes.Variable] = "off";
        if (socket is not null)
        {
            start.Environment["ICECREAM_SOCKET"] = socket;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken), error = process.StandardError.ReadToEndAsync(cancellationToken);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            ChildProcess.KillWithChildren(process);
            cancellationToken.ThrowIfCancellationRequested();
            return new TrialOutcome(JobPlace.Failed, "", $"it did not end within {Patience.TotalMinutes:0} minutes", -1);
        }

        return await JudgeAsync(source, log, process.ExitCode, await SaidAsync(output, error, cancellationToken), cancellationToken);
    }

    /// <summary>What the compiler said; nothing if a program that it left in the background (a cache's helper, a server) still holds its streams.</summary>
    private static async Task<string> SaidAsync(Task<string> output, Task<string> error, CancellationToken cancellationToken)
    {
        try
        {
            return string.Concat(await Task.WhenAll(output, error).WaitAsync(PatienceWithWords, TimeProvider.System, cancellationToken)).Trim();
        }
        catch (TimeoutException)
        {
            // Its end and its files say enough.
            return "";
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Finds the outcome: the launcher's log tells of a local run, the agent's statistics of the rest.</summary>
    private async Task<TrialOutcome> JudgeAsync(string source, string log, int exitCode, string said, CancellationToken cancellationToken)
    {
        string[] lines = File.Exists(log) ? await File.ReadAllLinesAsync(log, cancellationToken) : [];
        if (Array.Find(lines, static line => line.Contains(Here, StringComparison.Ordinal)) is { } line)
        {
            string reason = line[(line.IndexOf(Here, StringComparison.Ordinal) + Here.Length)..];
            return new TrialOutcome(JobPlace.Local, "", exitCode == 0 ? reason : $"{reason}; and here it fails: {said}", exitCode);
        }

        JobRecord? job = await agentOf(cancellationToken) is { } agent
            ? (await AgentMonitor.GetStatisticsAsync(agent, cancellationToken)).Recent.LastOrDefault(recent => recent.Subject == source)
            : null;
        return job is null
            ? new TrialOutcome(JobPlace.Failed, "", said.Length > 0 ? said : "no agent knows of it", exitCode)
            : new TrialOutcome(job.Place, job.Worker, job.Reason.Length > 0 || exitCode == 0 ? job.Reason : said, exitCode);
    }
}
