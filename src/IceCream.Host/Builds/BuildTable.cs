using System.Collections.Immutable;
using System.Globalization;
using IceCream.Host.Rendering;
using IceCream.Jobs;
using Spectre.Console;

namespace IceCream.Host.Builds;

/// <summary>Prints builds to a terminal.</summary>
internal static class BuildTable
{
    private const int Slowest = 10;

    public static void WriteAll(TextWriter output, ImmutableArray<FinishedBuild> builds)
    {
        Table table = Terminal.Table("build", "began", "seconds", "compiles", "away", "agent", "folder");
        foreach (FinishedBuild build in builds)
        {
            table.Row(
                Number(build.Number), build.Began.ToString("u", CultureInfo.InvariantCulture), Seconds(build.Wall), Number(build.Compiles), Number(build.Away), build.Kept?.Agent ?? "here",
                build.Name.Length > 0 ? $"{build.Folder} ({build.Name})" : build.Folder);
        }

        Terminal.Write(output, table);
    }

    /// <summary>Prints one build: its figures, its slowest jobs, and why compiles stayed here.</summary>
    public static void Write(TextWriter output, FinishedBuild build)
    {
        var document = BuildDocument.From(build);
        output.WriteLine(Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"build {build.Number} in {(build.Folder.Length > 0 ? build.Folder : "an unknown folder")}, {build.Began:u}")));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{document.Seconds:0.0} s; compilers ran {document.Compiling:0.0} s, {document.AtOnce:0.0} of them at once on average"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{document.Remote} on workers, {document.Cached} known, {document.Joined} joined, {document.Local} here, {document.Failed} failed, {document.Cancelled} cancelled"));
        Table table = Terminal.Table("seconds", "in all", "source", "where");
        foreach (JobRecord job in build.Work.OrderByDescending(FinishedBuild.CompilingOf).Take(Slowest))
        {
            table.Row(Seconds(FinishedBuild.CompilingOf(job)), Seconds(job.Duration), job.Subject, job.Place == JobPlace.Remote ? job.Worker : Reports.Word(job.Place));
        }

        Terminal.Write(output, table);
        foreach (CountReport reason in document.Reasons)
        {
            output.WriteLine(Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{reason.Count} stayed: {reason.Name}")));
        }
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
