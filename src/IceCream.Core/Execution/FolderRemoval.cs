using IceCream.Platform;

namespace IceCream.Execution;

/// <summary>Removes folders in which foreign programs have written.</summary>
internal static class FolderRemoval
{
    private const uint OwnersAll = 0b111_000_000;

    /// <summary>Removes a folder with all that lies in it; none is as good. Links are removed, not followed.</summary>
    /// <exception cref="IOException">Something of it could not be removed.</exception>
    public static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Whoever would have made it did not come to it.
        }
        catch (UnauthorizedAccessException)
        {
            // A program took the right to change its folders away from itself, and so from us. They are ours to open again.
            Open(new DirectoryInfo(folder));
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Open(DirectoryInfo folder)
    {
        Linux.SetPermissions(folder.FullName, OwnersAll);
        foreach (DirectoryInfo inner in folder.EnumerateDirectories("*", new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint }))
        {
            Open(inner);
        }
    }
}
