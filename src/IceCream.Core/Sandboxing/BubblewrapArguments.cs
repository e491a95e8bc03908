using System.Collections.Immutable;
using System.Globalization;
using IceCream.Sandboxing.Observation;

namespace IceCream.Sandboxing;

/// <summary>A sandboxed command as bubblewrap's arguments, and what a shell has to set before, for it is inherited.</summary>
internal static class BubblewrapArguments
{
    /// <summary>The descriptor on which bwrap notes how the command ended. The command itself does not get it.</summary>
    private const string StatusDescriptor = "3";

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

        return script + (command.Niceness > 0 ? $" exec nice -n {Number(command.Niceness)} \"$@\"" : " exec \"$@\"");
    }

    /// <summary>The arguments. Of an observed command the words and variables stand in its record, where the supervisor finds them.</summary>
    /// <param name="command">The command.</param>
    /// <param name="record">The record, of an observed command.</param>
    public static ImmutableArray<string> Of(SandboxCommand command, LookupRecord? record)
    {
        var arguments = ImmutableArray.CreateBuilder<string>();
        arguments.AddRange(Namespaces);
        arguments.AddRange("--ro-bind", command.Root, "/");
        ILookup<bool, SandboxMount> mounts = command.Mounts.ToLookup(static mount => mount.Target.StartsWith(SandboxCommand.SharedMemory, StringComparison.Ordinal));
        Mount(arguments, mounts[false]);

        // After the mounts, so that no mount can show other devices or processes.
        arguments.AddRange("--proc", "/proc", "--tmpfs", "/dev");
        foreach (string device in Devices)
        {
            arguments.AddRange("--dev-bind", device, device);
        }

        // A build may lie in shared memory: what the root holds of it comes on top.
        arguments.AddRange("--ro-bind-try", command.Root + SandboxCommand.SharedMemory, SandboxCommand.SharedMemory);
        Mount(arguments, mounts[true]);

        // Of all folders in there, this one alone is made anew for each command, and can hold what its root does not. The record's own folder stays
        // outside: a command that could make a link in it would choose which file the worker writes next.
        if (command.Observation is { } observation && record is not null)
        {
            arguments.AddRange("--ro-bind", observation.Observer.Supervisor, Observer.SupervisorPlace);
            arguments.AddRange("--bind", Path.Combine(record.Folder, LookupRecord.RecordName), $"{Observer.RecordPlace}/{LookupRecord.RecordName}");
            arguments.AddRange("--ro-bind", Path.Combine(record.Folder, LookupRecord.CommandName), $"{Observer.RecordPlace}/{LookupRecord.CommandName}");
            if (observation.Preload)
            {
                arguments.AddRange("--ro-bind", observation.Observer.Preload, Observer.PreloadPlace);
            }
        }

        arguments.AddRange("--remount-ro", "/dev", "--chdir", command.WorkingDirectory, "--clearenv");
        if (record is not null)
        {
            arguments.AddRange("--", Observer.SupervisorPlace);
            return arguments.DrainToImmutable();
        }

        foreach (string variable in command.Environment)
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                arguments.AddRange("--setenv", variable[..equals], variable[(equals + 1)..]);
            }
        }

        arguments.Add("--");
        arguments.AddRange(command.CommandLine);
        return arguments.DrainToImmutable();
    }

    private static void Mount(ImmutableArray<string>.Builder arguments, IEnumerable<SandboxMount> mounts)
    {
        foreach (SandboxMount mount in mounts)
        {
            arguments.AddRange(mount.Writable ? "--bind" : "--ro-bind", mount.Source, mount.Target);
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
