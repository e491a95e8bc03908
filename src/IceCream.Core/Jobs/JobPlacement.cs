using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>How a job's worker was chosen, for people.</summary>
/// <param name="Forecast">The expected time of the compile on an average worker, in seconds.</param>
/// <param name="PeakMemory">The expected memory use, in bytes; 0: unknown.</param>
/// <param name="Basis">What the forecast was based on.</param>
/// <param name="HasWaited">Whether no slot was free when the job arrived, so that it got the first suitable one.</param>
/// <param name="Options">The workers with a free slot at that moment, the chosen one first: at most <see cref="MostOptions"/>.</param>
internal sealed record JobPlacement(double Forecast, long PeakMemory, ForecastBasis Basis, bool HasWaited, ImmutableArray<PlacementOption> Options)
{
    /// <summary>The most workers that are reported.</summary>
    public const int MostOptions = 8;

    /// <summary>The race that the job was part of; null when there was none.</summary>
    public JobRace? Race { get; init; }
}

/// <summary>A job was run in two places at once, and the faster attempt was taken.</summary>
/// <param name="Other">The worker whose attempt was cancelled; empty: this machine.</param>
/// <param name="After">How long the first attempt had run when the second began, in seconds.</param>
/// <param name="SecondWon">Whether the second attempt was the faster one.</param>
internal sealed record JobRace(string Other, double After, bool SecondWon);

/// <summary>A worker that a job could have been sent to.</summary>
/// <param name="Worker">Its name; empty: this machine.</param>
/// <param name="Speed">Its speed, where the average worker has 1.</param>
/// <param name="Expected">The expected time of the compile there, in seconds.</param>
internal sealed record PlacementOption(string Worker, double Speed, double Expected);
