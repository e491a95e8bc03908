using IceCream.Host.Commands;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Host.Tests.Commands;

public sealed class WhyTests
{
    private static readonly JobStatistics Statistics = new()
    {
        Recent = [Job("src/a.c", 1), Job("src/a.c", 2), Job("/home/u/b.cc", 3), Job("xa.c", 4)],
    };

    [Theory]
    [InlineData("src/a.c", 2)]
    [InlineData("a.c", 2)]
    [InlineData("/work/src/a.c", 2)]
    [InlineData("b.cc", 3)]
    [InlineData("xa.c", 4)]
    [InlineData("c.c", null)]
    [InlineData("", null)]
    public void The_latest_job_of_a_file_is_found_by_any_end_of_its_path(string name, int? exitCode) =>
        Assert.Equal(exitCode, WhyCommand.Latest(Statistics, name)?.ExitCode);

    private static JobRecord Job(string subject, int exitCode) => new() { Subject = subject, Place = JobPlace.Remote, ExitCode = exitCode };
}
