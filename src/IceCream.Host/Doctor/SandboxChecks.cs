using IceCream.Diagnostics;
using IceCream.Platform;
using IceCream.Sandboxing;

namespace IceCream.Host.Doctor;

/// <summary>Checks whether this machine can sandbox the jobs of others; if it cannot, it takes none.</summary>
internal static class SandboxChecks
{
    public static async IAsyncEnumerable<Finding> RunAsync(TimeProvider time)
    {
        var sandbox = new BubblewrapSandbox(time);
        Obstacle? obstacle = await sandbox.FindObstacleAsync();
        yield return obstacle is null
            ? await sandbox.FindWeaknessAsync() is { } weakness
                ? Finding.Warning("sandbox", weakness, "docs/sandbox.md says what each defence is for, docs/containers.md what a container has to allow.")
                : Finding.Ok("sandbox", "bubblewrap and a filter of system calls confine jobs here without root")
            : obstacle.Kind == ObstacleKind.SandboxMissing
                ? Finding.Problem("sandbox", "bwrap is not installed: this machine takes no jobs of others", "Install the package bubblewrap.")
                : Finding.Problem("sandbox", obstacle.Detail, "Until then this machine takes no jobs of others; its own still go out.");

        if (Linux.EffectiveUser() == 0)
        {
            yield return Finding.Warning(
                "user of jobs", "jobs of a daemon that root starts are root's as well: without capabilities, but with the number that owns this machine's files",
                "Let a user of its own run the daemon, as the unit icecream-daemon.service does.");
        }

        const string count = "/proc/sys/user/max_user_namespaces";
        yield return !File.Exists(count)
            ? Finding.Problem("user namespaces", "this kernel has none", "Use a kernel with CONFIG_USER_NS.")
            : (await File.ReadAllTextAsync(count)).Trim() is var most && most == "0"
                ? Finding.Problem("user namespaces", "the kernel allows none", "sysctl user.max_user_namespaces=10000")
                : Finding.Ok("user namespaces", $"the kernel allows {most}");

        yield return HugePages.AreGiven()
            ? Finding.Ok("huge pages", "the kernel gives them to the compiles of others")
            : Finding.Warning(
                "huge pages", $"{HugePages.KernelSetting} says never, or is missing: compiles of others fault for each 4 KiB",
                $"echo madvise > {HugePages.KernelSetting}: programs that do not ask for them get none.");
    }
}
