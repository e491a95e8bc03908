using IceCream.Platform;
using Xunit;

namespace IceCream.Tests.Platform;

public sealed class AgentSocketTests
{
    [Fact]
    public void A_named_socket_is_the_only_one() =>
        Assert.Equal([new AgentSocket("/s", AgentSocketKind.Named)], Candidates(("ICECREAM_SOCKET", "/s"), ("XDG_RUNTIME_DIR", "/run/user/7")));

    [Theory]
    [InlineData("/run/user/7", "/run/user/7/icecream/agent.socket")]
    [InlineData("/run/user/7/", "/run/user/7/icecream/agent.socket")]
    [InlineData("relative", "/tmp/icecream-7/agent.socket")]
    [InlineData("", "/tmp/icecream-7/agent.socket")]
    [InlineData(null, "/tmp/icecream-7/agent.socket")]
    public void The_users_own_comes_before_the_machines(string? runtime, string path) =>
        Assert.Equal(
            [new AgentSocket(path, AgentSocketKind.Own), new AgentSocket("/run/icecream/agent.socket", AgentSocketKind.System)],
            Candidates(("ICECREAM_SOCKET", ""), ("XDG_RUNTIME_DIR", runtime)));

    [Fact]
    public void Only_a_folder_of_the_users_alone_is_trusted()
    {
        string folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
        try
        {
            uint user = Linux.EffectiveUser();
            var socket = new AgentSocket(Path.Combine(folder, "agent.socket"), AgentSocketKind.Own);
            Assert.Null(socket.Fault(user));
            Assert.Contains("belongs to user", socket.Fault(user + 1), StringComparison.Ordinal);
            Assert.Null((socket with { Kind = AgentSocketKind.Named }).Fault(user + 1));

            Linux.SetPermissions(folder, 0b111_111_000);
            Assert.Contains("others may write", socket.Fault(user), StringComparison.Ordinal);

            string link = Path.Combine(folder, "link");
            File.CreateSymbolicLink(link, "/");
            Assert.Contains("is no folder", new AgentSocket(link + "/agent.socket", AgentSocketKind.Own).Fault(user), StringComparison.Ordinal);
            Assert.Null(new AgentSocket(folder + "/none/agent.socket", AgentSocketKind.Own).Fault(user));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static AgentSocket[] Candidates(params (string Name, string? Value)[] variables) =>
        [.. AgentSocket.Candidates(name => variables.FirstOrDefault(variable => variable.Name == name).Value, 7)];
}
