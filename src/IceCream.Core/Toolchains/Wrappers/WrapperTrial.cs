using System.Text;
using IceCream.Processes;
using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Toolchains.Wrappers;

/// <summary>The observation of one compile of an empty source.</summary>
/// <param name="Lookups">The lookups of its programs.</param>
/// <param name="Folder">Its own folder, the only one that it could write in.</param>
/// <param name="Failure">Why it proves nothing; null when it succeeded.</param>
internal sealed record TrialOutcome(CommandLookups Lookups, string Folder, string? Failure);

/// <summary>Runs a compiler of this machine on an empty source, with read-only access to this machine's own files, and observes its lookups.</summary>
/// <param name="makeFolder">Creates a folder for the observer's programs and the trials' outputs; called once, for the first wrapper.</param>
/// <param name="sandbox">The sandbox of the trials.</param>
/// <param name="logger">Receives a warning when observation is impossible.</param>
internal sealed class WrapperTrial(Func<string> makeFolder, ISandbox sandbox, ILogger<WrapperTrial>? logger = null) : IAsyncDisposable
{
    /// <summary>The limits of a trial, meant for overloaded machines: a compiler that does not answer queries is never tried.</summary>
    private static readonly SandboxLimits Limits = new() { WallTime = TimeSpan.FromMinutes(1), Text = 1 << 20 };

    private readonly ILogger _logger = logger ?? NullLogger<WrapperTrial>.Instance;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _ending = new();
    private Observer? _observer;
    private string? _folder;
    private int _trials;

    /// <summary>Runs a trial of a compiler; one at a time.</summary>
    /// <exception cref="ToolchainException">Observation is impossible here.</exception>
    public async ValueTask<TrialOutcome> RunAsync(CompilerQuestions questions, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token, cancellationToken);
        await _turn.WaitAsync(either.Token).ConfigureAwait(false);
        try
        {
            return await TryAsync(questions, either.Token).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Cancels the trial in progress. No trial can be run afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);

        // The semaphore is never released again: waiting callers have been cancelled, and a record in use must not be disposed.
        await _turn.WaitAsync().ConfigureAwait(false);
        _observer?.Dispose();
    }

    private async ValueTask<TrialOutcome> TryAsync(CompilerQuestions questions, CancellationToken cancellationToken)
    {
        string folder = "";
        try
        {
            Observer observer = await PrepareAsync(cancellationToken).ConfigureAwait(false)
                ?? throw new ToolchainException($"{questions.Program} runs another program, and what it runs cannot be observed here; name the real compiler instead.");
            folder = Directory.CreateDirectory(Path.Combine(_folder!, $"trial{++_trials}")).FullName;
            SandboxOutcome outcome = await sandbox.RunAsync(CommandFor(questions, observer, folder), cancellationToken).ConfigureAwait(false);
            CommandLookups seen = outcome.Lookups ?? new CommandLookups([], outcome.LimitReached, null);
            string? failure = seen.Gap ?? seen.Trouble ?? (outcome.ExitCode == 0 ? null : $"it ends with {outcome.ExitCode} and says '{FirstLine(outcome.StandardError)}'");
            return new TrialOutcome(seen, folder, failure is null ? null : $"a trial of it failed: {failure}");
        }
        catch (Exception e) when (e is SandboxException or IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException($"{questions.Program} runs another program, and cannot be tried: {e.Message}", e);
        }
        finally
        {
            if (folder.Length != 0)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static SandboxCommand CommandFor(CompilerQuestions questions, Observer observer, string folder)
    {
        string source = Path.Combine(folder, "empty");
        File.WriteAllText(source, "");
        return new SandboxCommand
        {
            Root = "/",
            Mounts = [new SandboxMount(folder, folder, Writable: true)],
            CommandLine = [questions.Program, .. questions.Flags, "-c", "-x", questions.LanguageFlag, source, "-o", source + ".o"],
            WorkingDirectory = questions.WorkingDirectory,
            Environment =
            [
                .. questions.JobEnvironment.Where(static variable => !IsOneOf(variable, "PWD=", "TMPDIR=", "TMP=", "TEMP=", "LD_PRELOAD=")),
                "PWD=" + questions.WorkingDirectory, "TMPDIR=" + folder, ProbeEnvironment.WithoutFarm,
            ],
            Observation = new ObservationSettings(observer, observer.CanPreload, PreloadOptions.None),
            Limits = Limits,
        };
    }

    private static bool IsOneOf(string variable, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (variable.StartsWith(name, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static string FirstLine(ReadOnlyMemory<byte> text) => Encoding.UTF8.GetString(text.Span).Trim().Split('\n')[0];

    private async ValueTask<Observer?> PrepareAsync(CancellationToken cancellationToken)
    {
        if (_folder is null)
        {
            string folder = makeFolder();
            _observer = await Observer.PrepareAsync(folder, folder, sandbox, _logger, cancellationToken).ConfigureAwait(false);
            _folder = folder;
        }

        return _observer;
    }
}
