using IceCream.Digests;
using IceCream.Platform;

namespace IceCream.FileSystem;

/// <summary>A folder under one of its paths, and what is remembered of it.</summary>
internal sealed partial class Folder(InputMemory memory, Folder? parent, string path, string name)
{
    // Some file systems have timestamps with a resolution of up to two seconds, and a change within the same step would not show.
    private static readonly TimeSpan CoarseStep = TimeSpan.FromSeconds(2);

    /// <summary>From this many names on, listing a folder is cheaper than a lookup of each.</summary>
    private const int ManyNames = 64;

    /// <summary>The most names that are read from a saved listing, so that a damaged file cannot exhaust the memory.</summary>
    private const int MostNames = 8 << 20;

    private readonly Lock _guard = new();
    private readonly Dictionary<string, (NameState State, string Path)> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Folder> _children = new(StringComparer.Ordinal);
    private string[]? _listing;
    private FileIdentity _identity;
    private long _visited;
    private long _changed;
    private bool _exists;
    private bool _obscure;
    private bool _seen;
    private bool _settled;

    public string Path => path;

    /// <summary>Whether the kernel does not say what is there, because of a loop of links or missing permissions. Valid after a call of <see cref="Exists"/>.</summary>
    public bool IsObscure => Volatile.Read(ref _obscure);

    /// <summary>Identifies a folder, whatever path leads to it. Valid after a call of <see cref="Exists"/>.</summary>
    public (ulong Device, ulong Inode) Identity => (_identity.Device, _identity.Inode);

    /// <summary>Whether the folder has not changed since a time.</summary>
    public bool IsOlderThan(DateTimeOffset time) => !_exists || _identity.IsSettled(time);

    /// <summary>The number of the latest change that was seen here: the folder, or a name in it that had been looked up, appeared or disappeared.</summary>
    public long ChangedAt => Volatile.Read(ref _changed);

    public bool Exists(InputVisit visit)
    {
        bool exists = Refresh(visit);
        visit.Note(this);
        return exists;
    }

    /// <summary>Asks the kernel, unless the remembered answer is newer than the visit's beginning. Returns whether the folder exists.</summary>
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
            NameState above = parent is null ? NameState.Present : parent.StateOf(name, visit);
            int error = above is NameState.Absent or NameState.Unknown ? Linux.ENOENT : Linux.Stat(path, followLinks: true, out status);
            bool exists = error == 0 && status.IsDirectory, obscure = above == NameState.Unknown || error is not (0 or Linux.ENOENT or Linux.ENOTDIR);
            FileIdentity identity = exists ? new FileIdentity(status) : default;
            bool first = !_seen;
            _seen = true;
            bool same = exists == _exists && obscure == _obscure && (identity.Device, identity.Inode) == (_identity.Device, _identity.Inode);
            bool untouched = same && (!exists || (_settled && identity == _identity));
            _exists = exists;
            Volatile.Write(ref _obscure, obscure);
            _identity = identity;
            _settled = exists && (status.ChangedNanoseconds != 0
                ? identity.IsSettled(now) : now - DateTimeOffset.FromUnixTimeSeconds(status.ChangedSeconds + 1) > CoarseStep);
            if (!first && (!same || !(untouched || (IsListedAsBefore() & (_names.Count > ManyNames ? ListAgain() : AskAgain())))))
            {
                if (!same)
                {
                    _names.Clear();
                    _listing = null;
                }

                Volatile.Write(ref _changed, memory.CountChange());
            }

            Volatile.Write(ref _visited, latest);
            return exists;
        }
    }

    /// <summary>Looks up a name without a slash in the folder, and returns its path.</summary>
    public (NameState State, string Path) Look(string entry, InputVisit visit)
    {
        if (!Exists(visit))
        {
            return _obscure ? (NameState.Unknown, Full(entry)) : (NameState.Absent, "");
        }

        lock (_guard)
        {
            return Known(entry, visit);
        }
    }

    /// <summary>The subfolder with a name of one component.</summary>
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

    /// <summary>
    /// Saves what was last seen. After a change later than <paramref name="latestChange"/> it writes an identity that no folder has, so that a reader
    /// looks again.
    /// </summary>
    public void Write(BinaryWriter writer, long latestChange)
    {
        lock (_guard)
        {
            writer.Write(path);
            writer.Write(_exists || _changed > latestChange);
            writer.Write(_settled);
            StateFile.Write(writer, _changed > latestChange ? default : _identity);
            writer.Write(_listing is null ? -1 : _listing.Length);
            foreach (string entry in _listing ?? [])
            {
                writer.Write(entry);
            }

            writer.Write(_names.Count);
            foreach ((string entry, (NameState State, string Path) known) in _names)
            {
                writer.Write(entry);
                writer.Write((byte)known.State);
            }
        }
    }

    /// <summary>Reads what was saved after the path, for a folder that has not been looked at yet.</summary>
    public void Read(BinaryReader reader)
    {
        lock (_guard)
        {
            _exists = reader.ReadBoolean();
            _settled = reader.ReadBoolean();
            _identity = StateFile.ReadIdentity(reader);
            int listed = reader.ReadInt32();
            _listing = listed < 0 ? null : new string[Math.Min(listed, MostNames)];
            for (int i = 0; i < listed; i++)
            {
                _listing![i] = reader.ReadString();
            }

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

    private NameState StateOf(string entry, InputVisit visit)
    {
        if (!Refresh(visit))
        {
            // Where the kernel does not answer for a folder, it does not answer for paths below it either.
            return _obscure ? NameState.Unknown : NameState.Absent;
        }

        lock (_guard)
        {
            return Known(entry, null).State;
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
            // When the target of a link appears or disappears, the folder of the link does not change. So the visit watches the path itself.
            visit?.File(full);
        }

        return seen;
    }

    /// <summary>Repeats the lookup of every remembered name.</summary>
    /// <returns>Whether nothing has changed.</returns>
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

    /// <param name="full">The path.</param>
    /// <param name="lasting">Whether the answer is valid until the folder changes. For a link it is not: its target may change earlier.</param>
    private static NameState Ask(string full, out bool lasting)
    {
        lasting = true;
        if (!full.EndsWith(".gch", StringComparison.Ordinal) && Linux.Stat(full + ".gch", followLinks: false, out _) == 0)
        {
            return Linux.Stat(full, followLinks: false, out _) == 0 ? NameState.Precompiled : NameState.PrecompiledAlone;
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
        return error != 0 || ProcessLinks.IsOne(full) ? NameState.Unknown
            : Linux.Stat(full, followLinks: true, out _) switch
            {
                0 => NameState.Present,
                Linux.ENOENT or Linux.ENOTDIR => NameState.Absent,
                _ => NameState.Unknown,
            };
    }
}
