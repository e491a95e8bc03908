using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Processes;
using IceCream.Roots;
using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;
using IceCream.Storage;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution.Worker;

/// <summary>What is missing for compiles in a sandbox.</summary>
/// <param name="Obstacle">Why they are impossible; null when they are possible.</param>
/// <param name="Weakness">The missing defence; null when there is none.</param>
internal readonly record struct SandboxState(Obstacle? Obstacle, string? Weakness);

/// <summary>
/// Compiles in sandboxes on this machine, observed, with the blob store, the roots and the sandbox. A worker uses it for the jobs of others, and an
/// agent for jobs of its user that no farm could take. It is prepared at first use, and again after ever longer pauses as long as that fails, meets an obstacle, or
/// cannot observe. Thread-safe.
/// </summary>
internal sealed class SandboxedCompiler : IAsyncDisposable
{
    /// <summary>The roots beyond one per slot, so that builds that alternate between compilers find one of each.</summary>
    private const int SpareRoots = 2;

    /// <summary>
    /// How long the first preparation in vain is not repeated. What was in its way may pass: a full disk, or too little memory for one more process. Each
    /// further pause is twice as long: most machines that allow no sandbox never will, and each trial of bubblewrap may write to their logs.
    /// </summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(16);

    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly RootsFolder _roots;
    private readonly RootsFolder? _records;
    private readonly BubblewrapSandbox _sandbox;
    private readonly CancellationTokenSource _closing = new();
    private readonly Func<Task<Equipment>> _prepare;
    private readonly Lock _lock = new();
    private volatile Task<Equipment>? _equipment;
    private long _begun;
    private TimeSpan _pause = Pause;

    /// <param name="stateDirectory">The folder of blobs and roots.</param>
    /// <param name="storeLimit">The most bytes of blobs.</param>
    /// <param name="slots">The usual number of concurrent compiles.</param>
    /// <param name="niceness">The increment to this process's niceness for jobs of others.</param>
    /// <param name="hugePages">Whether compilers use huge pages, where the kernel has them.</param>
    /// <param name="aroundStore">Wraps the blob store; null: no wrapper.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Create the loggers.</param>
    /// <exception cref="IOException">The state directory cannot be written.</exception>
    public SandboxedCompiler(string stateDirectory, long storeLimit, int slots, int niceness, bool hugePages, Func<IBlobStore, IBlobStore>? aroundStore, TimeProvider time, ILoggerFactory loggers)
    {
        _logger = loggers.CreateLogger<SandboxedCompiler>();
        _time = time;
        RootPool? pool = null;
        var store = new DiskBlobStore(
            Path.Combine(stateDirectory, "blobs"),
            new DiskBlobStoreOptions { Limit = storeLimit, BeforePublish = SpawnGate.AwaitSpawns, GiveUpLinks = () => pool?.GiveUpIdle() ?? false },
            time, loggers);
        Store = aroundStore?.Invoke(store) ?? store;
        _roots = new RootsFolder(Path.Combine(stateDirectory, "roots"), _logger);
        _records = MemoryFolder(_logger);
        _sandbox = new BubblewrapSandbox(TimeProvider.System, logger: loggers.CreateLogger<BubblewrapSandbox>());
        pool = new RootPool(_roots.Path, slots + SpareRoots);
        var roots = new RootBuilder(Store, pool);
        _prepare = () => PrepareAsync(
            niceness,
            (observer, added) => new CompilerExecutor(Store, roots, _sandbox, observer, hugePages && HugePages.AreGiven(), added, time, loggers.CreateLogger<CompilerExecutor>()));
        ForOthers = new PreparedExecutor(EquipmentAsync, static equipment => equipment.ForOthers);
        ForOwn = new PreparedExecutor(EquipmentAsync, static equipment => equipment.ForOwn);
    }

    /// <summary>The store of the jobs' blobs.</summary>
    public IBlobStore Store { get; }

    /// <summary>Executes a job of others whose blobs are all stored.</summary>
    public IJobExecutor ForOthers { get; }

    /// <summary>Executes a job of this machine's user whose blobs are all stored.</summary>
    public IJobExecutor ForOwn { get; }

    /// <summary>The names of others' toolchains that are available without a transfer.</summary>
    public IReadOnlyList<string> Toolchains => Prepared?.ForOthers.Toolchains ?? [];

    /// <summary>Whether compiles are observed. Valid after the preparation.</summary>
    public bool IsObserved => Prepared?.Observer is not null;

    /// <summary>Completes when no further trial to observe is under way.</summary>
    public Task Observing { get; private set; } = Task.CompletedTask;

    /// <summary>The folder of the records of lookups.</summary>
    public string Records => (_records ?? _roots).Path;

    private Equipment? Prepared => _equipment is { IsCompletedSuccessfully: true, Result: var equipment } ? equipment : null;

    /// <summary>Prepares the sandbox and the observation at the first call, and after <see cref="Pause"/> and more again if that was in vain.</summary>
    /// <exception cref="IOException">The folders cannot be written.</exception>
    public async Task<SandboxState> PreparedAsync() => (await EquipmentAsync().ConfigureAwait(false)).State;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        Task? preparing;
        Task observing;
        lock (_lock)
        {
            (preparing, observing) = (_equipment, Observing);
        }

