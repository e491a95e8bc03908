using FsCheck.Xunit;
using IceCream.Clients;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Clients;

/// <summary>What a worker says of a job is shown to people, and does nothing to their terminals.</summary>
public sealed class ForeignTextTests
{
    [Theory]
    [InlineData("the disk is full: größer geht's nicht", "the disk is full: größer geht's nicht")]
    [InlineData("\u001b]52;c;cGF5bG9hZA==\u0007done", "\ufffd]52;c;cGF5bG9hZA==\ufffddone")]
    [InlineData("fine\r\nicecream: all is well", "fine\ufffd\ufffdicecream: all is well")]
    [InlineData("\u202etxt.exe\u009b31m", "\ufffdtxt.exe\ufffd31m")]
    public void Control_characters_are_replaced(string said, string shown) => Assert.Equal(shown, ForeignText.Clean(said));

    [Property]
    public void Nothing_that_a_terminal_obeys_is_left(string text)
    {
        string clean = ForeignText.Clean(text ?? "");
        Assert.DoesNotContain(clean, char.IsControl);
        Assert.Equal((text ?? "").Length, clean.Length);
        Assert.Same(clean, ForeignText.Clean(clean));
    }

    [Fact]
    public void A_compilers_own_words_stay_as_they_are()
    {
        byte[] colours = "\u001b[01m\u001b[Ka.c:1:1:\u001b[m\u001b[K error"u8.ToArray();
        CompileResult result = ForeignText.Clean(new CompileResult
        {
            Place = JobPlace.Remote, StandardError = colours, Lookups = ObservedLookups.Clean with { Trouble = "a\u001bb" },
            Failure = new JobFailure(FailedParty.Worker, JobStep.Compile, FailureRemedy.CompileHere, "c\u001bd"),
        });
        Assert.Equal(colours, result.StandardError.ToArray());
        Assert.Equal(("a\ufffdb", "c\ufffdd"), (result.Lookups!.Trouble, result.Failure!.Message));
    }
}
