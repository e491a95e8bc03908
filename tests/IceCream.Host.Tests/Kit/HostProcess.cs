using System.Diagnostics;
using Mono.Unix.Native;
using Xunit;

namespace IceCream.Host.Tests.Kit;

/// <summary>How a command of the program ended.</summary>
internal sealed record Ending(int ExitCode, string Output, string Error);

/// <summary>The program as users start it. What is still running at the end of a test is killed by its number.</summary>
internal sealed class HostProcess : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The program as built; <c>ICEHOST_UNDER_TEST</c> names another, such as the native one, which has no icelaunch beside it.</summary>
    private static readonly string Program =
        Environment.GetEnvironmentVariable("ICEHOST_UNDER_TEST") is { Length: > 0 } named ? named : System.IO.Path.Combine(AppContext.BaseDirectory, "icehost");

    private readonly Process _process;

    private HostProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public StreamReader Error => _process.StandardError;

    public StreamReader Output => _process.StandardOutput;

    public StreamWriter Input => _process.StandardInput;

    /// <summary>Starts the program with an environment that no file of this machine changes.</summary>
    public static HostProcess Start(IEnumerable<string> arguments, params (string Name, string Value)[] variables)
    {
        HostProcess host = Launch([Program, .. arguments], variables);
        host.Input.Close();
        return host;
    }

    /// <summary>Starts the program on a terminal of its own, which script(1) gives it; what is written to <see cref="Input"/> is typed there.</summary>
    /// <param name="arguments">The arguments as a shell reads them.</param>
    public static HostProcess StartOnTerminal(string arguments) => Launch(["script", "-qfec", $"'{Program}' {arguments}", "/dev/null"], [("TERM", "xterm"), ("NO_COLOR", "1")]);

    /// <summary>Starts the program on a terminal of its own as a job of a shell, which goes on with other commands when it is stopped.</summary>
    /// <param name="arguments">The arguments as a shell reads them; no quotes but single ones.</param>
    /// <param name="then">What the shell does then.</param>
    public static HostProcess StartOnTerminal(string arguments, string then)
    {
        string script = $"'{Program}' {arguments}; {then}".Replace("'", "'\\''", StringComparison.Ordinal);
        return Launch(["script", "-qfec", $"sh -mc '{script}'", "/dev/null"], [("TERM", "xterm"), ("NO_COLOR", "1")]);
    }

    /// <summary>Starts the program by a shell.</summary>
    /// <param name="arguments">The arguments and redirections as a shell reads them.</param>
    /// <param name="variables">The environment variables to change.</param>
    public static HostProcess StartInShell(string arguments, params (string Name, string Value)[] variables) => Launch(["sh", "-c", $"'{Program}' {arguments}"], variables);

    private static HostProcess Launch(IEnumerable<string> words, (string Name, string Value)[] variables)
    {
        // A shell that runs the tests in the background leaves interrupts ignored, and what is ignored is inherited.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", .. words])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(static name => name.StartsWith("ICECREAM_", StringComparison.Ordinal) || name.StartsWith("ICECC_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["ICECREAM_CONFIG"] = "/dev/null";
        start.Environment["XDG_CONFIG_HOME"] = "/nonexistent";
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        return new HostProcess(Process.Start(start)!);
    }

    public static async Task<Ending> RunAsync(IEnumerable<string> arguments, params (string Name, string Value)[] variables)
    {
        using HostProcess host = Start(arguments, variables);
        Task<string> output = host._process.StandardOutput.ReadToEndAsync(), error = host._process.StandardError.ReadToEndAsync();
        return new Ending(await host.ExitAsync(), await output.WaitAsync(Patience), await error.WaitAsync(Patience));
    }

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public void Signal(Signum signal) => Assert.Equal(0, Syscall.kill(Id, signal));

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
