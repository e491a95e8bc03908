using System.Collections.Frozen;

namespace IceCream.Toolchains.Wrappers;

/// <summary>Programs whose answers belong to the moment or to the machine: a compile that runs one is another elsewhere, whatever files it reads.</summary>
internal static class MachinePrograms
{
    private static readonly FrozenSet<string> Names = new[]
    {
        // The moment, and chance.
        "date", "uptime", "uuidgen", "shuf", "mktemp", "tempfile", "mcookie", "ps", "pgrep", "top", "free", "vmstat", "w", "who", "last", "df", "du",

        // The machine, whose process it is, and whose files they are.
        "hostname", "hostnamectl", "uname", "arch", "nproc", "lscpu", "getconf", "hostid", "dmesg", "lsb_release", "ip", "ifconfig", "id", "whoami",
        "logname", "groups", "tty", "stty", "sudo", "su", "systemd-detect-virt", "getent", "stat",

        // Other machines.
        "curl", "wget", "ssh", "scp", "rsync", "nc", "docker", "podman",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Those take programs as text, or are many programs in one: what is asked for by them nobody sees.</summary>
    private static readonly string[] Interpreters = ["python", "perl", "ruby", "node", "php", "tclsh", "lua", "guile", "busybox", "toybox", "coreutils"];

    /// <summary>Whether a path names one.</summary>
    public static bool IsOne(string path) => Names.Contains(NameOf(path));

    /// <summary>Whether a path names an interpreter, with a version or without.</summary>
    public static bool IsInterpreter(string path)
    {
        string name = NameOf(path);
        return Interpreters.Any(interpreter => name.StartsWith(interpreter, StringComparison.Ordinal)
            && name.AsSpan(interpreter.Length).TrimStart("0123456789.").IsEmpty);
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
