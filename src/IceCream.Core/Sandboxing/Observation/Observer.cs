using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using IceCream.Processes;
using Microsoft.Extensions.Logging;

namespace IceCream.Sandboxing.Observation;

/// <summary>What the preload object does besides recording. The values are those of <c>record.h</c>.</summary>
[Flags]
internal enum PreloadOptions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Gives programs their memory in huge pages.</summary>
    HugePages = 1,

    /// <summary>Has them take their standard error for a terminal.</summary>
    Terminal = 2,
}

/// <summary>How a command is observed.</summary>
/// <param name="Observer">Has the programs that do it.</param>
/// <param name="Preload">Whether its programs can load an object first: cheaper than to ask the supervisor about every path.</param>
/// <param name="Options">What that object also does.</param>
internal sealed record ObservationSettings(Observer Observer, bool Preload, PreloadOptions Options);

/// <summary>
/// Sees every path that the programs of a command look for, by two means that complete each other. An object that each program loads first
/// records what it asks the C library for, at next to no cost; a supervisor inside the sandbox is told by the kernel of every call that has not
/// been recorded so: the loader's, the C library's own, those of programs that are linked statically. Thread-safe.
/// </summary>
/// <remarks>The programs are in <c>preload/</c> and <c>supervisor/</c>; seccomp_unotify(2) describes the kernel's part.</remarks>
internal sealed partial class Observer : IDisposable
{
    /// <summary>Where the sandbox shows the programs and the record.</summary>
    public const string PreloadPlace = "/dev/preload.so", SupervisorPlace = "/dev/supervisor", RecordPlace = "/dev/observation";

    private const string PreloadName = "preload.so", SupervisorName = "supervisor";

    private readonly string _records;
    private readonly ConcurrentBag<LookupRecord> _idle = [];
    private readonly ConcurrentBag<LookupRecord> _all = [];
    private int _made;

    private Observer(string programs, string records)
    {
        Preload = Path.Combine(programs, PreloadName);
        Supervisor = Path.Combine(programs, SupervisorName);
        _records = records;
    }

    /// <summary>The object on this machine.</summary>
    public string Preload { get; }

    /// <summary>The supervisor on this machine.</summary>
    public string Supervisor { get; }

    /// <summary>Whether programs can load the object: the trial with it went well.</summary>
    public bool CanPreload { get; private set; }

    /// <summary>Puts the programs in place and tries them on a harmless command.</summary>
    /// <param name="programs">An existing folder for the programs.</param>
    /// <param name="records">An existing folder for records, best in memory.</param>
    /// <param name="sandbox">Where commands will run.</param>
    /// <param name="logger">Where it is noted that the trial failed.</param>
    /// <param name="cancellationToken">Ends the trial.</param>
    /// <returns>Null where nothing can be observed: built without a C compiler, by a kernel that does not allow it, or under a limit to the size of files.</returns>
    /// <exception cref="IOException">A folder cannot be written.</exception>
    public static async ValueTask<Observer?> PrepareAsync(
        string programs, string records, ISandbox sandbox, ILogger logger, CancellationToken cancellationToken = default)
    {
        if ((Extract(programs, PreloadName) ?? Extract(programs, SupervisorName)) is { } lack)
        {
            LogWithout(logger, lack);
            return null;
        }

        // Nobody may hold a program open for writing when it is first executed.
        SpawnGate.AwaitSpawns();
        var observer = new Observer(programs, records);
        if (await observer.TryAsync(sandbox, preload: false, cancellationToken).ConfigureAwait(false) is { } obstacle)
        {
            observer.Dispose();
            LogWithout(logger, obstacle);
            return null;
        }

        string? objection = await observer.TryAsync(sandbox, preload: true, cancellationToken).ConfigureAwait(false);
        observer.CanPreload = objection is null;
        if (objection is not null)
        {
            LogWithoutPreload(logger, objection);
        }

        return observer;
    }

    /// <summary>Lends a record, which nobody else gets until it is handed back.</summary>
    /// <exception cref="IOException">There is no room for one more.</exception>
    public LookupRecord Take()
    {
        if (_idle.TryTake(out LookupRecord? record))
        {
            return record;
        }

        record = new LookupRecord(Path.Combine(_records, $"record{Interlocked.Increment(ref _made)}"));
        _all.Add(record);
        return record;
    }

    /// <summary>Takes a record back that no process writes into any more. One that is not given back is used no more.</summary>
    public void Return(LookupRecord record) => _idle.Add(record);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LookupRecord record in _all)
        {
            record.Dispose();
        }
    }

    /// <returns>Null, or why there is no such program.</returns>
    private static string? Extract(string folder, string name)
    {
        string processor = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        using Stream? content = Assembly.GetExecutingAssembly().GetManifestResourceStream($"observation/{processor}/{name}");
        if (content is null)
        {
            return "this program was built without a C compiler for its processor";
        }

        string path = Path.Combine(folder, name);
        try
        {
            using FileStream file = File.Create(path);
            content.CopyTo(file);
        }
        catch (ArgumentOutOfRangeException)
        {
            // The framework's word for EFBIG.
            return $"the limit to the size of files (ulimit -f) does not allow the {content.Length} bytes of '{path}'";
        }

        Platform.Linux.SetPermissions(path, 0b101_101_101);
        return null;
    }

    private async ValueTask<string?> TryAsync(ISandbox sandbox, bool preload, CancellationToken cancellationToken)
    {
        const string Absent = "/dev/none";
        var harmless = new SandboxCommand
        {
            Root = "/",
            CommandLine = ["/bin/sh", "-c", $"test -e {Absent} || exit 3"],
            WorkingDirectory = "/",
            Observation = new ObservationSettings(this, preload, preload ? PreloadOptions.HugePages : PreloadOptions.None),
        };
        try
        {
            SandboxOutcome outcome = await sandbox.RunAsync(harmless, cancellationToken).ConfigureAwait(false);
            return outcome.ExitCode != 3 || !outcome.StandardError.IsEmpty
                    ? $"a harmless command ended with {outcome.ExitCode} and said '{Encoding.UTF8.GetString(outcome.StandardError.Span).Trim()}'"
                : outcome.Lookups is not { } seen ? "nothing was recorded"
                : seen.Gap is { } gap ? gap
                : seen.Lookups.Any(static lookup => lookup is { Path: Absent, Error: Platform.Linux.ENOENT }) ? null
                : "a lookup was not seen";
        }
        catch (SandboxException exception)
        {
            return exception.Message;
        }
    }

    [LoggerMessage(Diagnostics.EventIds.NotObserving, LogLevel.Warning,
        "What compiles look for is not observed here: {Obstacle}. Agents check each job by the compiler's own list of what it reads, which costs them time.")]
    private static partial void LogWithout(ILogger logger, string obstacle);

    [LoggerMessage(Diagnostics.EventIds.NotPreloading, LogLevel.Warning, "Compilers cannot load an object first, so observing them is slower, and GCC gets no huge pages: {Obstacle}.")]
    private static partial void LogWithoutPreload(ILogger logger, string obstacle);
}
