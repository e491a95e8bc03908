using IceCream.Benchmarks.Connections;

namespace IceCream.Benchmarks.Saturation;

/// <summary>What <c>saturation</c> measures. The defaults are the run that is quoted.</summary>
internal sealed record SaturationOptions
{
    /// <summary>TCP has the farm in a process of its own; in memory everything shares one.</summary>
    public required Medium Medium { get; init; }

    public required int Workers { get; init; }

    public required int Slots { get; init; }

    /// <summary>How many commands the build runs at once.</summary>
    public required int Jobs { get; init; }

    /// <summary>How many commands in all.</summary>
    public required int Files { get; init; }

    /// <summary>How many headers a source includes.</summary>
    public required int Headers { get; init; }

    /// <summary>How long the stand-in for a compiler takes.</summary>
    public required TimeSpan Compile { get; init; }

    /// <summary>How many builds of the same sources, one after the other: the first also warms up.</summary>
    public required int Rounds { get; init; }

    /// <summary>The launcher to start for each command; empty: this process speaks for launchers.</summary>
    public required string Launcher { get; init; }

    /// <exception cref="ArgumentException">An option is unknown or out of its range.</exception>
    public static SaturationOptions Parse(ReadOnlySpan<string> arguments)
    {
        var given = new NamedOptions(arguments, "--medium", "--workers", "--slots", "--jobs", "--files", "--headers", "--seconds", "--rounds", "--launcher");
        string launcher = given.Text("--launcher", "");
        return new SaturationOptions
        {
            Medium = given.Text("--medium", "tcp") switch
            {
                "tcp" => Medium.Tcp,
                "memory" => Medium.Memory,
                var other => throw new ArgumentException($"--medium is '{other}', but must be tcp or memory."),
            },
            Workers = given.Count("--workers", 10),
            Slots = given.Count("--slots", 40),
            Jobs = given.Count("--jobs", 400),
            Files = given.Count("--files", 4000),
            Headers = given.Count("--headers", 50),
            Compile = TimeSpan.FromSeconds(given.Amount("--seconds", 1)),
            Rounds = given.Count("--rounds", 2),
            Launcher = launcher.Length == 0 || File.Exists(launcher) ? launcher : throw new ArgumentException($"--launcher: there is no '{launcher}'."),
        };
    }
}
