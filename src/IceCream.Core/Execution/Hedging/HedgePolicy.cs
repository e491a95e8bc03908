using IceCream.Jobs;

namespace IceCream.Execution.Hedging;

/// <summary>Decides when a running job is worth a second attempt elsewhere (Dean and Barroso, "The Tail at Scale", 2013: hedged requests).</summary>
internal static class HedgePolicy
{
    /// <summary>How often a running job is checked once a second attempt might be worthwhile.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest interval between checks: a faster worker than before may have appeared.</summary>
    public static readonly TimeSpan LookAtLeastEvery = TimeSpan.FromSeconds(1);

    /// <summary>The required gain: less than a quarter is within the error of forecasts.</summary>
    private const double Gain = 1.25;

    /// <summary>A worker that has been silent for this long counts as stopped: three heartbeat intervals.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    /// <summary>The cost of a second attempt besides its compile, in seconds: the transfer there and back.</summary>
    public const double Way = 0.1;

    /// <summary>
    /// The factor by which a job may exceed its forecast before it counts as late. For a known command the same time is expected again; a guess from
    /// the bytes of inputs is wrong by a factor of two for one job in ten.
    /// </summary>
    public static double DoubtOf(ForecastBasis basis) => basis switch
    {
        ForecastBasis.Command => 1.6,
        ForecastBasis.Group => 2.5,
        _ => 4,
    };

    /// <summary>
    /// The expected remaining time of a job, in seconds: the rest of the forecast; zero while it is slightly over the forecast, as most jobs are; and
    /// for a late job, as much as it is overdue: the longer a job is overdue, the longer it is expected to take.
    /// </summary>
    /// <param name="expected">The forecast at its place, in seconds.</param>
    /// <param name="elapsed">The elapsed time, in seconds.</param>
    /// <param name="basis">What the forecast is based on.</param>
    public static double Remaining(double expected, double elapsed, ForecastBasis basis) =>
        elapsed < expected ? expected - elapsed
        : elapsed < (expected * DoubtOf(basis)) + Way ? 0
        : elapsed - expected;

    /// <summary>Whether a new attempt is expected to end sooner than the running one, and by enough to be worth the work.</summary>
    /// <param name="forecast">The forecast of the job.</param>
    /// <param name="elapsed">How long it has been running, in seconds.</param>
    /// <param name="speed">The speed of its current place.</param>
    /// <param name="other">The speed of the place of the new attempt.</param>
    public static bool IsWorthwhile(JobForecast forecast, double elapsed, double speed, double other) =>
        Remaining(forecast.Seconds / speed, elapsed, forecast.Basis) > Needed(forecast, other);

    /// <summary>
    /// The time until the next check of a job: before that no second attempt is worthwhile unless a faster worker appears. Most jobs have ended by
    /// then, and cost nothing.
    /// </summary>
    /// <param name="forecast">The forecast of the job.</param>
    /// <param name="elapsed">How long it has been running, in seconds.</param>
    /// <param name="speed">The speed of its current place.</param>
    /// <param name="other">The speed of the place of a new attempt.</param>
    /// <param name="silent">How long its worker has been silent.</param>
    /// <returns>Between <see cref="LookEvery"/> and <see cref="LookAtLeastEvery"/>.</returns>
    public static TimeSpan NextLook(JobForecast forecast, double elapsed, double speed, double other, TimeSpan silent)
    {
        double expected = forecast.Seconds / speed, needed = Needed(forecast, other);
        double late = expected - elapsed > needed ? 0 : Math.Max((expected * DoubtOf(forecast.Basis)) + Way, expected + needed) - elapsed;
        double first = Math.Min(late, (Silence - silent).TotalSeconds);
        return TimeSpan.FromSeconds(Math.Clamp(first, LookEvery.TotalSeconds, LookAtLeastEvery.TotalSeconds));
    }

    /// <summary>The remaining time, in seconds, above which a new attempt is worthwhile.</summary>
    private static double Needed(JobForecast forecast, double other) => Gain * ((forecast.Seconds / other) + Way);
}
