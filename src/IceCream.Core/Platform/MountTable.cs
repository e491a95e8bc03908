using System.Text;

namespace IceCream.Platform;

/// <summary>
/// Where the mounts of a process lead. <c>ip netns exec</c>, and every <c>unshare --mount</c>, gives a command a mount namespace of its own, whose mounts
/// usually lead to the same files as before. The format is that of proc_pid_mountinfo(5).
/// </summary>
internal sealed class MountTable
{
    /// <summary>The kernel's own state. No compile that reads it leaves its machine, so it does not matter what is mounted there.</summary>
    private const string KernelState = "/sys";

    /// <summary>The type of file system that names namespaces, and holds no files.</summary>
    private const string NamespaceNames = "nsfs";

    private readonly string[] _mounts;

    private MountTable(string[] mounts) => _mounts = mounts;

    /// <summary>The mounts of a process; null when they cannot be read.</summary>
    /// <param name="process">Its number in this PID namespace.</param>
    public static MountTable? Of(int process)
    {
        try
        {
            // Paths may be no UTF-8, and two that are not must not look alike.
            return process > 0 ? Parse(File.ReadAllLines($"/proc/{process}/mountinfo", Encoding.Latin1)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads a table; null when a line is not what the kernel writes.</summary>
    public static MountTable? Parse(IReadOnlyCollection<string> lines)
    {
        var mounts = new Dictionary<string, Mount>(lines.Count, StringComparer.Ordinal);
        foreach (string line in lines)
        {
            string[] fields = line.Split(' ');
            int separator = fields.Length < 6 ? -1 : Array.IndexOf(fields, "-", 6);
            if (separator < 0 || separator + 1 >= fields.Length
                || !mounts.TryAdd(fields[0], new Mount(fields[1], $"{fields[2]} {fields[3]} {fields[4]} {fields[5]}", fields[4], fields[separator + 1])))
            {
                return null;
            }
        }

        // The numbers of mounts differ between namespaces. The place of a mount in the tree, which decides what covers what, is given by all mounts below
        // it: the same folder may be mounted twice at one place, and what lies on the lower of the two is hidden.
        return new MountTable([.. mounts.Values.Where(static mount => mount.Matters).Select(mount => Place(mount, mounts)).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Whether a path leads to the same file for processes with these tables and the same root.</summary>
    public bool AgreesWith(MountTable other) => _mounts.AsSpan().SequenceEqual(other._mounts);

    /// <summary>
    /// A mount, what it lies on, what that lies on, and so on. The lowest one may be its own parent. A table that was read while it changed may have
    /// another circle, so the steps are counted.
    /// </summary>
    private static string Place(Mount mount, Dictionary<string, Mount> mounts)
    {
        var place = new StringBuilder(mount.Text);
        Mount at = mount;
        for (int steps = 0; steps < mounts.Count && mounts.TryGetValue(at.Parent, out Mount? parent) && parent != at; steps++)
        {
            place.Append(" on ").Append(parent.Text);
            at = parent;
        }

        return place.ToString();
    }

    /// <param name="Parent">The number of the mount that it lies on.</param>
    /// <param name="Text">Its device, the folder of the device that is mounted, its mount point and its options, which may forbid writing.</param>
    /// <param name="Point">Its mount point.</param>
    /// <param name="Type">Its type of file system.</param>
    private sealed record Mount(string Parent, string Text, string Point, string Type)
    {
        public bool Matters => Type != NamespaceNames && Point != KernelState && !Point.StartsWith(KernelState + "/", StringComparison.Ordinal);
    }
}
