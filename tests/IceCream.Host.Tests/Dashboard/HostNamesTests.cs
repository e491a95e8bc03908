using IceCream.Host.Dashboard;
using Xunit;

namespace IceCream.Host.Tests.Dashboard;

public sealed class HostNamesTests
{
    private const string Hosts = "127.0.0.1 localhost\n# 10.0.0.1 build.evil.example\n10.0.0.7\tbuild.farm.example build # build.other.example\n\n", Resolver = "; domain none.example\nnameserver 10.0.0.1\nsearch corp.example lab.example.\noptions edns0\n";

    [Theory]
    [InlineData("build.local", true)]
    [InlineData("build.farm.example", true)]
    [InlineData("build.corp.example", true)]
    [InlineData("build.lab.example", true)]
    [InlineData("build.evil.example", false)]
    [InlineData("build.other.example", false)]
    [InlineData("build.none.example", false)]
    [InlineData("build.nameserver", false)]
    public void A_name_with_a_domain_is_the_machines_where_its_own_files_say_so(string name, bool isOwn) =>
        Assert.Equal(isOwn, HostNames.LongNames("build", Hosts, Resolver).Contains(name));

    [Fact]
    public void A_strangers_name_that_begins_with_the_machines_is_refused()
    {
        Assert.True(HostNames.IsOwn(Environment.MachineName, "*"));
        Assert.True(HostNames.IsOwn(Environment.MachineName + ".local", "*"));
        Assert.False(HostNames.IsOwn(Environment.MachineName + ".evil.example", "*"));
        Assert.True(HostNames.IsOwn(Environment.MachineName + ".evil.example", Environment.MachineName + ".evil.example"));
    }
}
