using System.Text.Json;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>The doctor says of each compiler where a compile ran.</summary>
public sealed class DoctorTests(UsersFarm farm) : IClassFixture<UsersFarm>
{
    [Needs("gcc", "bwrap")]
    public async Task All_is_well_when_every_compile_leaves()
    {
        using var space = new Workspace();
        Report report = await AskAsync(Tools(space, "gcc"), 0);
        Compiler compiler = Assert.Single(report.Compilers);
        Assert.Equal(("remote", "w1", true, ""), (compiler.Place, compiler.Worker, compiler.Leaves, compiler.Reason));
        Assert.StartsWith("Gcc ", compiler.Identity, StringComparison.Ordinal);
    }

    [Needs("gcc", "bwrap")]
    public async Task What_stays_here_is_a_problem_and_has_its_reason()
    {
        using var space = new Workspace();
        string tools = Tools(space, "gcc");
        space.Write("tools/odd-gcc", "#!/bin/sh\necho 'no version of mine' >&2\nexit 3\n", executable: true);
        Report report = await AskAsync(tools, 1);
        Assert.Equal("problem", report.Verdict);
        Compiler odd = report.Compilers.Single(compiler => compiler.Names[0] == "odd-gcc");
        Assert.Equal(("local", false, 3), (odd.Place, odd.Leaves, odd.ExitCode));
        Assert.NotEqual("", odd.Reason);
        Assert.True(report.Compilers.Single(compiler => compiler.Names[0] == "gcc").Leaves);
    }

    [Needs("gcc", "bwrap")]
    public async Task A_wish_to_stay_is_found_too()
    {
        using var space = new Workspace();
        Report report = await AskAsync(Tools(space, "gcc"), 1, ("ICECREAM_DISABLE", "1"));
        Assert.Equal("ICECREAM_DISABLE is set", Assert.Single(report.Compilers).Reason);
    }

    private async Task<Report> AskAsync(string tools, int exitCode, params (string Name, string Value)[] variables)
    {
        Ending ending = await Shell.RunAsync(
            $"'{Programs.Host}' doctor --json --socket '{farm.Socket}' --scheduler {farm.Address} --state-dir '{tools}/state'", tools, [("PATH", tools), .. variables]);
        Assert.True(ending.ExitCode == exitCode, ending.ToString());
        return JsonSerializer.Deserialize<Report>(ending.Output, Statistics.Names)!;
    }

    /// <summary>A search path with what a compiler needs, and no compilers but those that are named.</summary>
    private static string Tools(Workspace space, params string[] compilers)
    {
        string folder = space.Folder("tools");
        foreach (string name in (string[])["as", "bwrap", "sh", "setsid", .. compilers])
        {
            File.CreateSymbolicLink(Path.Combine(folder, name), new FileInfo(Programs.Find(name)!).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Programs.Find(name)!);
        }

        return folder;
    }

    private sealed record Report(string Verdict, Compiler[] Compilers);

    private sealed record Compiler(string[] Names, string Identity, bool Leaves, string Place, string Worker, string Reason, int ExitCode);
}
