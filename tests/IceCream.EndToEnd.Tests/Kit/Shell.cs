using System.Diagnostics;

namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>How a script ended.</summary>
internal sealed record Ending(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Error}";
}

/// <summary>A shell with an environment that no setting of this machine's user changes, in a process group of its own.</summary>
internal sealed class Shell : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private Shell(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The shell's process, which leads its group and session.</summary>
    public int Id => _process.Id;

    public static Shell Start(string script, string folder, params (string Name, string Value)[] variables)
    {
        // Whoever runs the tests may ignore the signals that a terminal sends.
        ProcessStartInfo start = Describe("env", ["--default-signal=INT,QUIT,TERM", "setsid", "sh", "-c", script], variables);
        start.WorkingDirectory = folder;
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return new Shell(process);
    }

    public static async Task<Ending> RunAsync(string script, string folder, params (string Name, string Value)[] variables)
    {
        using Shell shell = Start(script, folder, variables);
        return await shell.EndAsync();
    }

    /// <summary>How a program of a test is started: its streams are the test's, and nothing of the farm is in its environment.</summary>
    public static ProcessStartInfo Describe(string program, IEnumerable<string> arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] foreign = ["ICECREAM_", "ICECC_", "MAKE", "MFLAGS", "CMAKE_", "NINJA", "CCACHE", "LC_", "LANG"];
        foreach (string name in start.Environment.Keys.Where(name => foreign.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["ICECREAM_CONFIG"] = "/dev/null";
        start.Environment["XDG_CONFIG_HOME"] = "/nonexistent";
        start.Environment["ICECREAM_AUTOSTART"] = "0";

        // What these tests ask is where compiles run; a known result would not run at all.
        start.Environment["ICECREAM_CACHE"] = "off";
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    /// <summary>Its end, and that of everything that holds its streams.</summary>
    /// <param name="patience">How long that may take; null: <see cref="Patience"/>.</param>
    public async Task<Ending> EndAsync(TimeSpan? patience = null)
    {
        await _process.WaitForExitAsync().WaitAsync(patience ?? Patience);
        return new Ending(_process.ExitCode, await _output.WaitAsync(Patience), await _error.WaitAsync(Patience));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
