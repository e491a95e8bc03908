using System.Globalization;
using IceCream.Diagnostics;
using IceCream.Host.Rendering;
using IceCream.Jobs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace IceCream.Host.Live;

/// <summary>Renders <c>icehost watch</c>: the build's progress, the workers that compiled for it, and the jobs under way.</summary>
internal static class WatchScreen
{
    private const int MostWorkers = 8;

    private static readonly Style Faint = new(Color.Grey), Busy = new(Color.Aqua), Bold = new(decoration: Decoration.Bold), Bad = new(Color.Red);

    /// <summary>The screen.</summary>
    /// <param name="build">The build.</param>
    /// <param name="obstacle">Why no events arrive; null if they do.</param>
    /// <param name="width">The width in columns.</param>
    /// <param name="height">The height in lines.</param>
    /// <param name="now">The current time.</param>
    public static IRenderable Render(BuildProgress build, Obstacle? obstacle, int width, int height, DateTimeOffset now)
    {
        var rows = new List<IRenderable>
        {
            Line(build.Folder.Length > 0 ? build.Folder : "waiting for a build", Faint),
            Line(obstacle?.Detail ?? build.Line(now), obstacle is null ? Bold : Bad),
        };
        if (build.Part is { } part)
        {
            int columns = Math.Max(10, width - 10), done = (int)(part * columns);
            rows.Add(Line(string.Create(CultureInfo.InvariantCulture, $"{new string('█', done)}{new string('░', columns - done)} {part * 100:0} %"), Busy));
        }

        if (build.Workers.Count > 0)
        {
            string others = build.Workers.Count > MostWorkers ? $", and {build.Workers.Count - MostWorkers} more" : "";
            rows.Add(Line("done by " + string.Join(", ", build.Workers.OrderByDescending(static worker => worker.Value).Take(MostWorkers).Select(static worker => $"{worker.Key} {worker.Value}")) + others, Faint));
        }

        rows.Add(Text.Empty);
        int room = height - rows.Count - 1;
        IReadOnlyList<JobLine> jobs = build.Jobs;
        foreach (JobLine job in jobs.Take(jobs.Count > room ? room - 1 : room))
        {
            string where = job.Worker.Length > 0 ? job.Worker : job.Step is { } step ? JobStepWords.Of(step) : "";
            rows.Add(Line(string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (now - job.Since).TotalSeconds),6:0.0} s  {job.Subject}  {where}"), job.Worker.Length > 0 ? Busy : Style.Plain));
        }

        if (jobs.Count > room)
        {
            rows.Add(Line($"… {jobs.Count - room + 1} more", Faint));
        }

        return new Rows(rows);
    }

    public static IRenderable Footer() => Line("q end", Faint);

    private static Text Line(string text, Style style) => new(Terminal.Line(text), style) { Overflow = Overflow.Ellipsis };
}
