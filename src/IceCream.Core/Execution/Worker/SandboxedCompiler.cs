using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Processes;
using IceCream.Roots;
using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;
using IceCream.Storage;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution.Worker;

/// <summary>What is lacking for compiles in a sandbox.</summary>
/// <param name="Obstacle">Why there can be none; null when there can.</param>
/// <param name="Weakness">Which defence is missing; null when none is.</param>
internal readonly record struct SandboxState(string? Obstacle, string? Weakness);

/// <summary>
/// Compiles in roots of their own on this machine, observed, and what they need: the store of their blobs, the roots, the sandbox. A worker does the jobs of others
/// with it, and an agent those of its user that no farm could take. It is prepared when it is first used. Thread-safe.
/// </summary>
internal sealed class SandboxedCompiler : IAsyncDisposable
{
    /// <summary>Roots beyond one per slot, so that builds that use several compilers in turn find one of each.</summary>
    private const int SpareRoots = 2;

    private readonly ILogger _logger;
    private readonly RootsFolder _roots;
    private readonly RootsFolder? _records;
    private readonly BubblewrapSandbox _sandbox;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lazy<Task<Equipment>> _equipment;
    private readonly Lazy<Task<SandboxState>> _state;

    /// <param name="stateDirectory">Where blobs and roots lie.</param>
    /// <param name="storeLimit">How many bytes of blobs are kept.</param>
    /// <param name="slots">How many compiles run at a time, as a rule.</param>
    /// <param name="niceness">Added to that of this process for jobs of others.</param>
    /// <param name="hugePages">Whether compilers get their memory in huge pages, where the kernel has them.</param>
    /// <param name="aroundStore">Puts a store of an embedder's own around the one that it makes; null: there is none.</param>
    /// <param name="time">Measures.</param>
    /// <param name="loggers">Where trouble is noted.</param>
    /// <exception cref="IOException">The state directory cannot be written.</exception>
    public SandboxedCompiler(string stateDirectory, long storeLimit, int slots, int niceness, bool hugePages, Func<IBlobStore, IBlobStore>? aroundStore, TimeProvider time, ILoggerFactory loggers)
    {
        _logger = loggers.CreateLogger<SandboxedCompiler>();
        var store = new DiskBlobStore(
            Path.Combine(stateDirectory, "blobs"), new DiskBlobStoreOptions { Limit = storeLimit, BeforePublish = SpawnGate.AwaitSpawns }, time, loggers);
        Store = aroundStore?.Invoke(store) ?? store;
        _roots = new RootsFolder(Path.Combine(stateDirectory, "roots"), _logger);
        _records = MemoryFolder(_logger);
        _sandbox = new BubblewrapSandbox(TimeProvider.System, logger: loggers.CreateLogger<BubblewrapSandbox>());
        var roots = new RootBuilder(Store, new RootPool(_roots.Path, slots + SpareRoots));
        _equipment = new Lazy<Task<Equipment>>(() => PrepareAsync(
            niceness,
            (observer, added) => new CompilerExecutor(Store, roots, _sandbox, observer, hugePages && HugePages.AreGiven(), added, time, loggers.CreateLogger<CompilerExecutor>())));
        _state = new Lazy<Task<SandboxState>>(async () => (await _equipment.Value.ConfigureAwait(false)).State);
        ForOthers = new PreparedExecutor(_equipment, static equipment => equipment.ForOthers);
        ForOwn = new PreparedExecutor(_equipment, static equipment => equipment.ForOwn);
    }

    /// <summary>Holds the blobs of jobs.</summary>
    public IBlobStore Store { get; }

    /// <summary>Does a job of others whose blobs are all in the store.</summary>
    public IJobExecutor ForOthers { get; }

    /// <summary>Does a job of this machine's user whose blobs are all in the store.</summary>
    public IJobExecutor ForOwn { get; }

    /// <summary>The compilers of others that are at hand without a transfer, by name.</summary>
    public IReadOnlyList<string> Toolchains => Prepared?.ForOthers.Toolchains ?? [];

    /// <summary>Whether compiles are observed. Known once it is prepared.</summary>
    public bool IsObserved => Prepared?.Observer is not null;

    private Equipment? Prepared => _equipment is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result: var equipment } } ? equipment : null;

    /// <summary>Tries the sandbox and the observation, the first time that it is asked.</summary>
    /// <exception cref="IOException">Its folders cannot be written.</exception>
    public Task<SandboxState> PreparedAsync() => _state.Value;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_equipment.IsValueCreated)
        {
            await ((Task)_equipment.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Prepared?.Observer?.Dispose();
        _records?.Dispose();
        _roots.Dispose();
        _closing.Dispose();
    }

    private async Task<Equipment> PrepareAsync(int niceness, Func<Observer?, int, CompilerExecutor> make)
    {
        if (await _sandbox.FindObstacleAsync(_closing.Token).ConfigureAwait(false) is { } obstacle)
        {
            return With(new SandboxState(obstacle, null), observer: null);
        }

        string? weakness = await _sandbox.FindWeaknessAsync(_closing.Token).ConfigureAwait(false);
        Observer? observer = await _sandbox.FindProcAsync(_closing.Token).ConfigureAwait(false) == ProcMount.New
            ? await Observer.PrepareAsync(_roots.Path, _records?.Path ?? _roots.Path, _sandbox, _logger, _closing.Token).ConfigureAwait(false)
            : null;
        return With(new SandboxState(null, weakness), observer);

        Equipment With(SandboxState state, Observer? observer) => new(state, observer, make(observer, niceness), make(observer, 0));
    }

    /// <summary>
    /// A folder in memory, where what compiles look for is recorded without a write to the disk; null where there is none that is safe, which
    /// in a folder that everybody can write is one that somebody else has made.
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
            // The roots' own folder serves as well.
            return null;
        }
    }

    /// <summary>What has been found out of the sandbox, and what was made with that.</summary>
    private sealed record Equipment(SandboxState State, Observer? Observer, CompilerExecutor ForOthers, CompilerExecutor ForOwn);

    /// <summary>Does a job with what has been prepared. As a rule it has been, long before the first job.</summary>
    private sealed class PreparedExecutor(Lazy<Task<Equipment>> equipment, Func<Equipment, CompilerExecutor> choose) : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) =>
            equipment.Value is { IsCompletedSuccessfully: true, Result: var prepared } ? choose(prepared).ExecuteAsync(job, cancellationToken) : WaitAsync(job, cancellationToken);

        private async ValueTask<CompileResult> WaitAsync(CompileJob job, CancellationToken cancellationToken) =>
            await choose(await equipment.Value.WaitAsync(cancellationToken).ConfigureAwait(false)).ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
    }
}
