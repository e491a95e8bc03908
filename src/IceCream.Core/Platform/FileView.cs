using System.Globalization;

namespace IceCream.Platform;

/// <summary>Which files a process sees under their paths: two processes with the same view see the same.</summary>
/// <param name="MountNamespace">What the kernel calls its mount namespace; empty when it cannot be told.</param>
/// <param name="Root">Device and inode of its root, which <c>chroot</c> moves; empty when it cannot be told.</param>
internal sealed record FileView(string MountNamespace, string Root)
{
    /// <summary>Of a process that cannot tell.</summary>
    public static FileView Unknown { get; } = new("", "");

    /// <summary>Whether it can be compared.</summary>
    public bool IsKnown => MountNamespace.Length > 0 && Root.Length > 0;

    /// <summary>That of this process.</summary>
    public static FileView Own() => Linux.Stat("/", followLinks: true, out FileStatus root) == 0
        ? new(Linux.LinkTarget("/proc/self/ns/mnt") ?? "", string.Create(CultureInfo.InvariantCulture, $"{root.Device:x}:{root.Inode}"))
        : Unknown;

    /// <summary>Why a process with this view cannot speak of files to one with another; null when they see the same.</summary>
    public string? DifferenceFrom(FileView other) =>
        !IsKnown || !other.IsKnown ? "the launcher or the agent cannot tell which files it sees: /proc is not mounted"
        : MountNamespace != other.MountNamespace ? $"the launcher runs in another mount namespace than the agent ({MountNamespace}, not {other.MountNamespace}), where paths may lead to other files"
        : Root != other.Root ? $"the launcher has another root than the agent ({Root}, not {other.Root}), where paths lead to other files"
        : null;
}
