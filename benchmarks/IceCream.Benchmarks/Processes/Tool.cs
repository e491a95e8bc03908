using System.Diagnostics;

namespace IceCream.Benchmarks.Processes;

/// <summary>What a program that was run to its end has said.</summary>
internal sealed record ToolAnswer(int ExitCode, string Output, string Errors)
{
    /// <summary>The end of what it said, which is where programs say what went wrong.</summary>
    public string LastWords => string.Join('\n', (Output + Errors).Trim().Split('\n').TakeLast(15));
}

/// <summary>Programs of the system.</summary>
internal static class Tool
{
    /// <summary>The path of a program, looked up in PATH and where administrators keep theirs; null when there is none.</summary>
    public static string? Find(string name) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/sbin:/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end, and takes in what it says.</summary>
    /// <remarks>When cancelled, the program and what it started are killed.</remarks>
    public static async Task<ToolAnswer> AskAsync(
        IReadOnlyList<string> command, CancellationToken cancellationToken, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        using Process process = Process.Start(Describe(command, folder, environment, keepsQuiet: false))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None), errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }

        return new ToolAnswer(process.ExitCode, await output, await errors);
    }

    /// <summary>Runs a program that must succeed.</summary>
    /// <exception cref="UnfitException">It failed; the message has its last words.</exception>
    public static async Task<string> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken, string? folder = null)
    {
        ToolAnswer answer = await AskAsync(command, cancellationToken, folder);
        return answer.ExitCode == 0
            ? answer.Output
            : throw new UnfitException($"'{string.Join(' ', command)}' failed with exit code {answer.ExitCode}:\n{answer.LastWords}");
    }

    /// <summary>Starts a program that goes on by itself; what it says is not read, so it must not say anything on its standard output.</summary>
    public static Process Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment) =>
        Process.Start(Describe(command, null, environment, keepsQuiet: true))!;

    private static ProcessStartInfo Describe(
        IReadOnlyList<string> command, string? folder, IReadOnlyDictionary<string, string>? environment, bool keepsQuiet)
    {
        var start = new ProcessStartInfo(Find(command[0]) ?? command[0], command.Skip(1))
        {
            WorkingDirectory = folder ?? "/",
            RedirectStandardOutput = !keepsQuiet,
            RedirectStandardError = !keepsQuiet,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
