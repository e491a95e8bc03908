using System.Text.RegularExpressions;
using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>The units and their configuration file.</summary>
public sealed partial class SystemdTests
{
    private static readonly string Folder = Path.Combine(Programs.Integrations, "systemd");

    [Fact]
    public void The_sample_names_every_key_and_sets_none()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder, "icecream.conf"));
        Assert.All(lines, line => Assert.True(line.Length == 0 || line[0] == '#', line));
        string[] keys = [.. lines.Select(line => Key().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];
        string[] expected =
        [
            "ICECREAM_NETWORK", "ICECREAM_SCHEDULER", "ICECREAM_SLOTS", "ICECREAM_LOCAL_SLOTS", "ICECREAM_NICE", "ICECREAM_HUGE_PAGES", "ICECREAM_CACHE_LIMIT", "ICECREAM_LISTEN",
            "ICECREAM_STATE_DIR", "ICECREAM_INSECURE", "ICECC_NETNAME", "ICECC_SCHEDULER_HOST", "ICECC_MAX_JOBS", "ICECC_NICE_LEVEL",
        ];
        Assert.Equal(expected, keys);
    }

    [Fact]
    public void The_workers_unit_leaves_its_sandbox_what_it_needs()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder, "icecream-daemon.service"));
        string[] harmful = ["RestrictNamespaces", "ProtectKernelTunables", "ProtectKernelLogs", "ProtectProc", "ProcSubset", "PrivateDevices", "SystemCallFilter"];
        Assert.DoesNotContain(lines, line => harmful.Any(option => line.StartsWith(option + "=", StringComparison.Ordinal)));
        Assert.Contains("NoNewPrivileges=yes", lines);
    }

    [Needs("systemd-analyze")]
    public async Task Systemd_understands_the_units()
    {
        using var build = new BuildFolder();
        foreach (string file in Directory.GetFiles(Folder, "*.service"))
        {
            // The program is not installed while its tests run; everything else is to be understood.
            string unit = Path.Combine(build.Path, Path.GetFileName(file));
            await File.WriteAllTextAsync(unit, (await File.ReadAllTextAsync(file)).Replace("/usr/bin/icehost", "/bin/true", StringComparison.Ordinal));
            string said = await build.RunAsync(build.Path, "systemd-analyze", "verify", "--man=no", unit);
            Assert.DoesNotContain("Unknown", said, StringComparison.OrdinalIgnoreCase);
        }
    }

    [GeneratedRegex("^#(ICE[A-Z_]+)=")]
    private static partial Regex Key();
}
