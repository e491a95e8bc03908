using System.Runtime.InteropServices;
using IceCream.Sandboxing;

namespace IceCream.Tests.Sandboxing.Escapes;

/// <summary>As whom an attempt is shown to get out when its defence is taken away.</summary>
internal enum Shown
{
    /// <summary>As root, and as an ordinary user.</summary>
    Both,

    /// <summary>As root, whom bubblewrap leaves what the defence takes; an ordinary user lacks it in any case.</summary>
    Root,

    /// <summary>Not at all: kernels differ in whether they have it, or refuse it to everybody but the machine's own root.</summary>
    Never,
}

/// <summary>Something that a malicious compiler tries; <c>escape.c</c> has how.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Without">The defence that stops it, or those of which each does: without them it gets out.</param>
/// <param name="Shown">As whom that is shown.</param>
internal sealed record EscapeAttempt(string Name, Defences Without, Shown Shown = Shown.Both)
{
    private const Defences
        Filter = Defences.Filter,
        Users = Defences.Filter | Defences.NoUserNamespaces,
        Rights = Defences.Filter | Defences.NoUserNamespaces | Defences.NoCapabilities;

    /// <summary>What stops an attempt that only the root of the job stops: the machine's files are not in it.</summary>
    public const Defences OwnFiles = Defences.None;

    /// <summary>Only on x86-64: the other ways into the kernel.</summary>
    private static readonly EscapeAttempt[] OfX64 =
    [
        new("segments", Filter, Shown.Never), new("ports", Filter, Shown.Never), new("trace_by_32_bits", Filter, Shown.Never), new("new_users_by_32_bits", Users, Shown.Never),
        new("socket_by_32_bits", Filter, Shown.Never), new("multiplexed_socket", Filter, Shown.Never), new("set_id_by_32_bits", Filter, Shown.Never), new("trace_by_x32", Filter, Shown.Never),
    ];

    /// <summary>All that a sandbox holds, observed or not.</summary>
    public static EscapeAttempt[] All { get; } =
    [
        new("ptrace_child", Filter), new("ptrace_first", Filter), new("ptrace_me", Filter), new("write_child", Filter), new("steal_descriptor", Filter), new("compare_processes", Filter, Shown.Never),
        new("advise_process", Filter), new("move_memory", Filter, Shown.Never), new("memory_of_first", Defences.ReadOnlyProcesses),
        new("see_process", Defences.OwnProcesses), new("signal_process", Defences.OwnProcesses),
        new("new_users", Users), new("new_users_clone", Users), new("new_users_clone3", Users), new("plain_clone3", Filter),
        new("new_mounts", Rights, Shown.Root), new("new_processes", Rights, Shown.Root), new("new_network", Rights, Shown.Root), new("nested_root", Users),
        new("enter_namespace", Rights, Shown.Root), new("mount_memory", Rights, Shown.Root), new("remount_root", Rights, Shown.Root), new("uncover", Rights, Shown.Root),
        new("change_root", Rights, Shown.Root), new("pivot", Rights, Shown.Root), new("open_file_system", Rights, Shown.Root), new("clone_tree", Rights, Shown.Root),
        new("set_mount", Rights, Shown.Root), new("file_handle", Filter), new("open_by_handle", Filter, Shown.Never), new("watch_everything", Filter, Shown.Never),
        new("kernel_keys", Filter), new("add_kernel_key", Filter), new("ask_for_key", Filter), new("list_keys", Defences.NoKeyList), new("load_bpf", Filter, Shown.Never),
        new("sample", Filter, Shown.Never), new("handle_faults", Filter, Shown.Never), new("ring", Filter, Shown.Never), new("load_kernel", Filter, Shown.Never),
        new("load_module", Filter, Shown.Never), new("remove_module", Filter, Shown.Never), new("restart", Filter, Shown.Never), new("swap_off", Filter, Shown.Never),
        new("account", Filter, Shown.Never), new("set_clock", Filter, Shown.Never), new("ask_clock", Filter), new("rename_machine", Rights, Shown.Root), new("read_log", Filter, Shown.Never),
        new("ipv4", Filter), new("ipv6", Filter, Shown.Never), new("netlink", Filter), new("vsock", Filter, Shown.Never), new("packets", Rights, Shown.Never), new("crypto", Filter, Shown.Never),
        new("bluetooth", Filter, Shown.Never), new("pair_of_another_family", Filter), new("connect_to_host", Filter | Defences.OwnNetwork), new("abstract_socket", Defences.OwnNetwork),
        new("message_queue", Defences.OwnIpc), new("type_into_terminal", Filter), new("control_console", Filter), new("own_terminal", Defences.NewSession, Shown.Never),
        new("secret", OwnFiles), new("secret_by_root_of_first", OwnFiles), new("secret_by_folder_of_first", OwnFiles), new("secret_by_own_root", OwnFiles),
        new("secret_by_dots", OwnFiles), new("secret_by_link", OwnFiles, Shown.Never), new("passwords", OwnFiles, Shown.Root), new("system_files", OwnFiles),
        new("write_outside", Defences.ReadOnlyRoot), new("poison_tool", Defences.ReadOnlyRoot), new("poison_tool_by_first", Defences.ReadOnlyRoot),
        new("poison_by_times", Defences.ReadOnlyRoot), new("remove_tool", Defences.ReadOnlyRoot), new("hard_link", Defences.ReadOnlyRoot, Shown.Never),
        new("core_pattern", Defences.ReadOnlyProcesses, Shown.Root), new("hotplug", Defences.ReadOnlyProcesses, Shown.Never), new("magic_key", Defences.ReadOnlyProcesses, Shown.Never),
        new("last_to_die", Defences.ReadOnlyProcesses), new("kernel_memory", Defences.NoCapabilities, Shown.Never),
        new("memory_device", Defences.NoCapabilities, Shown.Never), new("log_device", Defences.NoCapabilities, Shown.Never), new("terminals", Defences.NoCapabilities, Shown.Never),
        new("fuse", Defences.NoCapabilities, Shown.Never), new("virtual_machine", Defences.NoCapabilities, Shown.Never), new("block_device", Defences.NoCapabilities, Shown.Never),
        new("set_id", Filter), new("set_id_by_descriptor", Filter), new("set_id_at", Filter), new("set_id_at_2", Filter, Shown.Never), new("set_id_by_open", Filter),
        new("set_id_by_create", Filter), new("set_id_by_open_2", Filter), new("set_id_by_node", Filter), new("set_id_unnamed", Filter, Shown.Never),
        new("core_dump", Defences.Limits), new("descriptors", Defences.Limits), new("large_file", Defences.Limits), new("much_memory", Defences.Limits),
        .. RuntimeInformation.ProcessArchitecture == Architecture.X64 ? OfX64 : [],
    ];

    /// <summary>All that the supervisor of an observed command holds.</summary>
    public static EscapeAttempt[] OfObserved { get; } =
    [
        new("read_parent", Filter, Shown.Never), new("memory_of_parent", Filter, Shown.Never), new("leaked_descriptor", Filter, Shown.Never),
        new("many_processes", Defences.Limits), new("many_marked_processes", Defences.Limits), new("many_threads", Defences.Limits),
        new("many_unlimited_processes", Defences.Limits),
        .. RuntimeInformation.ProcessArchitecture == Architecture.X64 ? new EscapeAttempt[] { new("many_processes_by_32_bits", Defences.Limits, Shown.Never) } : [],
    ];
}
