using IceCream.Clients;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Scheduling;

namespace IceCream.Execution.Local;

/// <summary>
/// The cores of this machine that jobs may have which could leave: what the commands that must run here leave of the local slots, and only while a processor is idle
/// and there is memory. Thread-safe.
/// </summary>
/// <param name="slots">What runs here.</param>
/// <param name="sandbox">Does such jobs: while it is not prepared there is no core.</param>
internal sealed class OwnCores(LocalSlots slots, Lazy<SandboxedCompiler> sandbox) : IOwnCores
{
    /// <summary>What is left free for everything else that runs here: a part of all memory, and the part of time in which somebody waited for memory, in thousandths.</summary>
    private const int ReservedPart = 8, MostPressure = 20;

    private readonly Lock _lock = new();
    private readonly SpeedCurve _speed = new();
    private readonly long _total = MachineMemory.Total();
    private bool _isBroken;

    /// <inheritdoc/>
    public event Action? Freed { add => slots.Freed += value; remove => slots.Freed -= value; }

    /// <inheritdoc/>
    public double Speed
    {
        get
        {
            lock (_lock)
            {
                return Math.Exp(_speed.At(slots.InUse(LocalSlotClass.Compile) + 1));
            }
        }
    }

    /// <inheritdoc/>
    public long Memory => MachineMemory.Pressure("memory") > MostPressure ? 0 : MachineMemory.Free() is >= 0 and var free ? Math.Max(0, free - (_total / ReservedPart)) : long.MaxValue;

    /// <inheritdoc/>
    public IDisposable? TryTake() => IsReady() && MachineProcessors.Busy() is var busy && busy < Environment.ProcessorCount ? slots.TryAcquire(LocalSlotClass.Compile) : null;

    /// <summary>A compile has ended well here.</summary>
    /// <param name="forecast">What it was expected to cost.</param>
    /// <param name="usage">What it used.</param>
    public void Learn(JobForecast forecast, in JobUsage usage)
    {
        if (forecast.Basis == ForecastBasis.Default || usage.Wall <= TimeSpan.Zero)
        {
            return;
        }

        int running = slots.InUse(LocalSlotClass.Compile);
        lock (_lock)
        {
            _speed.Learn(running, Math.Log(forecast.Seconds / usage.Wall.TotalSeconds), forecast.Basis == ForecastBasis.Command ? SpeedCurve.OfCommand : SpeedCurve.OfGroup);
        }
    }

    /// <summary>Whether compiles can be run in a sandbox here. The first question has that tried.</summary>
    private bool IsReady()
    {
        if (_isBroken)
        {
            return false;
        }

        try
        {
            Task<SandboxState> prepared = sandbox.Value.PreparedAsync();
            return prepared is { IsCompletedSuccessfully: true, Result.Obstacle: null } && sandbox.Value.IsObserved;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without a folder of its own nothing is compiled here but what must be, and that is compiled in place.
            _isBroken = true;
            return false;
        }
    }
}
