using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace IceCream.Tests.Rules;

/// <summary>What a page points at exists: links, files of the repository, and decisions by their numbers.</summary>
public sealed partial class PageRules
{
    private static readonly string[] Folders = ["docs", "integrations", "benchmarks", "src", "tests"];

    [Fact]
    public void Links_lead_to_files() => Assert.Empty(
        Found(Link()).Where(static found => !Exists(Path.GetDirectoryName(found.Page)!, found.Target)).Select(Describe));

    /// <summary>A path in a page is seen from the repository's root; the name of another page may also be seen from the page's own folder.</summary>
    [Fact]
    public void Paths_of_the_repository_exist() => Assert.Empty(
        Found(OwnPath()).Where(static found => !Exists(ImportRules.Root(), found.Target) && !Exists(Path.GetDirectoryName(found.Page)!, found.Target)).Select(Describe));

    [Fact]
    public void Decisions_that_are_named_exist()
    {
        string[] decisions = [.. Directory.GetFiles(Path.Combine(ImportRules.Root(), "docs/decisions"), "*.md").Select(static file => Path.GetFileName(file)[..4])];
        Assert.Empty(Found(Decision()).Where(found => !decisions.Contains(int.Parse(found.Target, CultureInfo.InvariantCulture).ToString("0000", CultureInfo.InvariantCulture))).Select(Describe));
    }

    /// <summary>What a pattern's one group catches in all pages, every time; a rule that finds nothing would hold whatever the pages say.</summary>
    private static (string Page, string Target)[] Found(Regex pattern)
    {
        (string Page, string Target)[] found =
            [.. Pages().SelectMany(page => pattern.Matches(File.ReadAllText(page)).SelectMany(static match => match.Groups[1].Captures).Select(capture => (page, capture.Value)))];
        Assert.NotEmpty(found);
        return found;
    }

    /// <summary>All pages but those in folders that a build fills.</summary>
    private static IEnumerable<string> Pages() =>
        Directory.EnumerateFiles(ImportRules.Root(), "*.md")
            .Concat(Folders.SelectMany(static folder => Directory.EnumerateFiles(Path.Combine(ImportRules.Root(), folder), "*.md", SearchOption.AllDirectories)))
            .Where(static page => !Path.GetRelativePath(ImportRules.Root(), page).Split('/').Any(static part => part is "bin" or "obj"));

    private static bool Exists(string folder, string target) => Path.Exists(Path.Combine(folder, target));

    private static string Describe((string Page, string Target) found) => $"{Path.GetRelativePath(ImportRules.Root(), found.Page)} names {found.Target}";

    /// <summary>A link or a picture that is no address, without the heading behind the file's name.</summary>
    [GeneratedRegex(@"\]\((?!\w+:|#)([^)#\s]+)")]
    private static partial Regex Link();

    /// <summary>A path below one of our folders, or the name of a page, set as code; a pattern or a place holder is none.</summary>
    [GeneratedRegex(@"`((?:docs|integrations|benchmarks|src|tests)/[\w./-]*|[\w./-]+\.md)`")]
    private static partial Regex OwnPath();

    /// <summary>"decision 3", or several: "decisions 3, 4 and 5".</summary>
    [GeneratedRegex(@"\b[Dd]ecisions?\s+(?<number>\d+)(?:(?:,\s+|\s+and\s+)(?<number>\d+))*")]
    private static partial Regex Decision();
}
