using System.Buffers.Text;
using System.ComponentModel;
using System.Text;
using IceCream.Platform;
using IceCream.Processes;
using IceCream.Sandboxing.Observation;
using IceCream.Sandboxing.Seccomp;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Sandboxing;

/// <summary>
/// Confines commands with bubblewrap: separate user, process, network, ipc, host name and cgroup namespaces over a read-only root. Needs no
/// privileges. The root must contain the folders <c>/proc</c> and <c>/dev</c>.
/// </summary>
internal sealed partial class BubblewrapSandbox : ISandbox
{
    /// <summary>A folder for temporary files. A build's <c>TMPDIR</c> may name a folder that does not exist or is not writable.</summary>
    internal static readonly string TemporaryFolder = Linux.MayWriteIn(Path.GetTempPath()) ? Path.GetTempPath() : "/tmp";

    private const string Shell = "/bin/sh";

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string? _program;
    private readonly Defences _wanted;
    private readonly ProcMount _best;
    private Probe? _probe;

    /// <param name="time">Measures the wall time limit.</param>
    /// <param name="program">The path of <c>bwrap</c>; null to look it up in <c>PATH</c>.</param>
    /// <param name="logger">Logs commands that exceed a limit.</param>
    /// <param name="defences">The defences to apply: all of them, except in tests.</param>
    /// <param name="proc">The best <c>/proc</c> to try: a new one, except in tests.</param>
    public BubblewrapSandbox(
        TimeProvider time, string? program = null, ILogger<BubblewrapSandbox>? logger = null, Defences defences = Defences.All, ProcMount proc = ProcMount.New)
    {
        _time = time;
        _program = program ?? FindProgram();
        _wanted = defences;
        _best = proc;
        _logger = logger ?? NullLogger<BubblewrapSandbox>.Instance;
    }

