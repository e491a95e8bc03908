using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

namespace IceCream.Launcher.Tests;

/// <summary>A folder with compilers of the test's own making, an environment, and the launcher.</summary>
public abstract partial class LauncherTest : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);

    protected LauncherTest()
    {
        Folder = Directory.CreateTempSubdirectory("icecream-launcher-").FullName;
        Bin = Directory.CreateDirectory(Path.Combine(Folder, "bin")).FullName;
        SetVariable("PATH", $"{Bin}:/usr/bin:/bin");
        SetVariable("ICECREAM_SOCKET", Socket);
        SetVariable("ICECREAM_AUTOSTART", "0");
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } root)
        {
            SetVariable("DOTNET_ROOT", root);
        }
    }

    /// <summary>The launcher as built; <c>ICELAUNCH_UNDER_TEST</c> names another, such as the native one.</summary>
    protected static string Launcher { get; } =
        Environment.GetEnvironmentVariable("ICELAUNCH_UNDER_TEST") ?? Path.Combine(AppContext.BaseDirectory, "icelaunch");

    /// <summary>
    /// Whether it is the native program, which is what ships. The runtime of the other raises the limit of open files and takes the signal of
    /// termination before the launcher is asked, and nobody can tell afterwards what they were.
    /// </summary>
    protected static bool IsNative { get; } = !File.Exists(Launcher + ".dll");

    protected string Folder { get; }

    /// <summary>The first folder on PATH.</summary>
    protected string Bin { get; }

    protected string Socket => Path.Combine(Folder, "agent.socket");

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected void SetVariable(string name, string? value)
    {
        _variables.Remove(name);
        if (value is not null)
        {
            _variables.Add(name, value);
        }
    }

    /// <summary>Writes a program.</summary>
    /// <returns>Its path.</returns>
    protected string Write(string name, string script)
    {
        string path = Path.Combine(Bin, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        return path;
    }

    /// <summary>Makes a link in a new folder.</summary>
    /// <returns>The folder.</returns>
    protected string Link(string folder, string name, string target)
    {
        string path = Directory.CreateDirectory(Path.Combine(Folder, folder)).FullName;
        File.CreateSymbolicLink(Path.Combine(path, name), target);
        return path;
    }

    /// <summary>Starts a script, in which <c>$L</c> is the launcher and <c>$F</c> the test's folder.</summary>
    protected ShellProcess Start(string script) =>
        ShellProcess.Start($"L='{Launcher}' F='{Folder}'\n{script}", _variables.Select(variable => $"{variable.Key}={variable.Value}"), Folder);

    protected Task<ShellOutcome> RunAsync(string script) => Start(script).End.WaitAsync(Patience);

    /// <summary>Runs a script that is to succeed.</summary>
    /// <returns>What it said.</returns>
    protected async Task<string> SaysAsync(string script)
    {
        ShellOutcome outcome = await RunAsync(script);
        Assert.Equal((0, 0, ""), (outcome.ExitCode, outcome.Signal, Text(outcome.StandardError)));
        return Text(outcome.StandardOutput);
    }

    protected static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>Signals 32 and 33 belong to the C library, which sets them as it likes in any program with threads.</summary>
    protected static string WithoutInternalSignals(string text) => SignalSet().Replace(text, match =>
        match.Groups[1].Value + (Convert.ToUInt64(match.Groups[2].Value, 16) & ~0x1_8000_0000UL).ToString("x16", CultureInfo.InvariantCulture));

    [GeneratedRegex(@"(Sig\w+:\t)(\w{16})")]
    private static partial Regex SignalSet();
}
