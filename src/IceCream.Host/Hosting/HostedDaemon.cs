using IceCream.Caching;
using IceCream.Host.Configuration;
using IceCream.Identity;
using IceCream.Nodes;

namespace IceCream.Host.Hosting;

/// <summary>Runs a daemon as a program.</summary>
/// <param name="options">The daemon's options.</param>
/// <param name="token">The token for a farm, unless it has joined already; null to join none.</param>
/// <param name="shared">The result cache that agents share; null for none.</param>
/// <param name="files">The configuration files that were read for it.</param>
/// <param name="console">Receives its messages.</param>
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
                // A signal came before a scheduler of the farm answered.
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
            // Several launchers may start an agent at the same moment. One agent wins; for the other launchers it serves just as well.
            Say($"an agent answers at {options.Socket} already");
            End(0);
            return;
        }
        catch (AgentAlreadyRunsException e)
        {
            throw new IOException($"{e.Message.TrimEnd('.')}. Stop that one, be a worker beside it by --no-agent, or name another socket by --socket.", e);
        }

        Say(string.Join(", ", Roles()));
        if (options.Socket is not null && _node.ReasonToStay is { } reason)
        {
            Say($"no farm yet: {reason.Detail}");
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

    /// <summary>Ends an auto-started agent when its settings change: no service manager restarts it, but the next launcher starts one that reads them.</summary>
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
