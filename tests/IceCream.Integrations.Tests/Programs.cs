using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace IceCream.Integrations.Tests;

/// <summary>What a program did.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to its standard output and its standard error.</param>
internal sealed record ProgramRun(int ExitCode, string Output);

/// <summary>The programs of this machine, without an icelaunch that may be installed on it.</summary>
internal static class Programs
{
    /// <summary>The folders of <c>PATH</c> that hold no icelaunch.</summary>
    public static string[] Path { get; } =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(folder => folder.Length > 0 && !File.Exists(System.IO.Path.Combine(folder, "icelaunch")))];

    /// <summary>The repository.</summary>
    public static string Root { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(ThisFile())!, "../.."));

    /// <summary>The integrations' folder.</summary>
    public static string Integrations { get; } = System.IO.Path.Combine(Root, "integrations");

    /// <summary>Where a program lies; null when it is not installed.</summary>
    public static string? Find(string program) => Path.Select(folder => System.IO.Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end.</summary>
    public static async Task<ProgramRun> RunAsync(
        string folder, IEnumerable<string> path, IReadOnlyDictionary<string, string> environment, TimeSpan patience, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/env", [program, .. arguments])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        foreach (string name in start.Environment.Keys.Where(IsOfBuilds).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["PATH"] = string.Join(':', path);
        start.Environment["LC_ALL"] = "C";
        start.Environment["ICECREAM_CACHE"] = "off";
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new ProgramRun(process.ExitCode, await output + await error);
    }

    /// <summary>Variables of the build that runs these tests, which would change the builds within them.</summary>
    private static bool IsOfBuilds(string name) =>
        name is "CC" or "CXX" or "CC_LD" or "CXX_LD" or "CFLAGS" or "CXXFLAGS" or "LDFLAGS" or "MAKEFLAGS" or "MAKELEVEL" or "MFLAGS" or "ICELAUNCH"
        || name.StartsWith("CMAKE_", StringComparison.Ordinal) || name.StartsWith("ICECREAM", StringComparison.Ordinal);

    private static string ThisFile([CallerFilePath] string file = "") => file;
}
