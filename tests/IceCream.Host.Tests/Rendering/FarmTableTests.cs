using IceCream.Host.Builds;
using IceCream.Host.Rendering;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Host.Tests.Rendering;

/// <summary>What other machines say of themselves is shown, and moves no cursor.</summary>
public sealed class FarmTableTests
{
    private const string Evil = "w\u001b[2J\u0007";

    [Fact]
    public void What_nodes_say_of_themselves_is_text_in_a_table()
    {
        var output = new StringWriter();
        FarmTable.Write(output, FarmAddress.Tcp("127.0.0.1", 8765), new FarmStatus
        {
            Network = Evil, Version = Evil, Nodes = [new NodeInfo { Name = Evil, Address = Evil, Platform = Evil, State = Evil, Remark = Evil }],
        });
        AssertHarmless(output);
    }

    [Fact]
    public void What_others_compile_is_text_in_a_report()
    {
        var output = new StringWriter();
        var job = new JobRecord
        {
            Subject = Evil, Directory = "/" + Evil, Purpose = CommandPurpose.Compile, Place = JobPlace.Local, Reason = Evil, Kind = LocalOnlyKind.UnknownFlag, ExitCode = 0,
            Duration = TimeSpan.FromSeconds(1), Ended = DateTimeOffset.UnixEpoch.AddDays(1), Timeline = JobTimeline.Empty.With(JobStep.LocalCompile, TimeSpan.FromSeconds(1)),
        };
        FinishedBuild build = Assert.Single(FinishedBuild.Recognise([job]));
        BuildTable.Write(output, build);
        BuildTable.WriteAll(output, [build]);
        JobStory.Write(output, job, [job]);
        AssertHarmless(output);
    }

    /// <summary>A script that looks for a path finds it in one line, with the rest of its row.</summary>
    [Fact]
    public void In_a_pipe_a_row_is_a_line_however_long_it_is()
    {
        string path = string.Join('/', Enumerable.Repeat("a folder with spaces", 40)) + "/a.cpp";
        var output = new StringWriter();
        JobList.Write(output, [new JobRecord { Subject = path, Place = JobPlace.Remote, Worker = "blade" }, new JobRecord { Subject = "b.c", Place = JobPlace.Remote, Worker = "blade" }]);
        string[] lines = output.ToString().TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Matches($"^{path} +blade +0\\.00$", lines[1]);
        Assert.DoesNotContain(lines, static line => line.EndsWith(' '));
    }

    [Fact]
    public void What_others_say_of_failures_is_text_in_statistics()
    {
        var output = new StringWriter();
        JobsTable.Write(output, new JobStatistics { Local = 2, Compiles = 2, Stays = [new StayCount(CommandPurpose.Compile, LocalOnlyKind.FarmFailure, Evil, 2)] });
        Assert.Contains("stays at home: ", output.ToString(), StringComparison.Ordinal);
        AssertHarmless(output);
    }

    private static void AssertHarmless(StringWriter output)
    {
        string text = output.ToString();
        Assert.Contains("w?[2J?", text, StringComparison.Ordinal);
        Assert.DoesNotContain(text, static letter => char.IsControl(letter) && letter is not ('\n' or '\r'));
    }
}
