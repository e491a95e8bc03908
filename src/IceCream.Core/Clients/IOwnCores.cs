namespace IceCream.Clients;

/// <summary>The cores of the submitting machine, as far as they may run jobs that could also go to a worker.</summary>
internal interface IOwnCores
{
    /// <summary>The speed of one core, where the average worker has 1.</summary>
    double Speed { get; }

    /// <summary>How many bytes of memory one more job may take without making this machine swap; 0 when none may begin.</summary>
    long Memory { get; }

    /// <summary>Called, on any thread, when a core may have become idle.</summary>
    event Action? Freed;

    /// <summary>Takes a core, or returns null if none is idle. Disposing the result gives the core back.</summary>
    IDisposable? TryTake();
}
