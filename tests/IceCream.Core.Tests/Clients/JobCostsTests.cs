using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Clients;

public sealed class JobCostsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
    private readonly LogBook _log = new();

    private string File => Path.Combine(_folder, "costs");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_command_that_was_done_is_known_from_one_agent_to_the_next_and_a_new_one_by_what_it_reads()
    {
        using (JobCosts costs = Open())
        {
            Learn(costs, "a.c", seconds: 4, effort: 1000);
        }

        using JobCosts again = Open();
        JobForecast known = again.Predict(Job("a.c"), 1000), other = again.Predict(Job("b.c"), 3000);
        Assert.Equal(ForecastBasis.Command, known.Basis);
        Assert.Equal(2, known.Seconds, 0.01);
        Assert.InRange(known.PeakMemory, 1000, 1200);
        Assert.Equal(ForecastBasis.Group, other.Basis);
        Assert.Equal(6, other.Seconds, 0.1);
        Assert.Equal(0, other.PeakMemory);
    }

    [Fact]
    public void A_damaged_file_is_told_and_done_without()
    {
        using (JobCosts costs = Open())
        {
            Learn(costs, "a.c", seconds: 4, effort: 1000);
        }

        byte[] bytes = System.IO.File.ReadAllBytes(File);
        bytes[^40] ^= 1;
        System.IO.File.WriteAllBytes(File, bytes);
        using JobCosts again = Open();
        Assert.Equal(ForecastBasis.Default, again.Predict(Job("a.c"), 0).Basis);
        Assert.Contains(_log.Entries, static entry => entry.Event == EventIds.CostsIgnored);
    }

    [Fact]
    public void Commands_differ_by_any_word_and_by_their_folder_and_projects_by_the_language_too()
    {
        CostKeys one = JobCosts.KeysOf(Job("a.c"));
        Assert.Equal(one, JobCosts.KeysOf(Job("a.c")));
        Assert.NotEqual(one.Command, JobCosts.KeysOf(Job("a.c") with { CommandLine = ["cc", "-O2", "-c", "a.c"] }).Command);
        CostKeys elsewhere = JobCosts.KeysOf(Job("a.c") with { WorkingDirectory = "/home/ada/project/build/part" });
        Assert.NotEqual(one.Command, elsewhere.Command);
        Assert.Equal(one.Group, elsewhere.Group);
        Assert.NotEqual(one.Group, JobCosts.KeysOf(Job("a.cpp")).Group);
        Assert.NotEqual(one.Group, JobCosts.KeysOf(Job("a.c") with { WorkingDirectory = "/home/ada/other" }).Group);
    }

    private static void Learn(JobCosts costs, string source, double seconds, long effort) =>
        costs.Learn(JobCosts.KeysOf(Job(source)), new JobUsage(default, TimeSpan.FromSeconds(seconds), 1000), speed: 0.5, effort);

    private static CompileJob Job(string source) => new()
    {
        CommandLine = ["cc", "-c", source],
        Compiler = "/usr/bin/cc",
        WorkingDirectory = "/home/ada/project/build",
        Invocation = new CompilerInvocation
        {
            Family = CompilerFamily.Gcc, Language = SourceLanguage.C, Source = source, Output = "a.o", Arguments = [], Outputs = [],
        },
    };

    private JobCosts Open() => new(File, TimeProvider.System, _log.CreateLogger("costs"));
}
