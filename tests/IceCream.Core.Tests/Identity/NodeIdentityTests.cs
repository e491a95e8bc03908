using FsCheck.Xunit;
using IceCream.Identity;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Identity;

public sealed class NodeIdentityTests
{
    private static readonly NodeRoles[] Certified = [NodeRoles.Agent, NodeRoles.Worker, NodeRoles.Agent | NodeRoles.Worker, NodeRoles.Monitor, NodeRoles.Scheduler];

    [Property]
    public void Whatever_can_be_certified_comes_back_from_its_uri(string network, string name, string user, byte role)
    {
        var identity = new NodeIdentity(network ?? "", Certified[role % Certified.Length], name ?? "", user ?? "");
        if (identity.Fault is null && IsText(identity))
        {
            Assert.True(NodeIdentity.TryParse(identity.ToUri(), out NodeIdentity? back));
            Assert.Equal(identity, back);
            Assert.All(identity.ToUri(), static c => Assert.True(char.IsAscii(c)));
        }
    }

    [Theory]
    [InlineData("icecream:net/worker/blade")]
    [InlineData("icecream:net/worker/blade/ada/more")]
    [InlineData("icecream:net/root/blade/ada")]
    [InlineData("icecream:net/worker/bl%61de/ada")]
    [InlineData("icecream:net/worker/bl ade/ada")]
    [InlineData("icecream:net/worker//ada")]
    [InlineData("http:net/worker/blade/ada")]
    public void Another_spelling_names_nobody(string uri) => Assert.False(NodeIdentity.TryParse(uri, out _));

    [Theory]
    [InlineData("ada@desk", true)]
    [InlineData("ada@desk/4711", true)]
    [InlineData("ada@desk2", false)]
    [InlineData("bob@desk", false)]
    [InlineData("ada@", false)]
    public void An_agent_goes_by_its_own_name_or_one_below_it(string name, bool isOwn) =>
        Assert.Equal(isOwn, new NodeIdentity("net", NodeRoles.Agent, "desk", "ada").OwnsAgentName(name));

    [Fact]
    public void A_token_comes_back_from_its_text_and_no_log_shows_its_secret()
    {
        var token = JoinToken.Create(Digest.Of([1]));
        Assert.True(JoinToken.TryParse($"  {token.ToText()}\n", out JoinToken? back));
        Assert.Equal(token, back);
        Assert.DoesNotContain(token.Secret, token.ToString(), StringComparison.Ordinal);
    }

    [Property]
    public void Any_text_is_a_token_or_is_not(string text) => Assert.Equal(JoinToken.TryParse(text ?? "", out JoinToken? token), token is not null);

    [Fact]
    public void A_token_that_was_cut_or_changed_in_form_is_none()
    {
        string text = JoinToken.Create(Digest.Of([1])).ToText();
        Assert.All(Enumerable.Range(0, text.Length), length => Assert.False(JoinToken.TryParse(text[..length], out _)));
        Assert.False(JoinToken.TryParse(text + "a", out _));
        Assert.False(JoinToken.TryParse(text.Replace('.', ':'), out _));
    }

    /// <summary>Halves of characters have no form in UTF-8: an escape makes another character of them, and the name is refused when it is read.</summary>
    private static bool IsText(NodeIdentity identity) =>
        !string.Concat(identity.Network, identity.Name, identity.User).Any(char.IsSurrogate);
}
