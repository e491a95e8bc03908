using IceCream.Clients;

namespace IceCream.Nodes;

/// <summary>Whatever scheduler there is at the moment. What is said while there is none is not lost: the next greeting tells how things stand.</summary>
internal sealed class LeaseBroker : ILeaseBroker
{
    private volatile ILeaseBroker? _scheduler;

    public void Turn(SchedulerClient? scheduler) => _scheduler = scheduler;

    public void Demand(int wanted, long leastMemory) => _scheduler?.Demand(wanted, leastMemory);

    public void Return(long lease) => _scheduler?.Return(lease);

    public void Blame(string worker) => _scheduler?.Blame(worker);

    public void Outrun(string worker, double speed) => _scheduler?.Outrun(worker, speed);
}
