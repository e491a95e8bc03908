using System.Globalization;
using System.Net;
using System.Text;
using IceCream.Diagnostics;
using IceCream.Host.Rendering;
using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Host.Builds;

/// <summary>Renders a build as one self-contained HTML page: no script, no external resources, light or dark by the reader's preference.</summary>
internal static class BuildPage
{
    private const int MostRows = 20;

    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #667; --line: #d8dde3; --bar: #eef1f4; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --paper: #14171a; --faint: #9aa4af; --line: #2e353c; --bar: #1d2227; } }
        body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; } p { margin: .2rem 0; } .faint { color: var(--faint); }
        dl { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0; } dl div { background: var(--bar); border-radius: .5rem; padding: .6rem 1rem; }
        dt { color: var(--faint); font-size: .8rem; } dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
        table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; max-width: 32rem; }
        td.number, th.number { width: 1%; padding-right: 1.5rem; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        svg { width: 100%; height: auto; display: block; } svg text { fill: var(--faint); font: 11px system-ui, sans-serif; } .row { fill: var(--bar); }
        .compile { fill: #0072b2; } .local { fill: #e69f00; } .prepare { fill: #56b4e9; } .failed { fill: #d55e00; }
        .key { display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin: 0 .3em 0 1em; } .key:first-child { margin-left: 0; }
        """;

    public static string Write(FinishedBuild build)
    {
        var document = BuildDocument.From(build);
        var page = new StringBuilder();
        string name = build.Name.Length > 0 ? build.Name : build.Folder.Length > 0 ? build.Folder : "a build";
        page.Append("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n");
        page.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        page.Append(CultureInfo.InvariantCulture, $"<title>{Text(name)}: {document.Seconds:0.0} s</title>\n<style>\n{Style}</style>\n");
        page.Append(CultureInfo.InvariantCulture, $"<h1>{Text(name)}</h1>\n<p class=\"faint\">{build.Began:u} to {build.Ended:u}</p>\n<dl>\n");
        Figure(page, "wall", $"{document.Seconds:0.0} s");
        Figure(page, "compilers ran", $"{document.Compiling:0.0} s");
        Figure(page, "at once, on average", $"{document.AtOnce:0.0}");
        Figure(page, "on workers", $"{document.Remote}");
        Figure(page, "known or joined", $"{document.Cached + document.Joined}");
        Figure(page, "here", $"{document.Local}");
        Figure(page, "failed or cancelled", $"{document.Failed + document.Cancelled}");
        page.Append("</dl>\n");
        BuildChart.Write(page, build);
        Chain(page, build.Chain);
        Slowest(page, build);
        Headers(page, build);
        Table(page, "Where", ["jobs", "worker"], document.Workers.Select(static worker => (worker.Count.ToString(CultureInfo.InvariantCulture), worker.Name)));
        Table(page, "Why compiles stayed", ["jobs", "reason"], document.Reasons.Take(MostRows).Select(static reason => (reason.Count.ToString(CultureInfo.InvariantCulture), reason.Name)));
        Table(page, "Where the time of all jobs went", ["seconds", "step"], document.Steps.Select(static step => (Seconds(step.Seconds), step.Step.Replace('_', ' '))));
        page.Append("</html>\n");
        return page.ToString();
    }

    /// <summary>Escapes a text for HTML. Control characters, which HTML does not allow, and direction marks, which turn what follows, are replaced.</summary>
    internal static string Text(string text) => WebUtility.HtmlEncode(PlainText.Of(text, '\ufffd'));

    private static void Slowest(StringBuilder page, FinishedBuild build)
    {
        page.Append("<h2>Slowest</h2>\n<table><tr><th class=\"number\">seconds</th><th class=\"number\">in all</th><th>source</th><th>where</th></tr>\n");
        foreach (JobRecord job in build.Work.OrderByDescending(FinishedBuild.CompilingOf).Take(MostRows))
        {
            string where = job.Place == JobPlace.Remote ? job.Worker : job.Reason.Length > 0 ? $"{Reports.Word(job.Place)}: {job.Reason}" : Reports.Word(job.Place);
            page.Append(
                CultureInfo.InvariantCulture,
                $"<tr><td class=\"number\">{Seconds(FinishedBuild.CompilingOf(job).TotalSeconds)}</td><td class=\"number\">{Seconds(job.Duration.TotalSeconds)}</td><td>{Text(job.Subject)}</td><td>{Text(where)}</td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void Chain(StringBuilder page, BuildChain chain)
    {
        if (chain.Links.IsEmpty)
        {
            return;
        }

        page.Append("<h2>What the build waited for</h2>\n");
        page.Append(
            CultureInfo.InvariantCulture,
            $"<p>Compilers ran {Seconds(chain.Compiled.TotalSeconds)} s, jobs waited {Seconds(chain.Waited.TotalSeconds)} s for slots, the rest of their roads took {Seconds(chain.Rest.TotalSeconds)} s, and for {Seconds(chain.Gap.TotalSeconds)} s none was under way.</p>\n");
        page.Append("<p class=\"faint\">Back from the last job, each came when the one before it had ended: because it needed it, or because a place was free; only the build system knows which. The longest links:</p>\n");
        page.Append("<table><tr><th class=\"number\">seconds</th><th class=\"number\">compiler</th><th class=\"number\">waited</th><th>source</th><th>where</th></tr>\n");
        foreach (ChainLink link in chain.Links.OrderByDescending(static link => link.Job.Duration).Take(MostRows))
        {
            page.Append(
                CultureInfo.InvariantCulture,
                $"<tr><td class=\"number\">{Seconds(link.Job.Duration.TotalSeconds)}</td><td class=\"number\">{Seconds(link.Compiled.TotalSeconds)}</td><td class=\"number\">{Seconds(link.Waited.TotalSeconds)}</td><td>{Text(link.Job.Subject)}</td><td>{Text(link.Job.Worker.Length > 0 ? link.Job.Worker : Reports.Word(link.Job.Place))}</td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void Headers(StringBuilder page, FinishedBuild build)
    {
        if (build.Headers.IsEmpty)
        {
            return;
        }

        page.Append("<h2>Headers that cost most</h2>\n<p class=\"faint\">Of each compile's time, a header's part of the bytes that it was given: an estimate.</p>\n");
        page.Append("<table><tr><th class=\"number\">seconds</th><th class=\"number\">compiles</th><th class=\"number\">bytes</th><th>header</th></tr>\n");
        foreach (BuildHeader header in build.Headers)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"number\">{Seconds(header.Seconds)}</td><td class=\"number\">{header.Jobs}</td><td class=\"number\">{header.Bytes}</td><td>{Text(header.Path)}</td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void Table(StringBuilder page, string title, string[] columns, IEnumerable<(string Number, string Text)> rows)
    {
        (string Number, string Text)[] all = [.. rows];
        if (all.Length == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2>\n<table><tr><th class=\"number\">{columns[0]}</th><th>{columns[1]}</th></tr>\n");
        foreach ((string number, string text) in all)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"number\">{number}</td><td>{Text(text)}</td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void Figure(StringBuilder page, string name, FormattableString figure) =>
        page.Append(CultureInfo.InvariantCulture, $"<div><dt>{name}</dt><dd>{figure.ToString(CultureInfo.InvariantCulture)}</dd></div>\n");

    private static string Seconds(double seconds) => seconds.ToString("0.00", CultureInfo.InvariantCulture);
}
