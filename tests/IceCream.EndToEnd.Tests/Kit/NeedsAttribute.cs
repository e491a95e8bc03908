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
}

/// <summary>The same for a test with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsTheoryAttribute : TheoryAttribute
{
    public NeedsTheoryAttribute(params string[] programs) => Skip = Needs.Missing(programs);
}

internal static class Needs
{
    /// <summary>Whether every combination is wanted, which takes minutes: <c>ICECREAM_REAL=1</c>.</summary>
    public static bool Everything { get; } = Environment.GetEnvironmentVariable("ICECREAM_REAL") == "1";

    public static string? Missing(string[] programs)
    {
        string[] missing = [.. programs.Where(program => Programs.Find(program) is null)];
        return missing.Length == 0 ? null : $"Not installed: {string.Join(", ", missing)}.";
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
