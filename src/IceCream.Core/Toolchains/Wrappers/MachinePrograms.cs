using System.Collections.Frozen;

namespace IceCream.Toolchains.Wrappers;

/// <summary>Programs whose output depends on the time or on the machine: a compile that runs one may differ elsewhere, whatever files it reads.</summary>
internal static class MachinePrograms
{
    private static readonly FrozenSet<string> Names = new[]
    {
        // Programs that depend on the time or on chance.
        "date", "uptime", "uuidgen", "shuf", "mktemp", "tempfile", "mcookie", "ps", "pgrep", "top", "free", "vmstat", "w", "who", "last", "df", "du",

        // Programs that depend on the machine, its processes or its users.
        "hostname", "hostnamectl", "uname", "arch", "nproc", "lscpu", "getconf", "hostid", "dmesg", "lsb_release", "ip", "ifconfig", "id", "whoami",
        "logname", "groups", "tty", "stty", "sudo", "su", "systemd-detect-virt", "getent", "stat",

        // Programs that contact other machines.
        "curl", "wget", "ssh", "scp", "rsync", "nc", "docker", "podman",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Programs that interpret text, or that contain many programs: what is queried through them cannot be observed.</summary>
    private static readonly string[] Interpreters = ["python", "perl", "ruby", "node", "php", "tclsh", "lua", "guile", "busybox", "toybox", "coreutils"];

    /// <summary>Whether a path names such a program.</summary>
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
