using IceCream.Jobs;
using IceCream.Monitoring;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Monitoring;

public sealed class JobReporterTests
{
    [Fact]
    public void A_name_that_is_too_long_is_not_cut_within_a_character()
    {
        string kept = new('x', JobReporter.LongestName - 1);
        var events = new JobEventStream(new FakeTimeProvider());
        using JobEventSubscription subscription = events.Subscribe();
        new JobReporter(events, "ada@desk", "ada", kept + "\U0001F366", new FakeTimeProvider())
            .Begin(new CompileJob { CommandLine = ["gcc"], Compiler = "/usr/bin/gcc", WorkingDirectory = "/src" }, "a.c", CommandPurpose.Compile);
        Assert.Equal(kept, Assert.Single(subscription.Take().OfType<JobBegun>()).Build);
    }
}
