using System.Globalization;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Farm;

/// <summary>The processes of one node: how much processor time they may use, and have used. Either version of control groups will do.</summary>
internal sealed class ControlGroup
{
    private const string Mount = "/sys/fs/cgroup";
    private const int PeriodMicroseconds = 50_000;

    private readonly string[] _folders;
    private readonly string _usage;
    private readonly bool _unified;

    /// <exception cref="UnfitException">The kernel does not allow it.</exception>
    public ControlGroup(string name, double processors)
    {
        _unified = IsUnified;
        _folders = _unified ? [$"{Mount}/{name}"] : [$"{Mount}/cpu/{name}", $"{Mount}/cpuacct/{name}"];
        _usage = _unified ? $"{_folders[0]}/cpu.stat" : $"{_folders[1]}/cpuacct.usage";
        int quota = (int)(PeriodMicroseconds * processors);
        try
        {
            if (_unified)
            {
                File.WriteAllText($"{Mount}/cgroup.subtree_control", "+cpu");
                Directory.CreateDirectory(_folders[0]);
                File.WriteAllText($"{_folders[0]}/cpu.max", string.Create(CultureInfo.InvariantCulture, $"{quota} {PeriodMicroseconds}"));
            }
            else
            {
                Array.ForEach(_folders, static folder => Directory.CreateDirectory(folder));
                File.WriteAllText($"{_folders[0]}/cpu.cfs_period_us", PeriodMicroseconds.ToString(CultureInfo.InvariantCulture));
                File.WriteAllText($"{_folders[0]}/cpu.cfs_quota_us", quota.ToString(CultureInfo.InvariantCulture));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Remove();
            throw new UnfitException($"No control group with a quota of processor time can be made here: {e.Message}", e);
        }
    }

    /// <summary>Why there can be none on this machine; null when there can.</summary>
    public static string? Obstacle =>
        IsUnified || (Directory.Exists($"{Mount}/cpu") && Directory.Exists($"{Mount}/cpuacct"))
            ? null
            : $"control groups (version 2, or version 1 with cpu and cpuacct) mounted at {Mount}";

    /// <summary>Where a process writes its id to become a member.</summary>
    public IEnumerable<string> Doors => _folders.Select(static folder => $"{folder}/cgroup.procs");

    /// <summary>The processor time that members have used so far, those that have ended included.</summary>
    public TimeSpan Used => _unified
        ? TimeSpan.FromMicroseconds(Number(File.ReadLines(_usage).First(static line => line.StartsWith("usage_usec ", StringComparison.Ordinal))["usage_usec ".Length..]))
        : TimeSpan.FromMicroseconds(Number(File.ReadAllText(_usage)) / 1000.0);

    /// <summary>The ids of its processes.</summary>
    public IReadOnlyList<int> Members =>
        Directory.Exists(_folders[0]) ? [.. File.ReadLines($"{_folders[0]}/cgroup.procs").Select(static id => (int)Number(id))] : [];

    private static bool IsUnified => File.Exists($"{Mount}/cgroup.controllers");

    /// <summary>Removes it. It must have no members.</summary>
    public void Remove()
    {
        foreach (string folder in _folders.Where(Directory.Exists))
        {
            Directory.Delete(folder);
        }
    }

    private static long Number(string text) => long.Parse(text.AsSpan().Trim(), CultureInfo.InvariantCulture);
}
