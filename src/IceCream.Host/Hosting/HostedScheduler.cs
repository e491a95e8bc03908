using IceCream.Nodes;
using IceCream.Transport;

namespace IceCream.Host.Hosting;

/// <summary>A scheduler as a program.</summary>
internal sealed class HostedScheduler(SchedulerNodeOptions options, TextWriter console) : HostedNode(console)
{
    private readonly SchedulerNode _node = new(options, new CompositeTransport(new TcpTransport(), new UnixTransport()));

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await _node.StartAsync(cancellationToken);
        Say($"scheduler of network '{options.Network}' at {_node.Address}{(options.Insecure ? " (insecure: in the clear, to anyone)" : "")}");
    }

    public override ValueTask DisposeAsync() => _node.DisposeAsync();
}
