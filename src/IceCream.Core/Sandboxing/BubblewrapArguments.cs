using System.Collections.Immutable;
using System.Globalization;

namespace IceCream.Sandboxing;

/// <summary>A sandboxed command as bubblewrap's arguments, and what a shell has to set before, for it is inherited.</summary>
internal static class BubblewrapArguments
{
    /// <summary>The descriptor on which bwrap notes how the command ended. The command itself does not get it.</summary>
    private const string StatusDescriptor = "3";

    private const string PreloadPlace = "/dev/preload.so";

    private static readonly ImmutableArray<string> Namespaces =
    [
        "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
        "--die-with-parent", "--new-session", "--json-status-fd", StatusDescriptor,
    ];

    private static readonly ImmutableArray<string> Devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/urandom"];

    /// <summary>The script that sets limits and becomes bwrap. Its arguments are the status file, then the command.</summary>
    public static string Script(SandboxCommand command)
    {
        string umask = Convert.ToString(command.Umask & 0x1FF, 8);
        string script = $"umask {umask}; exec 3>\"$1\" </dev/null; shift;";

        // A limit that the owner has set lower already cannot be raised, and need not be.
        if (command.Limits.FileSize is { } fileSize)
        {
            script += $" ulimit -f {Number(fileSize / 512)} 2>/dev/null || :;";
        }

        if (command.Limits.AddressSpace is { } addressSpace)
        {
            script += $" ulimit -v {Number(addressSpace / 1024)} 2>/dev/null || :;";
        }

        return script + (command.Niceness > 0 ? $" exec nice -n {Number(command.Niceness)} \"$@\"" : " exec \"$@\"");
    }

    public static ImmutableArray<string> Of(SandboxCommand command)
    {
        var arguments = ImmutableArray.CreateBuilder<string>();
        arguments.AddRange(Namespaces);
        arguments.AddRange("--ro-bind", command.Root, "/");
        foreach (SandboxMount mount in command.Mounts)
        {
            arguments.AddRange(mount.Writable ? "--bind" : "--ro-bind", mount.Source, mount.Target);
        }

        // After the mounts, so that no mount can show other devices or processes.
        arguments.AddRange("--proc", "/proc", "--tmpfs", "/dev");
        foreach (string device in Devices)
        {
            arguments.AddRange("--dev-bind", device, device);
        }

        if (command.Preload is { } preload)
        {
            // Of all folders in there, this one alone is made anew for each command, and can hold what its root does not.
            arguments.AddRange("--ro-bind", preload, PreloadPlace);
        }

        arguments.AddRange("--remount-ro", "/dev", "--chdir", command.WorkingDirectory, "--clearenv");
        foreach (string variable in command.Environment)
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                arguments.AddRange("--setenv", variable[..equals], variable[(equals + 1)..]);
            }
        }

        if (command.Preload is not null)
        {
            arguments.AddRange("--setenv", "LD_PRELOAD", PreloadPlace);
        }

        arguments.Add("--");
        arguments.AddRange(command.CommandLine);
        return arguments.DrainToImmutable();
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
