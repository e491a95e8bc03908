using IceCream.Diagnostics;

namespace IceCream.Sandboxing;

/// <summary>Messages for the owner of a machine on which bubblewrap cannot confine commands.</summary>
internal static class BubblewrapObstacle
{
    private const string CloneSwitch = "/proc/sys/kernel/unprivileged_userns_clone";
    private const string CountSwitch = "/proc/sys/user/max_user_namespaces";
    private const string AppArmorSwitch = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";

    public static Obstacle Missing { get; } = new(ObstacleKind.SandboxMissing, "bwrap is not installed. Install the package bubblewrap.");

    /// <summary>The reason with advice on the kernel setting that is its most likely cause.</summary>
    public static Obstacle Refused(string reason) => new(ObstacleKind.SandboxRefused, $"{reason}. {Advice()}");

    /// <summary>The defences that jobs lack on this machine; null when there are none.</summary>
    public static string? Lacking(Defences lacking, ProcMount proc)
    {
        string?[] sentences =
        [
            lacking.HasFlag(Defences.Filter)
                ? "jobs are confined by namespaces alone, without a filter of system calls: this kernel (CONFIG_SECCOMP_FILTER), its container or this processor has none"
            : lacking.HasFlag(Defences.NoUserNamespaces)
                ? "the filter of system calls alone keeps jobs from making user namespaces: install bubblewrap 0.8 or later for a second lock"
            : null,
            proc switch
            {
                ProcMount.Bound => "jobs see the names and arguments of this machine's processes, and what their compilers look for is not observed: its container allows no new /proc",
                ProcMount.None => "jobs have no /proc, without which some compilers fail, and what their compilers look for is not observed: its container allows none",
                _ => null,
            },
        ];
        string all = string.Join("; ", sentences.Where(static sentence => sentence is not null));
        return all.Length == 0 ? null : all;
    }

    private static string Advice()
    {
        if (Reads(CloneSwitch, "0"))
        {
            return "Allow user namespaces: sysctl kernel.unprivileged_userns_clone=1.";
        }

        if (Reads(CountSwitch, "0"))
        {
            return "Allow user namespaces: sysctl user.max_user_namespaces=10000.";
        }

        return Reads(AppArmorSwitch, "1")
            ? "AppArmor restricts user namespaces: give bwrap a profile that allows userns, or sysctl kernel.apparmor_restrict_unprivileged_userns=0."
            : "In a container, its runtime must allow user namespaces and the mounting of /proc.";
    }

    private static bool Reads(string path, string value) => File.Exists(path) && File.ReadAllText(path).Trim() == value;
}
