using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>How a job's worker was chosen, for people.</summary>
/// <param name="Forecast">How long its compile was expected to take on an average worker, in seconds, by what is known of it.</param>
/// <param name="PeakMemory">How much memory it was expected to take, in bytes; 0: unknown.</param>
/// <param name="Basis">What was known of it.</param>
/// <param name="HasWaited">Whether no slot was free when it came, so that it got the first that suited.</param>
/// <param name="Options">The workers with a free slot at that moment, the chosen one first: at most <see cref="MostOptions"/>.</param>
internal sealed record JobPlacement(double Forecast, long PeakMemory, ForecastBasis Basis, bool HasWaited, ImmutableArray<PlacementOption> Options)
{
    /// <summary>How many workers are told.</summary>
    public const int MostOptions = 8;

    /// <summary>The race that the job was; null when it was none.</summary>
    public JobRace? Race { get; init; }
}

/// <summary>A job was done in two places at once, and one of them was faster.</summary>
/// <param name="Other">The worker whose attempt was cancelled; empty: this machine.</param>
/// <param name="After">How long the first attempt had lasted when the second began, in seconds.</param>
/// <param name="SecondWon">Whether the second attempt was the faster one.</param>
internal sealed record JobRace(string Other, double After, bool SecondWon);

/// <summary>A worker that a job could have gone to.</summary>
/// <param name="Worker">Its name; empty: this machine.</param>
/// <param name="Speed">How fast it is, where the average worker has 1.</param>
/// <param name="Expected">How long the compile was expected to take there, in seconds.</param>
internal sealed record PlacementOption(string Worker, double Speed, double Expected);
