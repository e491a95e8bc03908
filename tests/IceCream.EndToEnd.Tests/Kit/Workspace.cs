namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>A folder of one test, gone at its end.</summary>
internal sealed class Workspace : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("icecream-e2e-").FullName;

    public string Under(string name) => Path.Combine(Root, name);

    public string Folder(string name) => Directory.CreateDirectory(Under(name)).FullName;

    public string Write(string name, string text, bool executable = false)
    {
        string path = Under(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        if (executable)
        {
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        }

        return path;
    }

    /// <summary>A folder in which compilers' names are links to the launcher.</summary>
    public string Masquerade(params string[] names)
    {
        string folder = Folder("masquerade");
        foreach (string name in names.Where(name => !File.Exists(Path.Combine(folder, name))))
        {
            File.CreateSymbolicLink(Path.Combine(folder, name), Programs.Launcher);
        }

        return folder;
    }

    public void Dispose()
    {
        foreach (string folder in Directory.EnumerateDirectories(Root, "*", SearchOption.AllDirectories).Where(folder => new DirectoryInfo(folder).LinkTarget is null).ToArray())
        {
            // A test may have taken the right to write away.
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        }

        Directory.Delete(Root, recursive: true);
    }
}