        await observing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (preparing is not null)
        {
            await preparing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Prepared?.Observer?.Dispose();
        _records?.Dispose();
        _roots.Dispose();
        _closing.Dispose();
    }

    private Task<Equipment> EquipmentAsync()
    {
        if (Prepared is { IsComplete: true } && _equipment is { } prepared)
        {
            return prepared;
        }

        lock (_lock)
        {
            if (_equipment is not { } latest)
            {
                return _equipment = Begin(Pause);
            }

            bool isVain = latest.IsCompleted && Observing.IsCompleted && Prepared is not { IsComplete: true };
            if (!isVain || _time.GetElapsedTime(_begun) < _pause || _closing.IsCancellationRequested)
            {
                return latest;
            }

            Task<Equipment> next = Begin(_pause * 2 < LongestPause ? _pause * 2 : LongestPause);
            if (Prepared is { State.Obstacle: null })
            {
                Observing = ObserveAsync(next);
                return latest;
            }

            return _equipment = next;
        }
    }

    /// <summary>Begins a preparation; the caller holds the lock.</summary>
    /// <param name="pause">The time until the next one, if this one is in vain.</param>
    private Task<Equipment> Begin(TimeSpan pause)
    {
        (_pause, _begun) = (pause, _time.GetTimestamp());
        return Task.Run(_prepare);
    }

    /// <summary>Takes over a preparation that can observe. Compiles go on unobserved until then, and beyond if it cannot either.</summary>
    private async Task ObserveAsync(Task<Equipment> next)
    {
        try
        {
            if (await next.ConfigureAwait(false) is { Observer: not null })
            {
                _equipment = next;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SandboxException or OperationCanceledException)
        {
            // The next one may succeed.
        }
    }

    private async Task<Equipment> PrepareAsync(int niceness, Func<Observer?, int, CompilerExecutor> make)
    {
        if (await _sandbox.FindObstacleAsync(_closing.Token).ConfigureAwait(false) is { } obstacle)
        {
            return With(new SandboxState(obstacle, null), observer: null, mayObserve: true);
        }

        string? weakness = await _sandbox.FindWeaknessAsync(_closing.Token).ConfigureAwait(false);
        bool mayObserve = await _sandbox.FindProcAsync(_closing.Token).ConfigureAwait(false) == ProcMount.New;
        Observer? observer = mayObserve ? await Observer.PrepareAsync(_roots.Path, Records, _sandbox, _logger, _closing.Token).ConfigureAwait(false) : null;
        return With(new SandboxState(null, weakness), observer, mayObserve && Observer.IsBuiltIn);

        Equipment With(SandboxState state, Observer? observer, bool mayObserve) => new(state, observer, mayObserve, make(observer, niceness), make(observer, 0));
    }

    /// <summary>
    /// A folder in memory for records of lookups, which avoids disk writes. Null where there is no safe one: in a folder that everybody can write,
    /// another user may have created it.
    /// </summary>
    private static RootsFolder? MemoryFolder(ILogger logger)
    {
        const string Memory = "/dev/shm";
        const long Enough = 64L << 20;
        uint user = Linux.EffectiveUser();
        string folder = $"{Memory}/icecream-{user}";
        try
        {
            if (!Directory.Exists(Memory) || new DriveInfo(Memory).AvailableFreeSpace < Enough)
            {
                return null;
            }

            Directory.CreateDirectory(folder);
            if (Linux.Stat(folder, followLinks: false, out FileStatus status) != 0 || !status.IsDirectory || status.Owner != user)
            {
                return null;
            }

            Linux.SetPermissions(folder, 0b111_000_000);
            return new RootsFolder(folder, logger);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The roots' own folder is used instead.
            return null;
        }
    }

    /// <summary>The state of the sandbox, and the executors that were made for it.</summary>
    /// <param name="State">The state.</param>
    /// <param name="Observer">Observes compiles; null: they are not observed.</param>
    /// <param name="MayObserve">Whether a later preparation may have an observer where this one has none.</param>
    /// <param name="ForOthers">Executes jobs of others.</param>
    /// <param name="ForOwn">Executes jobs of this machine's user.</param>
    private sealed record Equipment(SandboxState State, Observer? Observer, bool MayObserve, CompilerExecutor ForOthers, CompilerExecutor ForOwn)
    {
        /// <summary>Whether no later preparation could give more.</summary>
        public bool IsComplete => State.Obstacle is null && (Observer is not null || !MayObserve);
    }

    /// <summary>Executes a job after the preparation, which usually ends long before the first job.</summary>
    private sealed class PreparedExecutor(Func<Task<Equipment>> equip, Func<Equipment, CompilerExecutor> choose) : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) =>
            equip() is { IsCompletedSuccessfully: true, Result: var prepared } ? choose(prepared).ExecuteAsync(job, cancellationToken) : WaitAsync(job, cancellationToken);

        private async ValueTask<CompileResult> WaitAsync(CompileJob job, CancellationToken cancellationToken) =>
            await choose(await equip().WaitAsync(cancellationToken).ConfigureAwait(false)).ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
    }
}
