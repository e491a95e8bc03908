using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using IceCream.Host.Builds;
using IceCream.Host.Commands;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Host.Tests.Builds;

public sealed partial class BuildReportTests
{
    private static readonly FinishedBuild Build = FinishedBuild.Recognise(
    [
        RandomJobs.Job("slow.cpp", 0, 4, "blade", (JobStep.Lease, 1), (JobStep.Compile, 3)),
        RandomJobs.Job("fast.cpp", 0, 1, "blade", (JobStep.Compile, 1)),
        RandomJobs.Job("known.cpp", 1, 0.1) with { Place = JobPlace.Cached, Reason = "" },
        RandomJobs.Job("here.cpp", 1, 2, "", (JobStep.LocalSlot, 1), (JobStep.LocalCompile, 1)),
    ])[0];

    [Fact]
    public void The_document_tells_figures_and_jobs()
    {
        using var document = JsonDocument.Parse(BuildDocument.From(Build).ToJson());
        JsonElement root = document.RootElement;
        Assert.Equal((4.0, 5.0, 1.25), (root.GetProperty("seconds").GetDouble(), root.GetProperty("compiling").GetDouble(), root.GetProperty("at_once").GetDouble()));
        Assert.Equal((2, 1, 1), (root.GetProperty("remote").GetInt32(), root.GetProperty("local").GetInt32(), root.GetProperty("cached").GetInt32()));
        Assert.Equal("it links", root.GetProperty("reasons")[0].GetProperty("name").GetString());
        Assert.Equal(4, root.GetProperty("jobs").GetArrayLength());
        Assert.Equal("compile", root.GetProperty("steps")[0].GetProperty("step").GetString());
    }

    [Fact]
    public void The_document_of_a_list_tells_of_each_build()
    {
        var builds = FinishedBuild.Recognise([RandomJobs.Job("a.c", 0, 1), RandomJobs.Job("a.c", 100, 1)]);
        using var document = JsonDocument.Parse(BuildListDocument.From(builds).ToJson());
        JsonElement list = document.RootElement.GetProperty("builds");
        Assert.Equal([1, 2], list.EnumerateArray().Select(static build => build.GetProperty("build").GetInt32()));
        Assert.Equal(builds[1].Folder, list[1].GetProperty("folder").GetString());
        Assert.Equal(1, list[1].GetProperty("compiles").GetInt32());
        Assert.Equal(builds[1].Began, list[1].GetProperty("began").GetDateTimeOffset());
    }

    [Fact]
    public void The_page_shows_them_and_needs_nothing_from_elsewhere()
    {
        string page = BuildPage.Write(Build);
        string table = page[page.IndexOf("<h2>Slowest", StringComparison.Ordinal)..];
        Assert.True(table.IndexOf("slow.cpp", StringComparison.Ordinal) < table.IndexOf("fast.cpp", StringComparison.Ordinal));
        Assert.Contains("<svg ", page, StringComparison.Ordinal);
        Assert.Contains("Slots over time", page, StringComparison.Ordinal);
        Assert.Contains("local: it links", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(Elsewhere(), page);
    }

    /// <summary>A name may turn neither the words behind it nor what they say.</summary>
    [Fact]
    public void A_name_turns_nothing_on_the_page() => Assert.Equal("a\ufffdcpp.exe\ufffd&lt;b&gt;", BuildPage.Text("a\u202ecpp.exe\u2066<b>"));

    /// <summary>Whatever a job is called, it stays text.</summary>
    [Property]
    public Property No_name_becomes_markup() => Prop.ForAll(RandomJobs.Builds, static jobs =>
    {
        foreach (FinishedBuild build in FinishedBuild.Recognise(jobs))
        {
            string page = BuildPage.Write(build);
            Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(page, static letter => char.IsControl(letter) && letter != '\n');

            // The picture is XML, of which a browser forgives less than of the rest.
            foreach (Match picture in Picture().Matches(page))
            {
                new XmlDocument().LoadXml(picture.Value);
            }
        }
    });

    [Theory]
    [InlineData(null, 2)]
    [InlineData("1", 1)]
    [InlineData("out", 2)]
    [InlineData("/home/ada/project/out/", 2)]
    public void A_build_is_found_by_number_or_folder(string? wanted, int number)
    {
        var builds = FinishedBuild.Recognise([RandomJobs.Job("a.c", 0, 1), RandomJobs.Job("a.c", 100, 1)]);
        Assert.Equal(number, ReportCommand.Find(builds, wanted, "none").Number);
    }

    [Fact]
    public void A_build_that_is_not_known_is_an_error_that_says_which_are()
    {
        var builds = FinishedBuild.Recognise([RandomJobs.Job("a.c", 0, 1)]);
        Assert.Contains("'7' is known: there are 1, numbered from 1 to 1", Assert.Throws<IOException>(() => ReportCommand.Find(builds, "7", "none")).Message, StringComparison.Ordinal);
        Assert.Contains("no compile", Assert.Throws<IOException>(() => ReportCommand.Find([], null, "no compile was seen")).Message, StringComparison.Ordinal);
    }

    [GeneratedRegex("(?i)( src=|href=|url\\(|@import|https?:)")]
    private static partial Regex Elsewhere();

    [GeneratedRegex("(?s)<svg .*?</svg>")]
    private static partial Regex Picture();
}
