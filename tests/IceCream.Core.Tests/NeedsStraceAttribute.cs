using System.Diagnostics;
using Xunit;

namespace IceCream.Tests;

/// <summary>A test that needs strace, and to be allowed to use it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsStraceAttribute : FactAttribute
{
    private static readonly string? Obstacle = Probe();

    public NeedsStraceAttribute() => Skip = Obstacle;

    private static string? Probe()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(static folder => File.Exists(Path.Combine(folder, "strace"))))
        {
            return "Not installed: strace.";
        }

        using Process trial = Process.Start(new ProcessStartInfo("strace", ["-qq", "-o", "/dev/null", "true"]) { RedirectStandardError = true })!;
        string error = trial.StandardError.ReadToEnd();
        trial.WaitForExit();
        return trial.ExitCode == 0 ? null : $"This system refuses strace: {error.Trim()}";
    }
}
