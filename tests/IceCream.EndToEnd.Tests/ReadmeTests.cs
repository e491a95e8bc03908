using System.Runtime.CompilerServices;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>The commands of README.md that call the programs, typed as they stand there.</summary>
public sealed class ReadmeTests
{
    [Needs("gcc", "make", "bwrap")]
    public async Task One_build_on_a_farm_of_its_own()
    {
        using var space = new Workspace();
        space.Write("work/Makefile", "CC = gcc\nall: a.o b.o\n");
        space.Write("work/a.c", "int a;\n");
        space.Write("work/b.c", "int b;\n");
        string run = Assert.Single(Lines(), line => line.StartsWith("icehost run", StringComparison.Ordinal));
        Ending ending = await Shell.RunAsync(run, space.Under("work"), ("PATH", $"{Programs.Folder}:{Environment.GetEnvironmentVariable("PATH")}"), ("ICECREAM_STATE_DIR", space.Folder("state")));
        Assert.True(ending.ExitCode == 0 && ending.Error.Contains("icehost: exit code 0", StringComparison.Ordinal) && ending.Error.Contains("a.c", StringComparison.Ordinal), ending.ToString());
    }

    [Needs("gcc", "bwrap", Networks = true)]
    public async Task A_farm()
    {
        await using var networks = new Networks();
        string machine = await networks.AddAsync();
        using var space = new Workspace();
        string[] lines = [.. Lines().SkipWhile(line => !line.Contains("--insecure", StringComparison.Ordinal)).Where(line => line.StartsWith("icehost ", StringComparison.Ordinal) && !line.StartsWith("icehost run", StringComparison.Ordinal))];
        Assert.Equal(["scheduler", "daemon", "status", "doctor", "config"], lines.Select(line => line.Split(' ')[1]));

        // HOST is the machine on which the first of them runs; the state and the socket of a test lie in its folder.
        (string Name, string Value)[] variables =
        [
            ("PATH", $"{Programs.Folder}:{Tools(space)}"), ("ICECREAM_STATE_DIR", space.Folder("state")), ("ICECREAM_SOCKET", space.Under("agent.socket")),
        ];
        string[] wrapper = [.. Networks.On(machine), "env", .. variables.Select(variable => $"{variable.Name}={variable.Value}"), "sh", "-c"];
        await using NodeProcess scheduler = await NodeProcess.StartScriptAsync(wrapper, $"exec {lines[0]}", "^icehost: scheduler of network");
        await using NodeProcess daemon = await NodeProcess.StartScriptAsync(wrapper, $"exec {lines[1].Replace("HOST", "127.0.0.1", StringComparison.Ordinal)}", "agent has joined network");
        foreach (string line in lines[2..])
        {
            Ending ending = await Networks.RunAsync(machine, line, space.Root, variables);
            Assert.True(ending.ExitCode == 0, $"{line}: {ending}\n{daemon.Log}");
        }
    }

    /// <summary>A search path with one compiler, so that the doctor need not try all of this machine's.</summary>
    private static string Tools(Workspace space)
    {
        string folder = space.Folder("tools");
        foreach (string name in (string[])["as", "bwrap", "gcc", "sh", "env", "setsid", "nsenter"])
        {
            File.CreateSymbolicLink(Path.Combine(folder, name), Programs.Find(name)!);
        }

        return folder;
    }

    /// <summary>The lines between fences, without the remarks behind them.</summary>
    private static string[] Lines([CallerFilePath] string file = "") =>
        [.. File.ReadLines(Path.Combine(Path.GetDirectoryName(file)!, "../../README.md")).Select(line => line.Split("  #")[0].TrimEnd())];
}
