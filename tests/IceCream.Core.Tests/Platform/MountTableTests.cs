using IceCream.Platform;
using Xunit;

namespace IceCream.Tests.Platform;

/// <summary>Two mount namespaces are the same to a compile when their mounts lead to the same files.</summary>
public sealed class MountTableTests
{
    private static readonly string[] Usual =
    [
        "26 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
        "21 26 0:20 / /proc rw,relatime - proc proc rw",
        "22 26 0:21 / /sys rw,relatime - sysfs sysfs rw",
        "30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw",
        "40 26 0:33 / /tmp rw,nosuid shared:5 - tmpfs tmpfs rw",
    ];

    [Fact]
    public void Numbers_propagation_and_order_do_not_matter() => Assert.True(Agree(Usual, [.. Usual.Reverse().Select(static line =>
        line.Replace("26 ", "126 ", StringComparison.Ordinal).Replace("22 ", "122 ", StringComparison.Ordinal).Replace("shared:5", "master:5", StringComparison.Ordinal))]));

    [Fact]
    public void What_ip_netns_exec_does_does_not_matter() => Assert.True(Agree(
        Usual, [Usual[0], Usual[1], Usual[4], "90 26 0:50 / /sys rw,relatime - sysfs zone rw", "91 26 0:4 net:[4026532176] /run/netns/zone rw - nsfs nsfs rw"]));

    [Theory]
    [InlineData("95 26 254:0 /home/other /home/work rw,relatime - ext4 /dev/vda rw")]
    [InlineData("95 26 0:60 / /systems rw,relatime - tmpfs tmpfs rw")]
    [InlineData("95 26 254:0 /etc/netns/zone/hosts /etc/hosts rw,relatime - ext4 /dev/vda rw")]
    public void Another_mount_matters(string line) => Assert.False(Agree(Usual, [.. Usual, line]));

    [Theory]
    [InlineData("0:33 / /tmp", "0:34 / /tmp")]
    [InlineData("0:33 / /tmp", "0:33 /mine /tmp")]
    [InlineData("/tmp rw,nosuid", "/tmp ro,nosuid")]
    public void A_mount_that_leads_elsewhere_or_forbids_writing_matters(string was, string now) =>
        Assert.False(Agree(Usual, [.. Usual.Select(line => line.Replace(was, now, StringComparison.Ordinal))]));

    [Fact]
    public void What_covers_what_matters()
    {
        string[] within = [Usual[0], "50 26 0:40 / /a rw - tmpfs tmpfs rw", "51 50 0:41 / /a/b rw - tmpfs tmpfs rw"];
        string[] covered = [Usual[0], "51 26 0:41 / /a/b rw - tmpfs tmpfs rw", "50 26 0:40 / /a rw - tmpfs tmpfs rw"];
        Assert.False(Agree(within, covered));
    }

    /// <summary>Where a folder is mounted on itself, what was mounted in it before is hidden, and what is mounted in it afterwards is not.</summary>
    [Fact]
    public void On_which_of_two_equal_mounts_another_lies_matters()
    {
        string[] twice = [Usual[0], "50 26 254:0 /a /a rw - ext4 /dev/vda rw", "51 50 254:0 /a /a rw - ext4 /dev/vda rw"];
        Assert.True(Agree([.. twice, "52 51 0:41 / /a/b rw - tmpfs tmpfs rw"], [.. twice, "53 51 0:41 / /a/b rw - tmpfs tmpfs rw"]));
        Assert.False(Agree([.. twice, "52 50 0:41 / /a/b rw - tmpfs tmpfs rw"], [.. twice, "52 51 0:41 / /a/b rw - tmpfs tmpfs rw"]));
    }

    /// <summary>The lowest mount may be its own parent, and another number of mounts in /sys changes nothing above it.</summary>
    [Fact]
    public void A_mount_that_is_its_own_parent_lies_on_nothing()
    {
        string[] rooted = ["1 1 0:2 / / rw - rootfs rootfs rw", "26 1 254:0 / / rw - ext4 /dev/vda rw"];
        Assert.True(Agree(rooted, [.. rooted, "22 26 0:21 / /sys rw - sysfs sysfs rw"]));
    }

    [Fact]
    public void A_circle_of_mounts_ends_no_reader() => Assert.NotNull(MountTable.Parse(["50 51 0:1 / /a rw - tmpfs tmpfs rw", "51 50 0:2 / /b rw - tmpfs tmpfs rw"]));

    [Theory]
    [InlineData("")]
    [InlineData("26 1 254:0 /")]
    [InlineData("26 1 254:0 / / rw,relatime")]
    [InlineData("26 1 254:0 / / rw,relatime -")]
    public void What_the_kernel_does_not_write_is_no_table(string line) => Assert.Null(MountTable.Parse([line]));

    [Fact]
    public void A_process_agrees_with_itself_and_one_that_is_not_there_has_no_table()
    {
        MountTable own = Assert.IsType<MountTable>(MountTable.Of(Environment.ProcessId));
        Assert.True(own.AgreesWith(Assert.IsType<MountTable>(MountTable.Of(Environment.ProcessId))));
        Assert.Null(MountTable.Of(0));
        Assert.Null(MountTable.Of(int.MaxValue));
    }

    private static bool Agree(string[] left, string[] right) =>
        Assert.IsType<MountTable>(MountTable.Parse(left)).AgreesWith(Assert.IsType<MountTable>(MountTable.Parse(right)));
}
