using IceCream.Clients;

namespace IceCream.Nodes;

/// <summary>Forwards to the current scheduler, if there is one. Calls without a scheduler are dropped safely: the next greeting reports the current state.</summary>
internal sealed class LeaseBroker : ILeaseBroker
{
    private volatile ILeaseBroker? _scheduler;

    public void Turn(SchedulerClient? scheduler) => _scheduler = scheduler;

    public void Demand(int wanted, long leastMemory) => _scheduler?.Demand(wanted, leastMemory);

    public void Return(long lease) => _scheduler?.Return(lease);

    public void Blame(string worker) => _scheduler?.Blame(worker);

    public void Outrun(string worker, double speed) => _scheduler?.Outrun(worker, speed);
}
