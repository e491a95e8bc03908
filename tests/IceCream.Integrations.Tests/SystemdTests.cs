using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>The units and their configuration file.</summary>
public sealed partial class SystemdTests
{
    private static readonly string Folder = Path.Combine(Programs.Integrations, "systemd");

    /// <summary>After an upgrade an agent of the former version would answer no launcher, and all of its user's compiles stay here.</summary>
    [Fact]
    public async Task An_upgrade_of_the_package_restarts_the_agents_of_users()
    {
        using var build = new BuildFolder(withLauncher: false);
        string tools = Directory.CreateDirectory(Path.Combine(build.Path, "tools")).FullName, systemctl = Path.Combine(tools, "systemctl");
        await File.WriteAllTextAsync(systemctl, "#!/bin/sh\ncase $* in *list-units*) echo 'user@1000.service loaded active running'; echo 'user@1001.service loaded active running' ;; *) echo \"$*\" ;; esac\n");
        File.SetUnixFileMode(systemctl, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        build.FirstOnPath.Add(tools);
        string script = (await File.ReadAllTextAsync(Path.Combine(Programs.Integrations, "debian/postinst"))).Replace("/run/systemd/system", tools, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(build.Path, "postinst"), script);
        string upgraded = await build.RunAsync(build.Path, "sh", "postinst", "configure", "0");
        Assert.Contains("try-restart icecream-scheduler.service icecream-daemon.service\n", upgraded, StringComparison.Ordinal);
        Assert.All((string[])["1000", "1001"], user => Assert.Contains($"--machine {user}@ --user try-restart icecream-agent.service\n", upgraded, StringComparison.Ordinal));
        Assert.DoesNotContain("restart", await build.RunAsync(build.Path, "sh", "postinst", "configure"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_sample_sets_nothing() =>
        Assert.All(File.ReadLines(Path.Combine(Folder, "icecream.conf")), line => Assert.True(line.Length == 0 || line[0] == '#', line));

    [Fact]
    public void There_is_one_file_of_settings_and_icehost_reads_it()
    {
        foreach (string file in Directory.GetFiles(Programs.Integrations, "*", SearchOption.AllDirectories).Append(Path.Combine(Programs.Root, "README.md")))
        {
            string text = File.ReadAllText(file);
            Assert.DoesNotContain("/etc/icecream.conf", text, StringComparison.Ordinal);
            Assert.DoesNotContain("EnvironmentFile", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_workers_unit_leaves_its_sandbox_what_it_needs()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder, "icecream-daemon.service"));
        string[] harmful = ["RestrictNamespaces", "ProtectKernelTunables", "ProtectKernelLogs", "ProcSubset", "SystemCallFilter=@"];
        Assert.DoesNotContain(lines, line => harmful.Any(option => line.StartsWith(option.Contains('=', StringComparison.Ordinal) ? option : option + "=", StringComparison.Ordinal)));
        Assert.Contains("NoNewPrivileges=yes", lines);
    }

    [NeedsTheory("systemd-analyze")]
    [InlineData("icecream-scheduler.service", 1.5)]
    [InlineData("icecream-daemon.service", 3.0)]
    public async Task The_units_are_no_more_exposed_than_is_stated(string unit, double most)
    {
        using var build = new BuildFolder();
        string said = await build.RunAsync(Folder, "systemd-analyze", "security", "--offline=true", "--no-pager", $"--threshold={most * 10:0}", unit);
        Match exposure = Exposure().Match(said);
        Assert.True(exposure.Success && double.Parse(exposure.Groups[1].Value, CultureInfo.InvariantCulture) <= most, said);
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

    [GeneratedRegex("Overall exposure level for .*: ([0-9.]+) ")]
    private static partial Regex Exposure();
}
