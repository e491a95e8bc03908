using IceCream.Host.Rendering;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Host.Tests.Rendering;

public sealed class HomeStayTests
{
    private static readonly StayCount Native = new(CommandPurpose.Compile, LocalOnlyKind.LocalFlag, "-march=native means this machine's processor", 3),
        NoFarm = new(CommandPurpose.Compile, LocalOnlyKind.NoFarm, "there is no farm: the scheduler is out of reach", 2),
        Version = new(CommandPurpose.Question, LocalOnlyKind.NotACompile, "--version asks the compiler about itself", 90);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 2)]
    [InlineData(1, 1)]
    public void A_build_of_which_half_left_has_nothing_to_say(long compiles, long away) =>
        Assert.Null(HomeStay.Describe(new JobStatistics { Compiles = compiles, CompilesAway = away, Stays = [Native, Version] }));

    [Fact]
    public void Otherwise_it_names_what_kept_most_compiles_and_what_to_do()
    {
        var statistics = new JobStatistics { Compiles = 6, CompilesAway = 1, Questions = 90, Stays = [Version, Native, NoFarm] };
        Assert.Equal(
            "only 1 of 6 compiles left this machine; 3 stayed because -march=native means this machine's processor. "
            + "Name the processor instead, such as -march=x86-64-v3, to let such compiles leave.",
            HomeStay.Describe(statistics));

        using var table = new StringWriter();
        JobsTable.Write(table, statistics);
        Assert.Contains("\nstays at home: only 1 of 6 compiles", table.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_class_of_reasons_has_something_to_do_about_it()
    {
        // What an idle core here did sooner is nothing to be done about.
        Assert.Null(HomeStay.Describe(new JobStatistics { Compiles = 1, Stays = [new StayCount(CommandPurpose.Compile, LocalOnlyKind.Sooner, "", 1)] }));
        foreach (LocalOnlyKind kind in Enum.GetValues<LocalOnlyKind>().Where(static kind => kind != LocalOnlyKind.Sooner))
        {
            string reason = new LocalOnlyReason(kind).ToString();
            string line = HomeStay.Describe(new JobStatistics { Compiles = 1, Stays = [new StayCount(CommandPurpose.Compile, kind, reason, 1)] })!;
            Assert.StartsWith($"only 0 of 1 compile left this machine; 1 stayed because {reason}. ", line, StringComparison.Ordinal);
            Assert.EndsWith(".", line, StringComparison.Ordinal);
        }
    }
}
