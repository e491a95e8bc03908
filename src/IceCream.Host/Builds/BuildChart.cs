using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Host.Builds;

/// <summary>Draws a build's slots over time as SVG: a row for each slot, a bar for each step of a job in it.</summary>
internal static class BuildChart
{
    private const int Left = 150, Width = 1000, Row = 16, Top = 8;

    /// <summary>More rows would be unreadable; bars below <see cref="Narrowest"/> pixels would be invisible.</summary>
    private const int MostRows = 256;

    private const double Narrowest = 0.3;

    public static void Write(StringBuilder page, FinishedBuild build)
    {
        ImmutableArray<BuildTrack> tracks = [.. BuildTrack.Of(build).Where(static track => track.Kind != TrackKind.Roads)];
        if (tracks.IsEmpty || build.Wall <= TimeSpan.Zero)
        {
            return;
        }

        int rows = Math.Min(tracks.Length, MostRows), height = (rows * Row) + Top + 24;
        double scale = (Width - Left) / (build.Wall.Ticks / (double)TimeSpan.TicksPerMicrosecond);
        page.Append("<h2>Slots over time</h2>\n<p class=\"faint\"><span class=\"key\" style=\"background:#0072b2\"></span>compiling on a worker");
        page.Append("<span class=\"key\" style=\"background:#e69f00\"></span>compiling here<span class=\"key\" style=\"background:#56b4e9\"></span>preparing for it");
        page.Append("<span class=\"key\" style=\"background:#d55e00\"></span>exit code not 0</p>\n");
        page.Append(
            CultureInfo.InvariantCulture,
            $"<svg viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-label=\"{build.Work.Count()} jobs in {tracks.Length} slots over {build.Wall.TotalSeconds:0.0} seconds\">\n");
        for (int i = 0; i < rows; i++)
        {
            int top = Top + (i * Row);
            page.Append(CultureInfo.InvariantCulture, $"<rect class=\"row\" x=\"{Left}\" y=\"{top}\" width=\"{Width - Left}\" height=\"{Row - 2}\"/>");
            page.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{top + 11}\" text-anchor=\"end\">{BuildPage.Text(NameOf(tracks[i]))}</text>\n");
            foreach (TrackEvent one in tracks[i].Events)
            {
                double width = (one.End - one.Begin) * scale;
                if (width >= Narrowest)
                {
                    page.Append(
                        CultureInfo.InvariantCulture,
                        $"<rect class=\"{ClassOf(one)}\" x=\"{Left + (one.Begin * scale):0.##}\" y=\"{top}\" width=\"{width:0.##}\" height=\"{Row - 2}\"><title>{BuildPage.Text(one.Job.Subject)}: {JobStepWords.Of(one.Step)}, {(one.End - one.Begin) / 1e6:0.000} s</title></rect>\n");
                }
            }
        }

        for (int tenth = 0; tenth <= 10; tenth += 2)
        {
            page.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"{Left + (tenth * (Width - Left) / 10)}\" y=\"{height - 6}\" text-anchor=\"{(tenth == 10 ? "end" : "middle")}\">{build.Wall.TotalSeconds * tenth / 10:0.0} s</text>");
        }

        page.Append("</svg>\n");
    }

    private static string NameOf(BuildTrack track)
    {
        const int Longest = 21;
        string place = track.Kind == TrackKind.Here ? "here" : track.Worker;
        return string.Create(CultureInfo.InvariantCulture, $"{ShortText.Abridge(place, Longest)} {track.Slot}");
    }

    private static string ClassOf(TrackEvent one) => one.Step switch
    {
        JobStep.Compile or JobStep.LocalCompile when one.Job.ExitCode is not (null or 0) => "failed",
        JobStep.Compile => "compile",
        JobStep.LocalCompile => "local",
        _ => "prepare",
    };
}