    public async ValueTask<SandboxOutcome> RunAsync(SandboxCommand command, CancellationToken cancellationToken = default)
    {
        Probe probe = await ProbeAsync(cancellationToken).ConfigureAwait(false);
        return await RunAsync(command, probe, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<SandboxOutcome> RunAsync(SandboxCommand command, Probe probe, CancellationToken cancellationToken)
    {
        if (_program is null)
        {
            throw new SandboxException(BubblewrapObstacle.Missing.Detail);
        }

        string statusFile = Path.Combine(TemporaryFolder, ".icecream-" + Path.GetRandomFileName());
        using var wallTime = new CancellationTokenSource(command.Limits.WallTime, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(wallTime.Token, cancellationToken);
        string? excess = null;
        LookupRecord? record = null;
        bool isOver = false;
        try
        {
            record = Begin(command, probe.Granted);
            ChildOutcome child;
            using (var ended = new CancellationTokenSource())
            {
                var watch = new CommandWatch(command, _time);
                Task watching = WatchAsync(watch, ended.Token);
                try
                {
                    child = await ChildProcess.RunAsync(Wrap(_program, command, statusFile, record, probe) with { Started = watch.Begin }, either.Token).ConfigureAwait(false);
                }
                finally
                {
                    await ended.CancelAsync().ConfigureAwait(false);
                    await watching.ConfigureAwait(false);
                }
            }

            if (child.TextLimitReached)
            {
                return Ended(command, $"it wrote more than {command.Limits.Text} bytes of text", child);
            }

            int code = ReadExitCode(statusFile) ?? throw new SandboxException($"The sandbox was not built: {Describe(child)}");
            isOver = true;
            return new SandboxOutcome
            {
                ExitCode = code,
                Signal = SignalOf(code),
                StandardOutput = child.StandardOutput,
                StandardError = child.StandardError,
                Lookups = record is null ? null : Finish(command, record, child),
            };
        }
        catch (OperationCanceledException) when (excess is not null && !cancellationToken.IsCancellationRequested)
        {
            return Ended(command, excess, null);
        }
        catch (OperationCanceledException) when (wallTime.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Ended(command, $"it ran longer than {command.Limits.WallTime}", null);
        }
        catch (Win32Exception exception)
        {
            throw new SandboxException($"{Shell} cannot be started: {exception.Message}", exception);
        }
        finally
        {
            // After any other end a process of the command may still have the record mapped.
            if (isOver && record is { IsSpoilt: false })
            {
                command.Observation!.Observer.Return(record);
            }
            else if (record is not null)
            {
                command.Observation!.Observer.Discard(record);
            }

            File.Delete(statusFile);
        }

        async Task WatchAsync(CommandWatch watch, CancellationToken ended)
        {
            excess = await watch.WatchAsync(ended).ConfigureAwait(false);
            if (excess is not null)
            {
                await wallTime.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    /// <exception cref="SandboxException">There is no room for a record.</exception>
    private static LookupRecord? Begin(SandboxCommand command, Defences defences)
    {
        if (command.Observation is not { } observation)
        {
            return null;
        }

        LookupRecord? record = null;
        try
        {
            record = observation.Observer.Take();
            record.Begin(observation.Preload ? command.Environment.Add("LD_PRELOAD=" + Observer.PreloadPlace) : command.Environment, command.CommandLine, observation.Options, defences.HasFlag(Defences.Limits) ? command.Limits.Processes : 0);
            return record;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (record is not null)
            {
                observation.Observer.Discard(record);
            }

            throw new SandboxException($"What the command looks for cannot be recorded: {e.Message}", e);
        }
    }

    /// <summary>Reads the record of a command, whose processes have all ended.</summary>
    private static CommandLookups Finish(SandboxCommand command, LookupRecord record, ChildOutcome child)
    {
        CommandLookups seen;
        try
        {
            seen = record.Read();
        }
        catch (IOException e)
        {
            throw new SandboxException($"What the command looked for cannot be read: {e.Message}", e);
        }

        int? error = record.ExecutionError;
        return error is not null ? throw new SandboxException($"'{command.CommandLine[0]}' cannot be executed: error {error}.")
            : seen.Lookups.IsEmpty ? throw new SandboxException($"The command was not started: {Describe(child)}")
            : seen;
    }

    private static ChildCommand Wrap(string program, SandboxCommand command, string statusFile, LookupRecord? record, Probe probe) => new()
    {
        Program = Shell,
        Arguments =
        [
            "-c", BubblewrapArguments.Script(command, probe.Granted), Shell, statusFile, probe.Granted.HasFlag(Defences.Filter) ? FilterFile.Path! : "",
            program, .. BubblewrapArguments.Shown(command, record),
        ],
        Input = Encoding.UTF8.GetBytes(string.Concat(BubblewrapArguments.Of(command, record, probe.Granted, probe.Proc).Select(static argument => argument + "\0"))),
        Environment = ["PATH=/usr/local/bin:/usr/bin:/bin"],
        WorkingDirectory = "/",
        TextLimit = command.Limits.Text,
    };

    /// <summary>
    /// The exit code that bwrap wrote to the status file. It writes none when it could not build the sandbox or execute the command; its own exit
    /// code of 1 could be a compiler's.
    /// </summary>
    private static int? ReadExitCode(string statusFile)
    {
        if (!File.Exists(statusFile))
        {
            return null;
        }

        ReadOnlySpan<byte> status = File.ReadAllBytes(statusFile);
        ReadOnlySpan<byte> key = "\"exit-code\":"u8;
        int at = status.IndexOf(key);
        return at >= 0 && Utf8Parser.TryParse(status[(at + key.Length)..].TrimStart((byte)' '), out int code, out _) ? code : null;
    }

    /// <summary>bwrap reports a signal as shells do; no compiler exits with such a code by itself.</summary>
    private static int SignalOf(int exitCode) => exitCode is > 128 and <= 128 + 64 ? exitCode - 128 : 0;

    private static string Describe(ChildOutcome child)
    {
        string text = Encoding.UTF8.GetString(child.StandardError.Span).Trim();
        return text.Length == 0 ? $"bwrap ended with {child.ExitCode} and said nothing" : text;
    }

    private static string? FindProgram()
    {
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string candidate = Path.Combine(folder, "bwrap");
            if (Path.IsPathRooted(candidate) && File.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    private SandboxOutcome Ended(SandboxCommand command, string limit, ChildOutcome? child)
    {
        LogLimitReached(command.CommandLine[0], limit);
        return new SandboxOutcome
        {
            ExitCode = 128 + Platform.Linux.SIGKILL,
            Signal = Platform.Linux.SIGKILL,
            StandardOutput = child?.StandardOutput ?? default,
            StandardError = child?.StandardError ?? default,
            LimitReached = limit,
        };
    }

    [LoggerMessage(Diagnostics.EventIds.SandboxLimitReached, LogLevel.Information, "{Program} was ended: {Limit}.")]
    private partial void LogLimitReached(string program, string limit);
}
