using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Jobs;

public sealed class LocalOnlyReasonTests
{
    public static TheoryData<LocalOnlyKind> Kinds => [.. Enum.GetValues<LocalOnlyKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_reason_is_a_sentence_and_no_name_of_a_number(LocalOnlyKind kind)
    {
        string alone = new LocalOnlyReason(kind).ToString();
        Assert.Contains(' ', alone);
        Assert.DoesNotContain(kind.ToString(), alone, StringComparison.Ordinal);
        Assert.DoesNotMatch("[0-9]|[.]$", alone);

        string about = new LocalOnlyReason(kind, "/src/x.c is odd.").ToString();
        Assert.Contains("/src/x.c is odd", about, StringComparison.Ordinal);
        Assert.DoesNotContain(kind.ToString(), about, StringComparison.Ordinal);
        Assert.DoesNotMatch("[.]$", about);
        Assert.Equal("-x does it", (new LocalOnlyReason(kind, "-x") { Effect = "does it" }).ToString());
    }

    [Theory]
    [InlineData(LocalOnlyKind.NoFarm)]
    [InlineData(LocalOnlyKind.Toolchain)]
    public void What_launchers_log_shows_the_class_by_how_it_begins(LocalOnlyKind kind) =>
        Assert.StartsWith(new LocalOnlyReason(kind).ToString(), new LocalOnlyReason(kind, "nobody answers").ToString(), StringComparison.Ordinal);

    [Fact]
    public void A_failure_says_who_failed_at_what()
    {
        foreach (JobStep step in Enum.GetValues<JobStep>())
        {
            string text = new JobFailure(FailedParty.Worker, step, FailureRemedy.CompileHere, "No room.").ToString();
            Assert.StartsWith("the worker failed while ", text, StringComparison.Ordinal);
            Assert.EndsWith(": No room.", text, StringComparison.Ordinal);
            Assert.DoesNotMatch("[0-9]|[A-Z][a-z]+[A-Z]", text);
        }
    }
}
