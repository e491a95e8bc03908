using IceCream.Jobs;
using IceCream.Roots;
using Xunit;

namespace IceCream.Tests.Roots;

public sealed class RootPlanTests
{
    [Fact]
    public void A_job_that_writes_in_thousands_of_folders_is_refused_before_each_file_is_looked_for_in_each() =>
        Assert.Contains("more than 256 folders", Assert.Throws<InvalidDataException>(() => new RootPlan(WritingIn(10_000))).Message, StringComparison.Ordinal);

    [Fact]
    public void Many_outputs_in_some_folders_are_welcome()
    {
        RootContents job = WritingIn(100);
        Assert.Equal(100, new RootPlan(job with { Outputs = [.. job.Outputs, .. job.Outputs.Select(static output => new JobOutput(output.Path + ".d", false))] }).OutputFolders.Length);
    }

    private static RootContents WritingIn(int folders) =>
        new(FileTree.Empty, FileTree.Empty, [.. Enumerable.Range(0, folders).Select(static i => new JobOutput($"/src/{i}/a.o", false))], "/src", 0);
}
