using System.Globalization;
using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Benchmarks.Monitoring;

/// <summary>
/// Workers and agents that say to a real scheduler all that nodes say, and compile nothing: leases are wanted, given and renewed, costs and loads are reported, and, if wished,
/// it is told what happens to jobs.
/// </summary>
internal sealed class SimulatedFarm : IAsyncDisposable
{
    /// <summary>So often each agent says what has happened to its jobs, as a real one does.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);

    private const string Name = "blade";

    private static readonly TimeSpan LoadInterval = TimeSpan.FromSeconds(5);

    private readonly LoadOptions _options;
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _running = [];
    private readonly SchedulerClient[] _workers;
    private readonly SimulatedUser[] _users;

    private SimulatedFarm(LoadOptions options) => (_options, _workers, _users) = (options, new SchedulerClient[options.Workers], new SimulatedUser[options.Agents]);

    /// <summary>How many jobs have ended.</summary>
    public long Ended => _users.Sum(static user => user.Ended);

    /// <summary>How many leases are held.</summary>
    public int Held => _users.Sum(static user => user.Held);

    /// <summary>Joins a scheduler.</summary>
    public static async Task<SimulatedFarm> JoinAsync(LoadOptions options, FarmAddress scheduler)
    {
        var farm = new SimulatedFarm(options);
        for (int i = 0; i < options.Workers; i++)
        {
            farm._workers[i] = await GreetAsync(scheduler, new SchedulerMessage.WorkerHello(
                SchedulerMessage.ProtocolVersion, "ICECREAM", $"{Name}{i:000}", FarmAddress.Tcp("127.0.0.1", 10_000 + i), "x86_64", options.Slots, new byte[32], "", 64L << 30));
            farm._running.Add(farm.WorkAsync(farm._workers[i]));
        }

        for (int i = 0; i < options.Agents; i++)
        {
            string user = $"user{i:00}";
            SchedulerClient client = await GreetAsync(scheduler, new SchedulerMessage.AgentHello(SchedulerMessage.ProtocolVersion, "ICECREAM", $"{user}@desk{i:00}", user, "x86_64", []));
            farm._users[i] = new SimulatedUser(client, user, $"{user}@desk{i:00}", options.Workers * options.Slots / options.Agents);
            farm._running.Add(farm._users[i].ListenAsync(farm._ending.Token));
        }

        return farm;
    }

    /// <summary>Has jobs come and end for a while.</summary>
    /// <param name="duration">For how long.</param>
    /// <param name="tells">Whether it is told what happens to them.</param>
    public async Task RunAsync(TimeSpan duration, bool tells)
    {
        using var timer = new PeriodicTimer(Beat, TimeProvider.System);
        long since = TimeProvider.System.GetTimestamp(), before = Ended;
        while (TimeProvider.System.GetElapsedTime(since) is var elapsed && elapsed < duration)
        {
            await timer.WaitForNextTickAsync();
            long due = (long)(_options.Rate * elapsed.TotalSeconds) - (Ended - before);
            for (int i = 0; i < _users.Length; i++)
            {
                int share = (int)(due * (i + 1) / _users.Length - due * i / _users.Length);
                foreach ((string worker, CostReport report) in _users[i].Advance(share, tells))
                {
                    _workers[int.Parse(worker.AsSpan(Name.Length), CultureInfo.InvariantCulture)].Say(new SchedulerMessage.JobEnded(report));
                }
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        foreach (SchedulerClient client in _workers.Concat(_users.Select(static user => user.Client)))
        {
            await client.DisposeAsync();
        }

        await Task.WhenAll(_running);
        _ending.Dispose();
    }

    private static async Task<SchedulerClient> GreetAsync(FarmAddress scheduler, SchedulerMessage hello) =>
        await SchedulerClient.GreetAsync(new MultiplexedConnection(await new TcpTransport().ConnectAsync(scheduler, CancellationToken.None)), hello, CancellationToken.None);

    private async Task WorkAsync(SchedulerClient client)
    {
        Task listening = ListenAsync(client, static _ => { }, _ending.Token);
        using var timer = new PeriodicTimer(LoadInterval, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                client.Say(new SchedulerMessage.WorkerLoad(new NodeLoad(_options.Slots, 100, 10, 32L << 30) { Toolchains = ["gcc 12 x86_64-linux-gnu"] }));
            }
        }
        catch (OperationCanceledException)
        {
            // The load is over.
        }

        await listening;
    }

    internal static async Task ListenAsync(SchedulerClient client, Action<SchedulerMessage> hear, CancellationToken cancellationToken)
    {
        try
        {
            while (await client.ReceiveAsync(cancellationToken) is { } message)
            {
                hear(message);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or TransportException)
        {
            // The load is over.
        }
    }
}
