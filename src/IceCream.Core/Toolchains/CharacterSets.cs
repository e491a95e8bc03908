namespace IceCream.Toolchains;

/// <summary>The tables by which the C library converts between character sets (gconv).</summary>
internal static class CharacterSets
{
    private const string Library = "/libc.so.6";

    /// <summary>Adds the indexes of the tables, which the C library reads whenever a locale is selected, whatever it then converts.</summary>
    public static void AddIndexes(ToolchainTree tree)
    {
        string[] libraries = [.. tree.Files.Where(static file => file.EndsWith(Library, StringComparison.Ordinal))];
        foreach (string tables in libraries.Select(static library => library[..^Library.Length] + "/gconv").SelectMany(static tables => new[] { tables, "/usr" + tables }))
        {
            tree.AddFile($"{tables}/gconv-modules.cache");
            tree.AddFile($"{tables}/gconv-modules");
            tree.AddContent($"{tables}/gconv-modules.d");
        }
    }

    /// <summary>Adds the tables of every C library in the tree: they are beside it, under a name built into the library.</summary>
    public static void Add(ToolchainTree tree)
    {
        string[] libraries = [.. tree.Files.Where(static file => file.EndsWith(Library, StringComparison.Ordinal))];
        foreach (string library in libraries)
        {
            string tables = library[..^Library.Length] + "/gconv";
            tree.AddContent(tables);

            // If /lib is not a link to /usr/lib, the library has been moved and the tables have not.
            tree.AddContent("/usr" + tables);
        }
    }
}
