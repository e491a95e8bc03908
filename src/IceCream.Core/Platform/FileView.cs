using System.Globalization;

namespace IceCream.Platform;

/// <summary>The mapping of paths to files that a process sees: two processes with equal views see the same files.</summary>
/// <param name="MountNamespace">The kernel's name of its mount namespace; empty when it is unknown.</param>
/// <param name="Root">Device and inode of its root, which <c>chroot</c> changes; empty when it is unknown.</param>
internal sealed record FileView(string MountNamespace, string Root)
{
    /// <summary>The view of a process that cannot determine it.</summary>
    public static FileView Unknown { get; } = new("", "");

    /// <summary>Whether it can be compared.</summary>
    public bool IsKnown => MountNamespace.Length > 0 && Root.Length > 0;

    /// <summary>The view of this process.</summary>
    public static FileView Own() => Linux.Stat("/", followLinks: true, out FileStatus root) == 0
        ? new(Linux.LinkTarget("/proc/self/ns/mnt") ?? "", string.Create(CultureInfo.InvariantCulture, $"{root.Device:x}:{root.Inode}"))
        : Unknown;

    /// <summary>Why two processes with these views cannot exchange paths; null when they see the same files.</summary>
    /// <param name="other">The agent's view, where this is a launcher's.</param>
    /// <param name="doMountsAgree">Whether the mounts of both lead to the same files. It is asked only where the mount namespaces differ.</param>
    public string? DifferenceFrom(FileView other, Func<bool> doMountsAgree) =>
        !IsKnown || !other.IsKnown ? "the launcher or the agent cannot tell which files it sees: /proc is not mounted"
        : Root != other.Root ? $"the launcher has another root than the agent ({Root}, not {other.Root}), where paths lead to other files"
        : MountNamespace != other.MountNamespace && !doMountsAgree()
            ? $"the launcher runs in another mount namespace than the agent ({MountNamespace}, not {other.MountNamespace}), where paths lead to other files"
        : null;
}
