using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>Both programs as .NET tools, installed from a folder of packages.</summary>
[Trait("Length", "Long")]
public sealed partial class ToolTests(PublishedPrograms programs) : IClassFixture<PublishedPrograms>
{
    private const int Pairs = 7, Runs = 20;

    [Needs("dotnet", "cc", "c++", "bwrap", "make", "cmake")]
    public async Task They_install_from_a_folder_start_as_fast_as_the_programs_themselves_and_build_on_a_farm()
    {
        using var build = new BuildFolder(withLauncher: false) { Patience = TimeSpan.FromMinutes(30) };
        string packages = Path.Combine(build.Path, "packages"), tools = Path.Combine(build.Path, "tools");
        build.Environment["NUGET_PACKAGES"] = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? $"{Environment.GetEnvironmentVariable("HOME")}/.nuget/packages";
        build.Environment["DOTNET_CLI_HOME"] = build.Path;
        await build.RunAsync(Programs.Root, "./ice", "pack", packages);
        Assert.Single(Directory.GetFiles(packages, "IceCream.Core.*.snupkg"));
        await File.WriteAllTextAsync(Path.Combine(build.Path, "nuget.config"), $"<configuration><packageSources><clear/><add key=\"folder\" value=\"{packages}\"/></packageSources></configuration>\n");
        build.Environment["NUGET_PACKAGES"] = Path.Combine(build.Path, "nuget");
        foreach (string tool in (string[])["icehost", "icelaunch"])
        {
            await build.RunAsync(build.Path, "dotnet", "tool", "install", tool, "--tool-path", tools, "--configfile", "nuget.config", "--version", SupplyTests.Version);
        }

        string plain = await programs.FolderAsync();
        foreach (string tool in (string[])["icehost", "icelaunch"])
        {
            double[] ratios = [.. Enumerable.Range(0, Pairs).Select(_ => Time(Path.Combine(tools, tool)) / Time(Path.Combine(plain, tool))).Order()];
            Assert.True(ratios[Pairs / 2] <= 1.3, $"{tool}: {string.Join(", ", ratios.Select(static ratio => $"{ratio:0.00}"))}");
        }

        build.FirstOnPath.Add(tools);
        string example = Path.Combine(build.Copy("cmake"), "example");
        await build.RunAsync(build.Path, "cmake", "-S", example, "-B", "out", "-G", "Unix Makefiles");
        string said = await build.RunAsync(build.Path, "icehost", "run", "--state-dir", Path.Combine(build.Path, "state"), "--", "cmake", "--build", "out", "--parallel", "4");
        Match remote = Remote().Match(said);
        Assert.True(remote.Success && int.Parse(remote.Groups[1].Value, CultureInfo.InvariantCulture) >= 12, said);
    }

    /// <summary>How long a program takes to say its version, some times in a row.</summary>
    private static double Time(string program)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Runs; i++)
        {
            using Process process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true })!;
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    [GeneratedRegex("(?m)^ *([0-9]+) +remote")]
    private static partial Regex Remote();
}
