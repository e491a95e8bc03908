using IceCream.Clients;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Scheduling;

namespace IceCream.Execution.Local;

/// <summary>
/// The idle cores of this machine for jobs that could leave: the local slots that commands which must run here leave free, and only while a processor
/// is idle and memory is available. Thread-safe.
/// </summary>
/// <param name="slots">The slots of this machine.</param>
/// <param name="sandbox">Executes such jobs: while it is not prepared, no core is available.</param>
internal sealed class OwnCores(LocalSlots slots, RetriedLazy<SandboxedCompiler> sandbox) : IOwnCores
{
    /// <summary>
    /// The reserve for everything else on this machine: a share of all memory (one in this many), and the highest memory pressure, in thousandths of
    /// the time.
    /// </summary>
    private const int ReservedPart = 8, MostPressure = 20;

    private readonly Lock _lock = new();
    private readonly SpeedCurve _speed = new();
    private readonly long _total = MachineMemory.Total();

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
    public IDisposable? TryTake() =>
        // The sandbox is not prepared before a core is idle: the preparation starts some fifteen programs, and busy cores have no use for it.
        MachineProcessors.Busy() < Environment.ProcessorCount && IsReady() ? slots.TryAcquire(LocalSlotClass.Compile) : null;

    /// <summary>Learns from a compile that has succeeded here.</summary>
    /// <param name="forecast">Its forecast.</param>
    /// <param name="usage">The resources that it used.</param>
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

    /// <summary>Whether compiles can run in a sandbox here. The first call starts the preparation.</summary>
    private bool IsReady()
    {
        try
        {
            Task<SandboxState> prepared = sandbox.Value.PreparedAsync();
            return prepared is { IsCompletedSuccessfully: true, Result.Obstacle: null } && sandbox.Value.IsObserved;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without a writable folder only jobs that must run here do so, without a sandbox.
            return false;
        }
    }
}
