namespace IceCream.Benchmarks.Monitoring;

/// <summary>How a scheduler is loaded.</summary>
internal sealed record LoadOptions
{
    /// <summary>The scheduler's program; null: that of <see cref="Scheduler"/> is left alone.</summary>
    public string? Program { get; init; }

    /// <summary>A scheduler that runs already, as <c>HOST:PORT</c>: it is loaded, and nothing is measured.</summary>
    public string? Scheduler { get; init; }

    /// <summary>How long, in seconds.</summary>
    public int Seconds { get; init; } = 300;

    /// <summary>How many jobs end a second.</summary>
    public int Rate { get; init; } = 1000;

    public int Workers { get; init; } = 400;

    public int Slots { get; init; } = 8;

    public int Agents { get; init; } = 20;

    /// <exception cref="ArgumentException">An option cannot be meant: the message says why.</exception>
    public static LoadOptions Parse(string[] arguments)
    {
        var named = new NamedOptions(arguments, "--program", "--scheduler", "--seconds", "--rate", "--workers", "--slots", "--agents");
        var usual = new LoadOptions();
        return named.Has("--program") == named.Has("--scheduler")
            ? throw new ArgumentException("Name the scheduler's program by --program, which is started and measured, or by --scheduler HOST:PORT one that runs.")
            : new LoadOptions
            {
                Program = named.Has("--program") ? named.Text("--program", "") : null,
                Scheduler = named.Has("--scheduler") ? named.Text("--scheduler", "") : null,
                Seconds = named.Count("--seconds", usual.Seconds),
                Rate = named.Count("--rate", usual.Rate),
                Workers = named.Count("--workers", usual.Workers),
                Slots = named.Count("--slots", usual.Slots),
                Agents = named.Count("--agents", usual.Agents),
            };
    }
}
