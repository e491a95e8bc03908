using System.Collections.Immutable;
using static IceCream.Sandboxing.Seccomp.SystemCall;

namespace IceCream.Sandboxing.Seccomp;

/// <summary>The system calls that no job may make. They fail with "not permitted", as for a process without privileges, which programs can handle.</summary>
internal static class DeniedCalls
{
    /// <summary>Calls that are denied regardless of their arguments.</summary>
    public static readonly ImmutableArray<SystemCall> Always =
    [
        // Access to other processes, including bubblewrap's own.
        new("ptrace", 101, 117, 26),
        new("process_vm_writev", 311, 271, 348),
        new("process_madvise", 440),
        new("pidfd_getfd", 438),
        new("kcmp", 312, 272, 349),
        new("migrate_pages", 256, 238, 294),
        new("move_pages", 279, 239, 317),

        // Changes to the view of the file system.
        new("mount", 165, 40, 21),
        new("umount", None, None, 22),
        new("umount2", 166, 39, 52),
        new("pivot_root", 155, 41, 217),
        new("chroot", 161, 51, 61),
        new("move_mount", 429),
        new("open_tree", 428),
        new("open_tree_attr", 467),
        new("fsopen", 430),
        new("fsconfig", 431),
        new("fsmount", 432),
        new("fspick", 433),
        new("mount_setattr", 442),
        new("setns", 308, 268, 346),
        new("swapon", 167, 224, 87),
        new("swapoff", 168, 225, 115),
        new("quotactl", 179, 60, 131),
        new("quotactl_fd", 443),
        new("acct", 163, 89, 51),

        // Access to files without a path.
        new("open_by_handle_at", 304, 265, 342),
        new("name_to_handle_at", 303, 264, 341),
        new("fanotify_init", 300, 262, 338),
        new("fanotify_mark", 301, 263, 339),

        // Access to the keys of the daemon's user.
        new("keyctl", 250, 219, 288),
        new("add_key", 248, 217, 286),
        new("request_key", 249, 218, 287),

        // Parts of the kernel that no compiler needs and that had most of its vulnerabilities.
        new("bpf", 321, 280, 357),
        new("perf_event_open", 298, 241, 336),
        new("userfaultfd", 323, 282, 374),
        new("io_uring_setup", 425),
        new("io_uring_enter", 426),
        new("io_uring_register", 427),
        new("memfd_secret", 447),
        new("lookup_dcookie", 212, 18, 253),
        new("uselib", 134, None, 86),
        new("ustat", 136, None, 62),
        new("sysfs", 139, None, 135),
        new("_sysctl", 156, None, 149),
        new("nfsservctl", 180, 42, 169),
        new("vm86", None, None, 166),
        new("vm86old", None, None, 113),
        new("modify_ldt", 154, None, 123),
        new("iopl", 172, None, 110),
        new("ioperm", 173, None, 101),

        // Control of the machine itself.
        new("kexec_load", 246, 104, 283),
        new("kexec_file_load", 320, 294, None),
        new("init_module", 175, 105, 128),
        new("finit_module", 313, 273, 350),
        new("delete_module", 176, 106, 129),
        new("create_module", 174, None, 127),
        new("query_module", 178, None, 167),
        new("get_kernel_syms", 177, None, 130),
        new("reboot", 169, 142, 88),
        new("syslog", 103, 116, 103),
        new("settimeofday", 164, 170, 79),
        new("stime", None, None, 25),
        new("clock_settime", 227, 112, 264),
        new("clock_settime64", None, 404, 404),
        new("clock_adjtime", 305, 266, 343),
        new("clock_adjtime64", None, 405, 405),
        new("adjtimex", 159, 171, 124),
        new("sethostname", 170, 161, 74),
        new("setdomainname", 171, 162, 121),
        new("vhangup", 153, 58, 111),

        // The arguments are in memory, which a filter cannot read: 32-bit programs have the calls below as well.
        new("socketcall", None, None, 102),

        // The supervisor uses this call to read what programs look up. The supervisor's own filter denies it to those programs, except to 32-bit
        // ones, which this entry covers.
        new("process_vm_readv", None, None, 347),
    ];

    /// <summary>Calls that are reported as not existing: programs then use <c>clone</c> and <c>openat</c>, whose flags and permissions a filter can check.</summary>
    public static readonly ImmutableArray<SystemCall> NotThere = [new("clone3", 435), new("openat2", 437)];

    /// <summary>Creates a process; with some flags in new namespaces.</summary>
    public static readonly SystemCall Clone = new("clone", 56, 220, 120);

    /// <summary>Moves a process into new namespaces.</summary>
    public static readonly SystemCall Unshare = new("unshare", 272, 97, 310);

    /// <summary>Network access. Only the local address family is allowed, which reaches nobody in an empty namespace.</summary>
    public static readonly ImmutableArray<SystemCall> Sockets = [new("socket", 41, 198, 359), new("socketpair", 53, 199, 360)];

    /// <summary>Can insert input into a terminal (<c>TIOCSTI</c>, <c>TIOCLINUX</c>).</summary>
    public static readonly SystemCall Control = new("ioctl", 16, 29, 54);

    /// <summary>Calls that set permissions, with the index of the argument that contains them.</summary>
    public static readonly ImmutableArray<(SystemCall Call, int Mode)> Permissions =
    [
        (new("chmod", 90, None, 15), 1), (new("fchmod", 91, 52, 94), 1), (new("fchmodat", 268, 53, 306), 2), (new("fchmodat2", 452), 2),
        (new("creat", 85, None, 8), 1), (new("mkdir", 83, None, 39), 1), (new("mkdirat", 258, 34, 296), 2),
    ];

    /// <summary>Calls that open files, and set the permissions of files that they create, with the indexes of the arguments for flags and permissions.</summary>
    public static readonly ImmutableArray<(SystemCall Call, int Flags, int Mode)> Openings =
    [
        (new("open", 2, None, 5), 1, 2), (new("openat", 257, 56, 295), 2, 3),
    ];

    /// <summary>Calls that create files of any type, with the index of the argument for the type.</summary>
    public static readonly ImmutableArray<(SystemCall Call, int Mode)> Nodes = [(new("mknod", 133, None, 14), 1), (new("mknodat", 259, 33, 297), 2)];
}
