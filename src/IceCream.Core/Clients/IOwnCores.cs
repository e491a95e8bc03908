namespace IceCream.Clients;

/// <summary>The cores of the submitting machine, as far as jobs may have them that could leave.</summary>
internal interface IOwnCores
{
    /// <summary>How fast one of them does a job, where the average worker has 1.</summary>
    double Speed { get; }

    /// <summary>How many bytes of memory one more job may take without making this machine swap; 0 when none may begin.</summary>
    long Memory { get; }

    /// <summary>Called, on any thread, when a core may have become idle.</summary>
    event Action? Freed;

    /// <summary>Takes a core, if one is idle. Disposing it gives it back.</summary>
    IDisposable? TryTake();
}
