namespace IceCream.Host.Compilers;

/// <summary>The result of filling a masquerade folder.</summary>
/// <param name="Linked">The names that now link to the launcher.</param>
/// <param name="Kept">The names of foreign files or links, which were left unchanged.</param>
internal sealed record MasqueradeOutcome(IReadOnlyList<string> Linked, IReadOnlyList<string> Kept);

/// <summary>A folder in which compilers' names link to the launcher. First in <c>PATH</c>, it puts the launcher in front of them.</summary>
internal static class MasqueradeFolder
{
    /// <summary>Creates missing links, redirects links to another launcher, and removes links whose compiler is gone.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static MasqueradeOutcome Fill(string folder, string launcher, IEnumerable<string> names)
    {
        Directory.CreateDirectory(folder);
        List<string> linked = [], kept = [];
        foreach (string name in names.Distinct())
        {
            var link = new FileInfo(Path.Combine(folder, name));
            if (link.LinkTarget is null && link.Exists)
            {
                kept.Add(name);
                continue;
            }

            if (link.LinkTarget is { } target && target != launcher)
            {
                if (!LeadsToLauncher(target))
                {
                    kept.Add(name);
                    continue;
                }

                link.Delete();
            }

            if (link.LinkTarget != launcher)
            {
                File.CreateSymbolicLink(link.FullName, launcher);
            }

            linked.Add(name);
        }

        foreach (FileInfo stale in new DirectoryInfo(folder).EnumerateFiles().Where(file => file.LinkTarget is { } target && LeadsToLauncher(target)))
        {
            if (!linked.Contains(stale.Name))
            {
                stale.Delete();
            }
        }

        return new MasqueradeOutcome(linked, kept);
    }

    private static bool LeadsToLauncher(string target) => Path.GetFileName(target) == "icelaunch";
}
