using System.Globalization;

namespace IceCream.Tests;

/// <summary>How many cases a property tries that can as well try thousands: <c>ICECREAM_CASES</c> says, and <c>./ice test --long</c> sets it.</summary>
internal static class Cases
{
    public static int Or(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("ICECREAM_CASES"), CultureInfo.InvariantCulture, out int cases) ? cases : usual;
}
