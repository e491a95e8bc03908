using IceCream.Host.Commands;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Host.Tests.Commands;

public sealed class WhyTests
{
    private static readonly JobStatistics Statistics = new()
    {
        Recent =
        [
            Job("src/a.c", 1), Job("src/a.c", 2), Job("/home/u/b.cc", 3), Job("xa.c", 4),
            Job("main.c", 5) with { Directory = "/p/one" }, Job("main.c", 6) with { Directory = "/p/two", Sources = ["main.c", "../more.c"] },
        ],
    };

    [Theory]
    [InlineData("src/a.c", "1 2")]
    [InlineData("a.c", "1 2")]
    [InlineData("/work/src/a.c", "1 2")]
    [InlineData("b.cc", "3")]
    [InlineData("xa.c", "4")]
    [InlineData("one/main.c", "5")]
    [InlineData("/p/two/main.c", "6")]
    [InlineData("two/../more.c", "6")]
    [InlineData("main.c", "5 6")]
    [InlineData("c.c", "")]
    [InlineData("", "")]
    public void The_jobs_of_a_file_are_found_by_its_path_or_any_end_of_it(string name, string exitCodes) =>
        Assert.Equal(exitCodes, string.Join(' ', WhyCommand.Find(Statistics, name, "/p").Select(static job => job.ExitCode)));

    private static JobRecord Job(string subject, int exitCode) => new() { Subject = subject, Place = JobPlace.Remote, ExitCode = exitCode };
}
