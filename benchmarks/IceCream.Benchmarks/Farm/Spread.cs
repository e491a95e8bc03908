using System.Globalization;

namespace IceCream.Benchmarks.Farm;

/// <summary>How values lie.</summary>
internal sealed record Spread(double Min, double LowerQuartile, double Median, double UpperQuartile, double Max)
{
    /// <param name="values">One at least.</param>
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new Spread(sorted[0], At(0.25), At(0.5), At(0.75), sorted[^1]);

        // Between two values, what lies between them in proportion.
        double At(double share)
        {
            double place = share * (sorted.Length - 1);
            int below = (int)place;
            return below + 1 < sorted.Length ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
        }
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Median:0.000} | {LowerQuartile:0.000} to {UpperQuartile:0.000} | {Min:0.000} to {Max:0.000}");
}
