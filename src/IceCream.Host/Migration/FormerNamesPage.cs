using System.Globalization;
using System.Text;
using IceCream.Host.Configuration;

namespace IceCream.Host.Migration;

/// <summary>Generates the tables of <c>docs/from-icecream.md</c> from <see cref="FormerNames"/>.</summary>
internal static class FormerNamesPage
{
    /// <summary>One Markdown table with a row for each name.</summary>
    public static string Table(FormerPlace place)
    {
        var table = new StringBuilder("| icecream 1.4 | here | remark |\n|---|---|---|\n");
        foreach (FormerName former in FormerNames.All.Where(former => former.Place == place))
        {
            string equal = former.Equal.Length > 0 ? Code(former.Equal) : "–";
            table.Append(CultureInfo.InvariantCulture, $"| {Code(former.Name)} | {equal} | {former.Remark} |\n");
        }

        return table.ToString();
    }

    private static string Code(string names) => string.Join(", ", names.Split(", ").Select(static name => $"`{name}`"));
}
