namespace IceCream.Toolchains;

/// <summary>The folders that <c>ld.so.conf</c> and the files it includes name, in their order.</summary>
internal static class LoaderConfiguration
{
    private const int DeepestInclude = 8;

    public static IEnumerable<string> Folders(string path, int depth = 0)
    {
        if (depth > DeepestInclude || !File.Exists(path))
        {
            yield break;
        }

        foreach (string line in File.ReadLines(path))
        {
            string text = line.Split('#')[0].Trim();
            if (text.StartsWith("include", StringComparison.Ordinal) && text.Length > 7 && char.IsWhiteSpace(text[7]))
            {
                string pattern = Path.Combine(Path.GetDirectoryName(path)!, text[7..].Trim());
                string folder = Path.GetDirectoryName(pattern)!;
                IEnumerable<string> included = Directory.Exists(folder)
                    ? Directory.EnumerateFiles(folder, Path.GetFileName(pattern)).Order(StringComparer.Ordinal)
                    : [];
                foreach (string found in included.SelectMany(file => Folders(file, depth + 1)))
                {
                    yield return found;
                }
            }
            else if (text.StartsWith('/'))
            {
                yield return text.Length > 1 ? text.TrimEnd('/') : text;
            }
        }
    }
}
