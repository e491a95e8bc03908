using System.Diagnostics;

namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>A test that needs programs or rights; skipped, with the reason, where one of them is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsAttribute : FactAttribute
{
    public NeedsAttribute(params string[] programs) => Skip = Needs.Missing(programs);

    /// <summary>Whether the test mounts file systems that only a process of its own sees.</summary>
    public bool Mounts
    {
        get => field;
        set => Skip ??= (field = value) ? Namespaces.Obstacle : null;
    }

    /// <summary>Whether the test makes networks that only its own processes see.</summary>
    public bool Networks
    {
        get => field;
        set => Skip ??= (field = value) ? Kit.Networks.Obstacle : null;
    }
}

/// <summary>The same for a test with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsTheoryAttribute : TheoryAttribute
{
    public NeedsTheoryAttribute(params string[] programs) => Skip = Needs.Missing(programs);

    /// <summary>Whether the test mounts file systems that only a process of its own sees.</summary>
    public bool Mounts
    {
        get => field;
        set => Skip ??= (field = value) ? Namespaces.Obstacle : null;
    }

    /// <summary>Whether the test acts as other users.</summary>
    public bool Root
    {
        get => field;
        set => Skip ??= (field = value) ? OtherUsers.Obstacle : null;
    }
}

internal static class Needs
{
    public static string? Missing(string[] programs)
    {
        string[] missing = [.. programs.Where(program => Programs.Find(program) is null)];
        return missing.Length == 0 ? null : $"Not installed: {string.Join(", ", missing)}.";
    }
}

/// <summary>Processes of users who own nothing here.</summary>
internal static class OtherUsers
{
    /// <summary>Why there can be none; null when there can, and they can run the programs under test.</summary>
    public static string? Obstacle { get; } = !Environment.IsPrivilegedProcess ? "Only root can act as somebody else." : Needs.Missing(["setpriv"]) ?? Probe();

    private static string? Probe()
    {
        Ending ending = Shell.RunAsync($"exec setpriv --reuid 65534 --regid 65534 --clear-groups '{Programs.Launcher}' --version", "/").GetAwaiter().GetResult();
        return ending.ExitCode == 0 ? null : $"Nobody but root can run the programs where they lie: {ending.Error.Trim()}";
    }
}

/// <summary>A process with a view of the file system of its own.</summary>
internal static class Namespaces
{
    /// <summary>The words before a command; root needs no namespace of users.</summary>
    public static string[] Words { get; } = Environment.IsPrivilegedProcess ? ["unshare", "--mount"] : ["unshare", "--map-root-user", "--mount"];

    /// <summary>Why there can be none; null when there can.</summary>
    public static string? Obstacle { get; } = Probe();

    private static string? Probe()
    {
        if (Programs.Find("unshare") is null)
        {
            return "Not installed: unshare.";
        }

        using Process process = Process.Start(new ProcessStartInfo(Words[0], [.. Words[1..], "mount", "-t", "tmpfs", "none", "/mnt"]) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"This system refuses mounts in a namespace: {error.Trim()}";
    }
}
