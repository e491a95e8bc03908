using IceCream.Execution;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Execution;

public sealed class WorkingDirectoriesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("folders").FullName;

    public WorkingDirectoriesTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "real/in"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "link"), "real");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/real")]
    [InlineData("/link")]
    [InlineData("/link/../real")]
    [InlineData("//link/.")]
    [InlineData("/real/in/..")]
    [InlineData("/real/in")]
    [InlineData("/nothing")]
    public void A_told_folder_that_links_lead_to_or_that_is_another_travels(string told) =>
        Assert.Null(WorkingDirectories.ReasonToStay(Job($"{_folder}/real") with { Environment = [$"PWD={_folder}{told}"] }));

    [Theory]
    [InlineData("PWD=/proc/self/cwd")]
    [InlineData("PWD=.")]
    [InlineData("PWD=")]
    [InlineData("OLDPWD=/")]
    public void So_does_one_that_says_nothing_here(string variable) => Assert.Null(WorkingDirectories.ReasonToStay(Job($"{_folder}/real") with { Environment = [variable] }));

    [Fact]
    public void Nobody_works_in_the_root() => Assert.Equal(LocalOnlyKind.WorkingDirectory, WorkingDirectories.ReasonToStay(Job("/"))?.Kind);

    private static CompileJob Job(string folder) => new() { CommandLine = ["gcc", "-c", "a.c"], Compiler = "/usr/bin/gcc", WorkingDirectory = folder };
}
