using System.IO.Enumeration;
using IceCream.Platform;
using IceCream.Storage;

namespace IceCream.Inputs;

/// <summary>A folder under one of its names, and what is remembered of it.</summary>
internal sealed class Folder(InputMemory memory, Folder? parent, string path, string name)
{
    // Some file systems stamp changes in steps of up to two seconds, and a change within the same step would not show.
    private static readonly TimeSpan CoarseStep = TimeSpan.FromSeconds(2);

    /// <summary>From so many names on it is cheaper to list a folder than to ask for each.</summary>
    private const int ManyNames = 64;

    private readonly Lock _guard = new();
    private readonly Dictionary<string, (NameState State, string Path)> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Folder> _children = new(StringComparer.Ordinal);
    private FileIdentity _identity;
    private long _visited;
    private long _changed;
    private bool _exists;
    private bool _seen;
    private bool _settled;

    public string Path => path;

    /// <summary>Tells two folders apart however they are spelt. Meaningful once <see cref="Exists"/> has been asked.</summary>
    public (ulong Device, ulong Inode) Identity => (_identity.Device, _identity.Inode);

    /// <summary>Whether the folder has been as it is since before a time.</summary>
    public bool IsOlderThan(DateTimeOffset time) => !_exists || _identity.IsSettled(time);

    /// <summary>The number of the latest change of the folder's being there, or of any name in it that was looked up.</summary>
    public long ChangedAt => Volatile.Read(ref _changed);

    /// <summary>Whether there is such a folder.</summary>
    public bool Exists(InputVisit visit)
    {
        bool exists = Refresh(visit);
        visit.Note(this);
        return exists;
    }

    /// <summary>Sees to it that what is known was true at some time after a visit began, and tells whether there is such a folder.</summary>
    public bool Refresh(InputVisit visit)
    {
        if (Volatile.Read(ref _visited) >= visit.Number)
        {
            return _exists;
        }

        lock (_guard)
        {
            if (_visited >= visit.Number)
            {
                return _exists;
            }

            long latest = memory.Latest;
            DateTimeOffset now = memory.Now;
            FileStatus status = default;
            bool exists = (parent is null || parent.Has(name, visit)) && Linux.Stat(path, followLinks: true, out status) == 0 && status.IsDirectory;
            FileIdentity identity = exists ? new FileIdentity(status) : default;
            bool first = !_seen;
            _seen = true;
            bool same = exists == _exists && (identity.Device, identity.Inode) == (_identity.Device, _identity.Inode);
            bool untouched = same && (!exists || (_settled && identity == _identity));
            _exists = exists;
            _identity = identity;
            _settled = exists && (status.ChangedNanoseconds != 0
                ? identity.IsSettled(now) : now - DateTimeOffset.FromUnixTimeSeconds(status.ChangedSeconds + 1) > CoarseStep);
            if (!first && (!same || !(untouched || (_names.Count > ManyNames ? ListAgain() : AskAgain()))))
            {
                if (!same)
                {
                    _names.Clear();
                }

                Volatile.Write(ref _changed, memory.CountChange());
            }

            Volatile.Write(ref _visited, latest);
            return exists;
        }
    }

    /// <summary>What the folder has under a name that has no slash, and the path of it.</summary>
    public (NameState State, string Path) Look(string entry, InputVisit visit)
    {
        if (!Exists(visit))
        {
            return (NameState.Absent, "");
        }

        lock (_guard)
        {
            return Known(entry, visit);
        }
    }

    /// <summary>The folder in this one under a name of one component.</summary>
    public Folder Child(ReadOnlySpan<char> component)
    {
        lock (_guard)
        {
            var children = _children.GetAlternateLookup<ReadOnlySpan<char>>();
            if (!children.TryGetValue(component, out Folder? child))
            {
                string own = component.ToString();
                child = new Folder(memory, this, Full(own), own);
                _children[own] = child;
                memory.CountName();
            }

            return child;
        }
    }

    /// <summary>Writes what was last seen, or what can never be seen again where that was seen after a change.</summary>
    public void Write(BinaryWriter writer, long latestChange)
    {
        lock (_guard)
        {
            writer.Write(path);
            writer.Write(_exists || _changed > latestChange);
            writer.Write(_settled);
            StateFile.Write(writer, _changed > latestChange ? default : _identity);
            writer.Write(_names.Count);
            foreach ((string entry, (NameState State, string Path) known) in _names)
            {
                writer.Write(entry);
                writer.Write((byte)known.State);
            }
        }
    }

    /// <summary>Reads what follows the path there, for a folder at which nobody has looked yet.</summary>
    public void Read(BinaryReader reader)
    {
        lock (_guard)
        {
            _exists = reader.ReadBoolean();
            _settled = reader.ReadBoolean();
            _identity = StateFile.ReadIdentity(reader);
            for (int count = reader.ReadInt32(); count > 0; count--)
            {
                string entry = reader.ReadString();
                _names[entry] = ((NameState)reader.ReadByte(), Full(entry));
                memory.CountName();
            }

            _seen = true;
        }
    }

    private string Full(string entry) => path.EndsWith('/') ? path + entry : $"{path}/{entry}";

    private bool Has(string entry, InputVisit visit)
    {
        if (!Refresh(visit))
        {
            return false;
        }

        lock (_guard)
        {
            return Known(entry, null).State != NameState.Absent;
        }
    }

    private (NameState State, string Path) Known(string entry, InputVisit? visit)
    {
        if (_names.TryGetValue(entry, out (NameState, string) known))
        {
            return known;
        }

        string full = Full(entry);
        (NameState State, string Path) seen = (Ask(full, out bool lasting), full);
        if (lasting)
        {
            _names[entry] = seen;
            memory.CountName();
        }
        else
        {
            // The folder does not change when what a link leads to comes or goes: the path itself is to be watched.
            visit?.File(full);
        }

        return seen;
    }

    /// <summary>Looks every remembered name up again.</summary>
    /// <returns>Whether all is as it was.</returns>
    private bool AskAgain()
    {
        bool same = true;
        foreach ((string entry, (NameState State, string Path) known) in _names.ToArray())
        {
            NameState now = Ask(known.Path, out bool lasting);
            if (!lasting)
            {
                _names.Remove(entry);
            }
            else
            {
                _names[entry] = (now, known.Path);
            }

            same &= lasting && now == known.State;
        }

        return same;
    }

    /// <summary>Compares the remembered names with what the folder holds; forgets them all when there is a difference.</summary>
    /// <returns>Whether all is as it was.</returns>
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
            // Folders may be searched and not listed: then each name is asked for.
            return AskAgain();
        }

        same &= present == _names.Count(static known => known.Value.State != NameState.Absent);
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

    /// <param name="full">The path.</param>
    /// <param name="lasting">Whether the answer holds until the folder changes. A link may come to lead elsewhere before that.</param>
    private static NameState Ask(string full, out bool lasting)
    {
        lasting = true;
        int precompiled = Linux.Stat(full + ".gch", followLinks: false, out _);
        if (precompiled == 0)
        {
            return NameState.Precompiled;
        }

        int error = Linux.Stat(full, followLinks: false, out FileStatus status);
        if (error == 0 && !status.IsLink)
        {
            return NameState.Present;
        }

        if (error is Linux.ENOENT or Linux.ENOTDIR)
        {
            return NameState.Absent;
        }

        lasting = false;
        return error != 0 ? NameState.Unknown
            : Linux.Stat(full, followLinks: true, out _) switch
            {
                0 => NameState.Present,
                Linux.ENOENT or Linux.ENOTDIR => NameState.Absent,
                _ => NameState.Unknown,
            };
    }
}
