using IceCream.Jobs;

namespace IceCream.Execution.Hedging;

/// <summary>When a job that is under way is worth a second attempt elsewhere (Dean and Barroso, "The Tail at Scale", 2013: hedged requests).</summary>
internal static class HedgePolicy
{
    /// <summary>How often a job that is under way is looked at, once it would be worth a second attempt.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>How long it may go unseen that a faster worker has come than any that was there before.</summary>
    public static readonly TimeSpan LookAtLeastEvery = TimeSpan.FromSeconds(1);

    /// <summary>A gain of less than a quarter is within what forecasts are wrong by.</summary>
    private const double Gain = 1.25;

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
    public static bool IsWorthwhile(JobForecast forecast, double elapsed, double speed, double other) =>
        Remaining(forecast.Seconds / speed, elapsed, forecast.Basis) > Needed(forecast, other);

    /// <summary>
    /// How long a job need not be looked at: until then it is not worthwhile to do it anew, if nobody comes who is faster. Most jobs have ended by then, and cost nothing.
    /// </summary>
    /// <param name="forecast">What the job is expected to cost.</param>
    /// <param name="elapsed">How long it has been under way, in seconds.</param>
    /// <param name="speed">How fast it is done there.</param>
    /// <param name="other">How fast it would be done anew.</param>
    /// <param name="silent">How long its worker has not been heard of.</param>
    /// <returns>Between <see cref="LookEvery"/> and <see cref="LookAtLeastEvery"/>.</returns>
    public static TimeSpan NextLook(JobForecast forecast, double elapsed, double speed, double other, TimeSpan silent)
    {
        double expected = forecast.Seconds / speed, needed = Needed(forecast, other);
        double late = expected - elapsed > needed ? 0 : Math.Max((expected * DoubtOf(forecast.Basis)) + Way, expected + needed) - elapsed;
        double first = Math.Min(late, (Silence - silent).TotalSeconds);
        return TimeSpan.FromSeconds(Math.Clamp(first, LookEvery.TotalSeconds, LookAtLeastEvery.TotalSeconds));
    }

    /// <summary>How much must be left of a job for it to be worth doing anew, in seconds.</summary>
    private static double Needed(JobForecast forecast, double other) => Gain * ((forecast.Seconds / other) + Way);
}
