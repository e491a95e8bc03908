using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>
/// A folder to build in, with a stand-in for icelaunch that writes each command to a log and runs it. Called by another name it
/// runs the next program of that name on <c>PATH</c>, as icelaunch does.
/// </summary>
internal sealed class BuildFolder : IDisposable
{
    private const string StandIn = """
        #!/bin/sh
        here=$(dirname "$(readlink -f "$0")")
        name=${0##*/}
        if [ "$name" != icelaunch ]; then
          IFS=:
          for place in $PATH; do
            if [ -x "$place/$name" ] && [ "$(readlink -f "$place/$name")" != "$here/icelaunch" ]; then
              set -- "$place/$name" "$@"
              break
            fi
          done
          unset IFS
        fi
        printf '%s\n' "$*" >> "$here/../log"
        exec "$@"
        """;

    public BuildFolder(bool withLauncher = true)
    {
        Directory.CreateDirectory(Launchers);
        if (withLauncher)
        {
            string launcher = System.IO.Path.Combine(Launchers, "icelaunch");
            File.WriteAllText(launcher, StandIn + "\n");
            File.SetUnixFileMode(launcher, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>The folder.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("icelib-integrations-").FullName;

    /// <summary>How long a program may run.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Variables for the programs that are run here.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Folders that come first on <c>PATH</c>.</summary>
    public List<string> FirstOnPath { get; } = [];

    /// <summary>The commands that went through the launcher.</summary>
    public string[] Launched => File.Exists(Log) ? File.ReadAllLines(Log) : [];

    private string Launchers => System.IO.Path.Combine(Path, "bin");

    private string Log => System.IO.Path.Combine(Path, "log");

    /// <summary>A folder of the integrations, copied here so that builds leave nothing behind there.</summary>
    public string Copy(string integration)
    {
        string source = System.IO.Path.Combine(Programs.Integrations, integration), target = System.IO.Path.Combine(Path, integration);
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = System.IO.Path.Combine(target, System.IO.Path.GetRelativePath(source, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return target;
    }

    /// <summary>Runs a program in a folder and expects it to succeed.</summary>
    /// <returns>What it wrote.</returns>
    public async Task<string> RunAsync(string folder, string program, params string[] arguments)
    {
        ProgramRun run = await Programs.RunAsync(folder, [.. FirstOnPath, Launchers, .. Programs.Path], Environment, Patience, program, arguments);
        Assert.True(run.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {run.ExitCode}:\n{run.Output}");
        return run.Output;
    }

    /// <summary>Checks that each source was compiled through the launcher, once.</summary>
    public void ExpectCompiled(params string[] sources)
    {
        string[] compiles = [.. Launched.Where(command => command.Split(' ').Contains("-c"))];
        foreach (string source in sources)
        {
            Assert.Single(compiles, command => command.Split(' ').Any(word => word == source || word.EndsWith('/' + source)));
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
