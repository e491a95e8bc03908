using IceCream.Jobs;

namespace IceCream.Execution.Hedging;

/// <summary>When a job that is under way is worth a second attempt elsewhere (Dean and Barroso, "The Tail at Scale", 2013: hedged requests).</summary>
internal static class HedgePolicy
{
    /// <summary>How often a job that is under way is looked at.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>A worker that was not heard of for so long is taken to have stopped: three of its beats.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    /// <summary>What a second attempt costs beside its compile, in seconds: its way there and back.</summary>
    public const double Way = 0.1;

    /// <summary>
    /// By which factor a job may take longer than expected before it counts as late. Of a command that was seen before, the same again; what is guessed
    /// from the bytes that are read is wrong by a factor of two for one job in ten.
    /// </summary>
    public static double DoubtOf(ForecastBasis basis) => basis switch
    {
        ForecastBasis.Command => 1.6,
        ForecastBasis.Group => 2.5,
        _ => 4,
    };

    /// <summary>
    /// How long a job takes still, in seconds: what is left of the expected time; none beyond it, as most are a little late; and of one that is late, as much as it
    /// is late by: the longer one is overdue, the longer it will be.
    /// </summary>
    /// <param name="expected">How long it was expected to take there, in seconds.</param>
    /// <param name="elapsed">How long it has taken, in seconds.</param>
    /// <param name="basis">What that was expected from.</param>
    public static double Remaining(double expected, double elapsed, ForecastBasis basis) =>
        elapsed < expected ? expected - elapsed
        : elapsed < (expected * DoubtOf(basis)) + Way ? 0
        : elapsed - expected;

    /// <summary>Whether doing a job anew is expected to end sooner than waiting for it, and by enough to be worth the work.</summary>
    /// <param name="forecast">What the job is expected to cost.</param>
    /// <param name="elapsed">How long it has been under way, in seconds.</param>
    /// <param name="speed">How fast it is done there.</param>
    /// <param name="other">How fast it would be done anew.</param>
    public static bool IsWorthwhile(JobForecast forecast, double elapsed, double speed, double other)
    {
        // A gain of less than a quarter is within what forecasts are wrong by.
        const double Gain = 1.25;
        return Remaining(forecast.Seconds / speed, elapsed, forecast.Basis) > Gain * ((forecast.Seconds / other) + Way);
    }
}
