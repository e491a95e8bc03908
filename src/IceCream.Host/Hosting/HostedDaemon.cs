using IceCream.Caching;
using IceCream.Host.Configuration;
using IceCream.Identity;
using IceCream.Nodes;

namespace IceCream.Host.Hosting;

/// <summary>A daemon as a program.</summary>
/// <param name="options">How it is set up.</param>
/// <param name="token">What it joins a farm by, unless it is in that already; null: nothing.</param>
/// <param name="shared">Results that agents share; null: none are.</param>
/// <param name="files">The configuration files that were read for it.</param>
/// <param name="console">Where its lines go.</param>
internal sealed class HostedDaemon(DaemonNodeOptions options, JoinToken? token, ISharedResults? shared, IReadOnlyList<string> files, TextWriter console) : HostedNode(console)
{
    private readonly CancellationTokenSource _ending = new();
    private readonly ConfigurationWatch _settings = new(files, TimeProvider.System);
    private DaemonNode? _node;
    private Task _watching = Task.CompletedTask;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (token is not null && new FarmJoin(options, token, FarmJoin.RolesOf(options), Say) is var join && !join.IsDone(options.Credentials))
        {
            try
            {
                options = options with { Credentials = await join.RunAsync(cancellationToken) };
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // It was told to end before a scheduler of the farm answered.
                return;
            }

            Say($"'{options.Name}' has joined the farm of authority {options.Credentials.Trust.Fingerprint}");
        }

        _node = new DaemonNode(options, new NodeServices { Loggers = Loggers, SharedResults = shared });
        try
        {
            await _node.StartAsync(cancellationToken);
        }
        catch (AgentAlreadyRunsException) when (options.Yields)
        {
            // Many launchers may start an agent at the same moment. One of them wins, and the others have what they wanted.
            Say($"an agent answers at {options.Socket} already");
            End(0);
            return;
        }
        catch (AgentAlreadyRunsException e)
        {
            throw new IOException($"{e.Message.TrimEnd('.')}. Stop that one, be a worker beside it by --no-agent, or name another socket by --socket.", e);
        }

        Say(string.Join(", ", Roles()));
        if (options.Socket is not null && _node.Obstacle is { } obstacle)
        {
            Say($"no farm yet: {obstacle.Detail}");
        }

        _watching = Task.WhenAll(WatchAsync("daemon", _node.Completion), options.Yields ? WatchSettingsAsync(_node) : Task.CompletedTask);
    }

    public override async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        if (_node is not null)
        {
            await _node.DisposeAsync();
            await _watching;
        }

        _ending.Dispose();
    }

    private IEnumerable<string> Roles()
    {
        if (options.Socket is { } socket)
        {
            yield return $"agent at unix:{socket}";
        }

        if (_node?.WorkerAddress is { } worker)
        {
            yield return $"worker '{options.Name}' of network '{options.Network}' at {worker} with {options.Slots} slots";
        }

        if (options.Credentials is { } credentials)
        {
            yield return $"secure: as '{credentials.Identity.Name}', {NodeRoleWords.Of(credentials.Identity.Roles)}";
        }
        else if (options.Insecure)
        {
            yield return "insecure: in the clear, to anyone";
        }
    }

    /// <summary>An agent that started by itself has nobody to restart it: it leaves when its settings change, and the next launcher starts one that knows them.</summary>
    private async Task WatchSettingsAsync(DaemonNode node)
    {
        try
        {
            await _settings.ChangedAsync(_ending.Token);
            Say("a configuration file has changed: the next launcher starts an agent that reads it");
            await node.YieldAsync();
        }
        catch (OperationCanceledException)
        {
            // The daemon ends before its settings change.
        }
    }
}
