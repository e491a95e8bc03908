using System.Globalization;

namespace IceCream.Tests;

/// <summary>How many cases a property tries that can as well try thousands: <c>ICECREAM_CASES</c> says, and <c>./ice test --long</c> sets it.</summary>
internal static class Cases
{
    /// <summary>Whether there is time for what a short run tries now and then.</summary>
    public static bool AreMany => Environment.GetEnvironmentVariable("ICECREAM_CASES") is { Length: > 0 };

    public static int Or(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("ICECREAM_CASES"), CultureInfo.InvariantCulture, out int cases) ? cases : usual;
}
