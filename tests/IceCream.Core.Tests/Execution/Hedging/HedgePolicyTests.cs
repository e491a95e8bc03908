using FsCheck;
using FsCheck.Xunit;
using IceCream.Execution.Hedging;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Execution.Hedging;

public sealed class HedgePolicyTests
{
    [Property(MaxTest = 300)]
    public void A_job_that_is_not_late_is_not_done_twice_where_no_other_is_faster(PositiveInt milliseconds, byte part)
    {
        JobForecast forecast = Forecast(milliseconds.Get / 1000.0);
        double elapsed = forecast.Seconds * HedgePolicy.DoubtOf(forecast.Basis) * part / 256;
        Assert.False(HedgePolicy.IsWorthwhile(forecast, elapsed, 1, 1));
    }

    [Property(MaxTest = 300)]
    public void One_that_never_ends_is_done_again_in_the_end(PositiveInt milliseconds, PositiveInt speed)
    {
        JobForecast forecast = Forecast(milliseconds.Get / 1000.0);
        double other = speed.Get / 100.0;
        Assert.True(HedgePolicy.IsWorthwhile(forecast, 1 + (3 * forecast.Seconds) + (2 * forecast.Seconds / other), 1, other));
    }

    [Fact]
    public void One_that_has_just_begun_on_a_slow_worker_is_worth_it_where_a_fast_one_is_free()
    {
        Assert.True(HedgePolicy.IsWorthwhile(Forecast(10), 1, 0.1, 1));
        Assert.False(HedgePolicy.IsWorthwhile(Forecast(10), 95, 0.1, 1));
    }

    [Property(MaxTest = 500)]
    public void Nothing_is_worthwhile_before_it_is_looked_at_again(PositiveInt milliseconds, PositiveInt speed, PositiveInt otherSpeed, byte begun, byte part, bool isGuess)
    {
        JobForecast forecast = Forecast(milliseconds.Get / 1000.0) with { Basis = isGuess ? ForecastBasis.Default : ForecastBasis.Command };
        double here = speed.Get / 100.0, other = otherSpeed.Get / 100.0, elapsed = begun / 64.0 * forecast.Seconds / here;
        double wait = HedgePolicy.NextLook(forecast, elapsed, here, other, TimeSpan.Zero).TotalSeconds;
        Assert.InRange(wait, HedgePolicy.LookEvery.TotalSeconds, HedgePolicy.LookAtLeastEvery.TotalSeconds);
        bool isDueNow = wait <= HedgePolicy.LookEvery.TotalSeconds;
        Assert.True(isDueNow || !HedgePolicy.IsWorthwhile(forecast, elapsed + (wait * part / 256), here, other));
    }

    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(2.4, 0.6)]
    [InlineData(2.9, 0.25)]
    [InlineData(9.0, 0.25)]
    public void A_worker_that_stops_is_noticed_when_it_has_been_silent_for_long_enough(double silent, double wait) =>
        Assert.Equal(wait, HedgePolicy.NextLook(Forecast(100), 1, 1, 1, TimeSpan.FromSeconds(silent)).TotalSeconds, 6);

    [Property(MaxTest = 500)]
    public void No_more_than_a_twentieth_is_done_in_vain(int seed)
    {
        var random = new System.Random(seed);
        var budget = new HedgeBudget();
        var reserved = new Queue<double>();
        for (int step = 0; step < 200; step++)
        {
            double seconds = Math.Exp((random.NextDouble() * 6) - 3);
            switch (random.Next(4))
            {
                case 0 when budget.TryReserve(seconds):
                    reserved.Enqueue(seconds);
                    break;
                case 1 when reserved.TryDequeue(out double ended):
                    budget.Settle(ended, ended * random.NextDouble());
                    break;
                default:
                    budget.Earn(seconds);
                    break;
            }

            (double done, double wasted) = budget.Spent;
            Assert.True(wasted <= (HedgeBudget.Share * done) + 1e-9, $"{wasted} of {done} in vain");
            Assert.False(budget.IsOverdrawn && wasted <= HedgeBudget.Share * done);
        }
    }

    private static JobForecast Forecast(double seconds) => new(new CostKeys(1, 1), seconds, 0, ForecastBasis.Command);
}
