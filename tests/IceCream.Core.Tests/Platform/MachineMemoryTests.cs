using IceCream.Platform;
using Xunit;

namespace IceCream.Tests.Platform;

public sealed class MachineMemoryTests
{
    [Fact]
    public void The_least_limit_of_a_group_and_those_above_it_counts_in_either_version()
    {
        var files = new Dictionary<string, string>
        {
            ["/sys/fs/cgroup/a/b/memory.max"] = "max\n",
            ["/sys/fs/cgroup/a/memory.max"] = "3000\n",
            ["/sys/fs/cgroup/memory/x/y/memory.limit_in_bytes"] = "9000\n",
            ["/sys/fs/cgroup/memory/x/memory.limit_in_bytes"] = "2000\n",
            ["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n",
        };

        Assert.Equal(3000, MachineMemory.LimitOf("0::/a/b\n", files.GetValueOrDefault));
        Assert.Equal(2000, MachineMemory.LimitOf("5:cpu,cpuacct:/x\n4:memory:/x/y\n", files.GetValueOrDefault));
        Assert.Equal(9223372036854771712, MachineMemory.LimitOf("4:memory:/\n", files.GetValueOrDefault));
        Assert.Null(MachineMemory.LimitOf("0::/z\n", files.GetValueOrDefault));
        Assert.Null(MachineMemory.LimitOf(null, files.GetValueOrDefault));
    }

    [Theory]
    [InlineData("some avg10=12.34 avg60=0.00 avg300=0.00 total=1\nfull avg10=99.00", 123)]
    [InlineData("some avg10=100.00", 1000)]
    [InlineData("some avg10=x avg60=1", -1)]
    [InlineData("", -1)]
    [InlineData(null, -1)]
    public void Pressure_is_what_some_waited_in_the_last_ten_seconds(string? text, int thousandths) => Assert.Equal(thousandths, MachineMemory.PressureIn(text));

    [Fact]
    public void This_machine_has_some() => Assert.InRange(MachineMemory.Total(), 64L << 20, 1L << 44);
}
