using System.Globalization;
using System.Net.Sockets;
using IceCream.Platform;
using Xunit;

namespace IceCream.Tests.Platform;

public sealed class PeerCredentialsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task They_are_those_of_the_process_that_connected()
    {
        var place = new UnixDomainSocketEndPoint(Path.Combine(_folder, "socket"));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(place);
        listener.Listen(1);
        using var caller = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await caller.ConnectAsync(place);
        using Socket accepted = await listener.AcceptAsync();
        using var stream = new NetworkStream(accepted);

        Assert.Equal(new PeerCredentials(Environment.ProcessId, Linux.EffectiveUser(), Linux.EffectiveGroup()), PeerCredentials.Of(stream));
    }

    [Fact]
    public void Nobody_is_known_behind_what_is_no_socket() => Assert.Null(PeerCredentials.Of(Stream.Null));

    [Theory]
    [InlineData(1000, 100, false)]
    [InlineData(0, 100, true)]
    [InlineData(1000, 0, true)]
    [InlineData(1000, 101, false)]
    [InlineData(0, 101, true)]
    public void User_and_group_decide_whose_files_a_process_creates(int user, int group, bool owns) =>
        Assert.Equal(owns, new PeerCredentials(1, (uint)user, (uint)group).OwnsOtherFilesThan(1000, static group => group is 100 or 101));

    [Fact]
    public void Files_can_be_given_to_groups_of_which_one_is_a_member_and_by_root_to_any()
    {
        string[] groups = File.ReadLines("/proc/self/status").First(static line => line.StartsWith("Groups:", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.All(groups, static group => Assert.True(Linux.MayGiveTo(uint.Parse(group, CultureInfo.InvariantCulture))));
        Assert.True(Linux.MayGiveTo(Linux.EffectiveGroup()));
        Assert.Equal(Environment.IsPrivilegedProcess, Linux.MayGiveTo(4_000_000_000));
    }
}
