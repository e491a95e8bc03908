using IceCream.Nodes;
using IceCream.Transport;

namespace IceCream.Host.Hosting;

/// <summary>A daemon as a program.</summary>
internal sealed class HostedDaemon(DaemonNodeOptions options, TextWriter console) : HostedNode(console)
{
    private DaemonNode? _node;
    private Task _watching = Task.CompletedTask;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _node = new DaemonNode(options, new CompositeTransport(new TcpTransport(), new UnixTransport()), new DaemonServices { Loggers = Loggers });
        try
        {
            await _node.StartAsync(cancellationToken);
        }
        catch (AgentAlreadyRunsException)
        {
            // Many launchers may start an agent at the same moment. One of them wins, and the others have what they wanted.
            Say($"an agent answers at {options.Socket} already");
            End(0);
            return;
        }

        Say(string.Join(", ", Roles()));
        if (options.Socket is not null && _node.Obstacle is { } obstacle)
        {
            Say($"no farm yet: {obstacle}");
        }

        _watching = WatchAsync(_node);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
            await _watching;
        }
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

        if (options.Insecure)
        {
            yield return "insecure: in the clear, to anyone";
        }
    }

    private async Task WatchAsync(DaemonNode node)
    {
        try
        {
            await node.Completion;
            End(0);
        }
        catch (OperationCanceledException)
        {
            End(0);
        }
        catch (Exception e)
        {
            // The last word of a node that broke: a service manager restarts it because of the exit code.
            Say($"the daemon broke off: {e.Message}");
            End(1);
        }
    }
}
