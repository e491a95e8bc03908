using IceCream.Host.Dashboard;
using IceCream.Nodes;

namespace IceCream.Host.Hosting;

/// <summary>Runs a scheduler as a program.</summary>
/// <param name="options">The scheduler's options.</param>
/// <param name="dashboard">The dashboard's options; null for no dashboard.</param>
/// <param name="console">Receives its messages.</param>
internal sealed class HostedScheduler(SchedulerNodeOptions options, DashboardOptions? dashboard, TextWriter console) : HostedNode(console)
{
    private SchedulerNode? _node;
    private DashboardServer? _dashboard;
    private Task _watching = Task.CompletedTask;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _node = new SchedulerNode(options, new NodeServices { Loggers = Loggers });
        await _node.StartAsync(cancellationToken);
        Say($"scheduler of network '{options.Network}' at {_node.Address}{(options.Authority is not null ? " (secure: who has joined)" : options.Insecure ? " (insecure: in the clear, to anyone)" : "")}");
        _dashboard = dashboard is null ? null : await DashboardServer.TryStartAsync(_node, dashboard, Say, Loggers, cancellationToken);
        _watching = WatchAsync("scheduler", _node.Completion);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await (_dashboard?.DisposeAsync() ?? ValueTask.CompletedTask);
            await _node.DisposeAsync();
            await _watching;
        }
    }
}
