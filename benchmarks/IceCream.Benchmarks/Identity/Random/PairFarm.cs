using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Identity.Random;

/// <summary>The farm of a run. When a job has spoilt it, another one takes its place, and it goes with the last case that still uses it.</summary>
internal sealed class PairFarm : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<LoopbackFarm, int> _uses = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("icebench-probe-").FullName;
    private LoopbackFarm _now;
    private int _probes;

    private PairFarm(string programs, LoopbackFarm first) => (Programs, _now) = (programs, first);

    public string Programs { get; }

    public static async Task<PairFarm> StartAsync(string programs, CancellationToken cancellationToken) =>
        new(programs, await LoopbackFarm.StartAsync(programs, cancellationToken));

    /// <summary>Does something with the environment of launchers; the farm stays meanwhile.</summary>
    public async Task<T> UseAsync<T>(Func<IReadOnlyDictionary<string, string>, Task<T>> use)
    {
        LoopbackFarm farm;
        lock (_uses)
        {
            farm = _now;
            _uses[farm] = _uses.GetValueOrDefault(farm) + 1;
        }

        try
        {
            return await use(farm.Environment);
        }
        finally
        {
            bool isOver;
            lock (_uses)
            {
                isOver = --_uses[farm] == 0 && farm != _now;
            }

            if (isOver)
            {
                await farm.DisposeAsync();
            }
        }
    }

    /// <summary>Whether a harmless job is done by a worker. When it is not, the farm is replaced.</summary>
    /// <param name="isSuspect">Whether it is replaced anyway: after a job that hung, an agent may be busy for ever.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<bool> IsSoundAsync(bool isSuspect, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            bool isSound = await UseAsync(environment => ProbeAsync(environment, cancellationToken));
            if (!isSound || isSuspect)
            {
                LoopbackFarm next = await LoopbackFarm.StartAsync(Programs, cancellationToken), last = _now;
                bool isOver;
                lock (_uses)
                {
                    _now = next;
                    isOver = _uses.GetValueOrDefault(last) == 0;
                }

                if (isOver)
                {
                    await last.DisposeAsync();
                }
            }

            return isSound;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _now.DisposeAsync();
        await Tool.AskAsync(["rm", "-rf", _folder], CancellationToken.None);
        _turn.Dispose();
    }

    private async Task<bool> ProbeAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        string source = Path.Combine(_folder, $"probe{++_probes}.c"), log = $"{source}.log";
        await File.WriteAllTextAsync(source, $"int probe{_probes};\n", cancellationToken);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Deadline);
        try
        {
            ToolAnswer answer = await Tool.AskAsync(
                [Path.Combine(Programs, "icelaunch"), "gcc", "-c", source, "-o", $"{source}.o"], patience.Token, _folder,
                new Dictionary<string, string>(environment) { ["ICECREAM_MODE"] = "remote", ["ICECREAM_LOG"] = log });
            return answer.ExitCode == 0 && (!File.Exists(log) || new FileInfo(log).Length == 0);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
