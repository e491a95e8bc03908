using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using IceCream.Processes;
using Microsoft.Extensions.Logging;

namespace IceCream.Sandboxing.Observation;

/// <summary>The tasks of the preload object besides recording. The values are those of <c>record.h</c>.</summary>
[Flags]
internal enum PreloadOptions
{
    None = 0,

    /// <summary>It puts the memory of programs into huge pages.</summary>
    HugePages = 1,

    /// <summary>It makes programs treat their standard error as a terminal.</summary>
    Terminal = 2,
}

/// <summary>The settings for observing a command.</summary>
/// <param name="Observer">The observer.</param>
/// <param name="Preload">Whether its programs can load the preload object: that is cheaper than asking the supervisor about every path.</param>
/// <param name="Options">The other tasks of that object.</param>
internal sealed record ObservationSettings(Observer Observer, bool Preload, PreloadOptions Options);

/// <summary>
/// Observes every path that the programs of a command look up, by two complementary means. An object preloaded into each program records its requests
/// to the C library, at almost no cost. A supervisor inside the sandbox is notified by the kernel of every call that was not recorded that way: those
/// of the loader, of the C library itself, and of statically linked programs. Thread-safe.
/// </summary>
/// <remarks>The programs are in <c>preload/</c> and <c>supervisor/</c>; seccomp_unotify(2) describes the kernel's part.</remarks>
internal sealed partial class Observer : IDisposable
{
    /// <summary>The paths of the programs and the record in the sandbox.</summary>
    public const string PreloadPlace = "/dev/preload.so", SupervisorPlace = "/dev/supervisor", RecordPlace = "/dev/observation";

    private const string PreloadName = "preload.so", SupervisorName = "supervisor";

    private readonly string _records;
    private readonly ConcurrentBag<LookupRecord> _idle = [];
    private readonly ConcurrentDictionary<LookupRecord, bool> _all = new();
    private int _made;

    private Observer(string programs, string records)
    {
        Preload = Path.Combine(programs, PreloadName);
        Supervisor = Path.Combine(programs, SupervisorName);
        _records = records;
    }

    /// <summary>Whether this program contains the programs for its processor. Whatever else keeps it from observing may pass.</summary>
    public static bool IsBuiltIn => Assembly.GetExecutingAssembly().GetManifestResourceInfo(ResourceOf(SupervisorName)) is not null;

    /// <summary>The path of the preload object on this machine.</summary>
    public string Preload { get; }

    /// <summary>The path of the supervisor on this machine.</summary>
    public string Supervisor { get; }

    /// <summary>Whether programs can load the object: the trial with it succeeded.</summary>
    public bool CanPreload { get; private set; }

    /// <summary>Installs the programs and tries them on a harmless command.</summary>
    /// <param name="programs">An existing folder for the programs.</param>
    /// <param name="records">An existing folder for records, preferably in memory.</param>
    /// <param name="sandbox">The sandbox of the commands.</param>
    /// <param name="logger">Receives a warning when the trial fails.</param>
    /// <param name="cancellationToken">Ends the trial.</param>
    /// <returns>
    /// Null where observation is impossible: this program was built without a C compiler, the kernel does not allow it, or the file size limit is too
    /// low.
    /// </returns>
    /// <exception cref="IOException">A folder cannot be written.</exception>
    public static async ValueTask<Observer?> PrepareAsync(
        string programs, string records, ISandbox sandbox, ILogger logger, CancellationToken cancellationToken = default)
    {
        if ((Extract(programs, PreloadName) ?? Extract(programs, SupervisorName)) is { } lack)
        {
            LogWithout(logger, lack);
            return null;
        }

        // No child process may have a program open for writing when it is first executed.
        SpawnGate.AwaitSpawns();
        var observer = new Observer(programs, records);
        if (await observer.TryAsync(sandbox, preload: false, cancellationToken).ConfigureAwait(false) is { } obstacle)
        {
            observer.Dispose();
            LogWithout(logger, obstacle);
            return null;
        }

        string? reason = await observer.TryAsync(sandbox, preload: true, cancellationToken).ConfigureAwait(false);
        observer.CanPreload = reason is null;
        if (reason is not null)
        {
            LogWithoutPreload(logger, reason);
        }

        return observer;
    }

    /// <summary>Takes a record for exclusive use until it is returned.</summary>
    /// <exception cref="IOException">There is no space for one more.</exception>
    public LookupRecord Take()
    {
        if (_idle.TryTake(out LookupRecord? record))
        {
            return record;
        }

        record = new LookupRecord(Path.Combine(_records, $"record{Interlocked.Increment(ref _made)}"));
        _all.TryAdd(record, true);
        return record;
    }

    /// <summary>Returns a record that no process writes to any more.</summary>
    public void Return(LookupRecord record) => _idle.Add(record);

    /// <summary>Gives up a record to which a process may still write, such as one that was killed: its memory is free when that process is gone.</summary>
    public void Discard(LookupRecord record)
    {
        if (!_all.TryRemove(record, out _))
        {
            return;
        }

        record.Dispose();
        try
        {
            Directory.Delete(record.Folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What remains of it is removed together with the folder of all records.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LookupRecord record in _all.Keys)
        {
            if (_all.TryRemove(record, out _))
            {
                record.Dispose();
            }
        }
    }

    /// <returns>Null, or why the program is not available.</returns>
    private static string? Extract(string folder, string name)
    {
        using Stream? content = Assembly.GetExecutingAssembly().GetManifestResourceStream(ResourceOf(name));
        if (content is null)
        {
            return "this program was built without a C compiler for its processor";
        }

        string path = Path.Combine(folder, name);
        try
        {
            // What an earlier trial left is read-only.
            File.Delete(path);
            using FileStream file = File.Create(path);
            content.CopyTo(file);
        }
        catch (ArgumentOutOfRangeException)
        {
            // The framework reports EFBIG in this way.
            return $"the limit to the size of files (ulimit -f) does not allow the {content.Length} bytes of '{path}'";
        }

        Platform.Linux.SetPermissions(path, 0b101_101_101);
        return null;
    }

    private static string ResourceOf(string name) => $"observation/{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}/{name}";

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
