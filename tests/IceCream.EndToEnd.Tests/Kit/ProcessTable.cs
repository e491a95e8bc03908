using System.Globalization;

namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>The processes of this machine, as /proc tells.</summary>
internal static class ProcessTable
{
    /// <summary>A process: its number, its parent's, its session, whether it only waits to be buried, and its words.</summary>
    public sealed record Entry(int Id, int Parent, int Session, bool IsDead, string Words);

    public static IReadOnlyList<Entry> Read()
    {
        var entries = new List<Entry>();
        foreach (string folder in Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            try
            {
                string stat = File.ReadAllText(Path.Combine(folder, "stat"));
                string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                entries.Add(new Entry(
                    int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture),
                    int.Parse(fields[3], CultureInfo.InvariantCulture), fields[0] is "Z" or "X", File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ')));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended while it was looked at.
            }
        }

        return entries;
    }

    /// <summary>The living processes of a session.</summary>
    public static IReadOnlyList<Entry> OfSession(int session) => [.. Read().Where(entry => entry.Session == session && !entry.IsDead)];

    /// <summary>The living children of processes, and theirs, and so on.</summary>
    public static IReadOnlyList<Entry> Below(IEnumerable<int> ancestors)
    {
        IReadOnlyList<Entry> all = Read();
        var found = new List<Entry>();
        var heads = new Queue<int>(ancestors);
        while (heads.TryDequeue(out int head))
        {
            foreach (Entry child in all.Where(entry => entry.Parent == head))
            {
                heads.Enqueue(child.Id);
                found.Add(child);
            }
        }

        return [.. found.Where(entry => !entry.IsDead)];
    }
}
