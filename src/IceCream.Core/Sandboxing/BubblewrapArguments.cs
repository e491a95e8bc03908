using System.Collections.Immutable;
using System.Globalization;
using IceCream.Sandboxing.Observation;

namespace IceCream.Sandboxing;

/// <summary>Translates a sandboxed command into bubblewrap's arguments, and into a shell script for settings that are inherited.</summary>
internal static class BubblewrapArguments
{
    /// <summary>
    /// The descriptors to which bwrap writes the exit status, and from which it reads the filter and its own arguments: the command itself inherits
    /// none of them.
    /// </summary>
    private const string StatusDescriptor = "3", FilterDescriptor = "4", ArgumentsDescriptor = "5";

    /// <summary>The OOM score adjustment of jobs: when memory runs out, the kernel kills a job before all of the machine's own programs.</summary>
    private const int FirstWhenMemoryRunsOut = 500;

    private static readonly ImmutableArray<string> Always = ["--unshare-user", "--unshare-cgroup-try", "--die-with-parent", "--json-status-fd", StatusDescriptor];

    private static readonly ImmutableArray<(Defences Defence, ImmutableArray<string> Words)> Optional =
    [
        (Defences.OwnIpc, ["--unshare-ipc"]),
        (Defences.OwnProcesses, ["--unshare-pid"]),
        (Defences.OwnNetwork, ["--unshare-net"]),
        (Defences.OwnHostName, ["--unshare-uts"]),
        (Defences.NewSession, ["--new-session"]),
        (Defences.NoUserNamespaces, ["--disable-userns"]),
        (Defences.NoCapabilities, ["--cap-drop", "ALL"]),
        (Defences.Filter, ["--seccomp", FilterDescriptor]),
    ];

    private static readonly ImmutableArray<string> Devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/urandom"];

    /// <summary>
    /// The script that sets limits and executes bwrap. Its arguments are the status file and the filter, then bwrap; its standard input contains
    /// bwrap's arguments.
    /// </summary>
    public static string Script(SandboxCommand command, Defences defences)
    {
        string umask = Convert.ToString(command.Umask & 0x1FF, 8);
        string filter = defences.HasFlag(Defences.Filter) ? $"{FilterDescriptor}<\"$2\" " : "";
        string script = $"umask {umask}; exec {StatusDescriptor}>\"$1\" {filter}{ArgumentsDescriptor}<&0 </dev/null; shift 2;";

        // A limit that the owner has already set lower cannot be raised, and need not be.
        if (command.Limits.FileSize is { } fileSize)
        {
            script += Limit("f", fileSize / 512);
        }

        if (defences.HasFlag(Defences.Limits))
        {
            script += Limit("c", 0) + Limit("n", command.Limits.Descriptors) + $" echo {Number(FirstWhenMemoryRunsOut)} 2>/dev/null >/proc/self/oom_score_adj || :;";
            if (command.Limits.AddressSpace is { } addressSpace)
            {
                script += Limit("v", addressSpace / 1024);
            }
        }

        return script + (command.Niceness > 0 ? $" exec nice -n {Number(command.Niceness)} \"$@\"" : " exec \"$@\"");
    }

    /// <summary>
    /// The arguments that other processes can see, which identify the command. The words of an observed command are in its record, where the
    /// supervisor reads them.
    /// </summary>
    public static ImmutableArray<string> Shown(SandboxCommand command, LookupRecord? record) =>
        ["--args", ArgumentsDescriptor, "--", .. record is not null ? [Observer.SupervisorPlace] : command.CommandLine];

    /// <summary>The other arguments, which bwrap reads from its standard input.</summary>
    /// <param name="command">The command.</param>
    /// <param name="record">The record of an observed command.</param>
    /// <param name="defences">The defences that are applied.</param>
    /// <param name="proc">The kind of <c>/proc</c> that it gets.</param>
    /// <exception cref="SandboxException">An argument would be several.</exception>
    public static ImmutableArray<string> Of(SandboxCommand command, LookupRecord? record, Defences defences, ProcMount proc = ProcMount.New)
    {
        var arguments = ImmutableArray.CreateBuilder<string>();
        arguments.AddRange(Always);
        foreach ((Defences defence, ImmutableArray<string> words) in Optional)
        {
            if (defences.HasFlag(defence))
            {
                arguments.AddRange(words);
            }
        }

        if (record is not null && defences.HasFlag(Defences.OwnProcesses))
        {
            // The supervisor is the first process inside. No process inside can kill that one, and the kernel reports its end when all others have
            // ended. bubblewrap's own first process reports the command's end while processes that the command has left behind still run: these could
            // write to the record and the folders that the next command gets.
            arguments.Add("--as-pid-1");
        }

        arguments.AddRange(defences.HasFlag(Defences.ReadOnlyRoot) ? "--ro-bind" : "--bind", command.Root, "/");
        ILookup<bool, SandboxMount> mounts = command.Mounts.ToLookup(static mount => mount.Target.StartsWith(SandboxCommand.SharedMemory, StringComparison.Ordinal));
        Mount(arguments, mounts[false]);

        // Mounted after the other mounts, so that none of them can replace the devices or processes.
        bool readOnlyProc = defences.HasFlag(Defences.ReadOnlyProcesses);
        arguments.AddRange(proc switch
        {
            ProcMount.New => ["--proc", "/proc"],
            ProcMount.Bound => [readOnlyProc ? "--ro-bind" : "--bind", "/proc", "/proc"],
            _ => ImmutableArray<string>.Empty,
        });
        arguments.AddRange("--tmpfs", "/dev");
        foreach (string device in Devices)
        {
            arguments.AddRange("--dev-bind", device, device);
        }

        // A build may be in shared memory, so that part of the root is mounted on top.
        arguments.AddRange("--ro-bind-try", command.Root + SandboxCommand.SharedMemory, SandboxCommand.SharedMemory);
        Mount(arguments, mounts[true]);

        // /dev is the only folder that is created anew for each command and may contain what the root does not. The record's own folder is not
        // mounted: a command that could create a link in it would choose which file the worker writes next.
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

        if (defences.HasFlag(Defences.NoKeyList) && proc != ProcMount.None)
        {
            arguments.AddRange("--ro-bind-try", "/dev/null", "/proc/keys", "--ro-bind-try", "/dev/null", "/proc/key-users");
        }

        // This comes last, because it would keep bubblewrap from mounting there too.
        if (readOnlyProc && proc == ProcMount.New)
        {
            arguments.AddRange("--remount-ro", "/proc");
        }

        arguments.AddRange("--remount-ro", "/dev", "--chdir", command.WorkingDirectory, "--clearenv");
        foreach (string variable in record is null ? command.Environment : [])
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                arguments.AddRange("--setenv", variable[..equals], variable[(equals + 1)..]);
            }
        }

        // bubblewrap takes what follows a zero for its next argument, such as one that mounts the machine's own root for writing.
        return arguments.Any(static argument => argument.Contains('\0', StringComparison.Ordinal))
            ? throw new SandboxException("A path or a variable of the command has a zero in it.")
            : arguments.DrainToImmutable();
    }

    private static void Mount(ImmutableArray<string>.Builder arguments, IEnumerable<SandboxMount> mounts)
    {
        foreach (SandboxMount mount in mounts)
        {
            arguments.AddRange(mount.Writable ? "--bind" : "--ro-bind", mount.Source, mount.Target);
        }
    }

    private static string Limit(string which, long value) => $" ulimit -{which} {Number(value)} 2>/dev/null || :;";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
