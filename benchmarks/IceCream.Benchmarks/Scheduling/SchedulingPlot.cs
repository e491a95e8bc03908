using System.Globalization;
using System.Text;

namespace IceCream.Benchmarks.Scheduling;

/// <summary>The figures of policies as a picture: for each column a group of bars, the median as a bar and the worst as a line above it.</summary>
internal static class SchedulingPlot
{
    private const int Width = 860, Height = 340, Left = 50, Top = 30, Bottom = 60;
    private const double Most = 4;

    private static readonly string[] Colours = ["#2f6fab", "#6aa84f", "#e69138", "#8e7cc3", "#999999"];

    /// <summary>Writes an SVG.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">What the groups are called.</param>
    /// <param name="rows">Of each policy its name, and for each column the median and the worst.</param>
    public static void Write(string path, IReadOnlyList<string> columns, IReadOnlyList<(string Policy, (double Median, double Worst)[] Figures)> rows)
    {
        var svg = new StringBuilder();
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        Add($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>");
        for (int level = 0; level <= Most; level++)
        {
            Add($"<line x1=\"{Left}\" x2=\"{Width - 10}\" y1=\"{Y(level):0.0}\" y2=\"{Y(level):0.0}\" stroke=\"{(level == 1 ? "#cc0000" : "#dddddd")}\"/>");
            Add($"<text x=\"{Left - 8}\" y=\"{Y(level) + 4:0.0}\" text-anchor=\"end\">{level}</text>");
        }

        double group = (double)(Width - Left - 10) / columns.Count, bar = group / (rows.Count + 1);
        for (int column = 0; column < columns.Count; column++)
        {
            double from = Left + (column * group) + (bar / 2);
            for (int row = 0; row < rows.Count; row++)
            {
                (double median, double worst) = rows[row].Figures[column];
                double x = from + (row * bar), middle = x + (bar * 0.45);
                Add($"<rect x=\"{x:0.0}\" y=\"{Y(median):0.0}\" width=\"{bar * 0.9:0.0}\" height=\"{Y(0) - Y(median):0.0}\" fill=\"{Colours[row % Colours.Length]}\"/>");
                Add($"<line x1=\"{middle:0.0}\" x2=\"{middle:0.0}\" y1=\"{Y(median):0.0}\" y2=\"{Y(worst):0.0}\" stroke=\"black\"/>");
                Add($"<text x=\"{middle:0.0}\" y=\"{Y(worst) - 4:0.0}\" text-anchor=\"middle\" font-size=\"10\">{median:0.00}</text>");
            }

            Add($"<text x=\"{from + (rows.Count * bar / 2):0.0}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{columns[column]}</text>");
        }

        for (int row = 0; row < rows.Count; row++)
        {
            Add($"<rect x=\"{Left + (row * 160)}\" y=\"{Height - 26}\" width=\"12\" height=\"12\" fill=\"{Colours[row % Colours.Length]}\"/>");
            Add($"<text x=\"{Left + 17 + (row * 160)}\" y=\"{Height - 16}\">{rows[row].Policy}</text>");
        }

        Add($"<text x=\"{Left}\" y=\"18\">Wall time over that of list scheduling with true durations: median (bar), worst (line)</text>");
        svg.Append("</svg>\n");
        File.WriteAllText(path, svg.ToString());

        void Add(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

        static double Y(double value) => Height - Bottom - (Math.Min(value, Most) / Most * (Height - Bottom - Top));
    }
}
