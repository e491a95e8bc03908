using System.IO.Enumeration;

namespace IceCream.FileSystem;

/// <content>The listing of a whole folder.</content>
internal sealed partial class Folder
{
    /// <summary>The names in the folder, sorted by ordinal comparison; null when there is no folder that can be listed.</summary>
    public IReadOnlyList<string>? List(InputVisit visit)
    {
        if (!Exists(visit))
        {
            return null;
        }

        lock (_guard)
        {
            return _listing ??= ReadNames();
        }
    }

    private string[]? ReadNames()
    {
        try
        {
            string[] names = [.. new FileSystemEnumerable<string>(
                path, static (ref FileSystemEntry entry) => entry.FileName.ToString(), new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false })];
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder may allow lookups and forbid listing. Compilers cannot list it either.
            return null;
        }
    }

    private bool IsListedAsBefore()
    {
        if (_listing is not { } before)
        {
            return true;
        }

        _listing = ReadNames();
        return _listing is not null && before.AsSpan().SequenceEqual(_listing);
    }

    /// <summary>Compares the remembered names with the folder's entries; forgets all of them when there is a difference.</summary>
    /// <returns>Whether nothing has changed.</returns>
    private bool ListAgain()
    {
        int present = 0;
        bool same = true;
        var names = _names.GetAlternateLookup<ReadOnlySpan<char>>();
        try
        {
            var entries = new FileSystemEnumerable<bool>(path, Compare, new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false });
            foreach (bool isAsKnown in entries)
            {
                same &= isAsKnown;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder cannot be listed, so each name is looked up.
            return AskAgain();
        }

        same &= present == _names.Count(static known => known.Value.State is not (NameState.Absent or NameState.PrecompiledAlone));
        if (!same)
        {
            _names.Clear();
        }

        return same;

        bool Compare(ref FileSystemEntry entry)
        {
            ReadOnlySpan<char> found = entry.FileName;
            if (found.EndsWith(".gch", StringComparison.Ordinal) && names.TryGetValue(found[..^4], out _))
            {
                return false;
            }

            if (!names.TryGetValue(found, out (NameState State, string) known))
            {
                return true;
            }

            present++;
            return known.State == NameState.Present;
        }
    }
}
