using IceCream.Platform;
using IceCream.Storage;

namespace IceCream.Inputs;

/// <summary>What a folder has under a name.</summary>
internal enum NameState
{
    /// <summary>Nothing, nor a precompiled form of it.</summary>
    Absent,

    /// <summary>Something, which need not be a file.</summary>
    Present,

    /// <summary>A precompiled header for it.</summary>
    Precompiled,

    /// <summary>The kernel does not say.</summary>
    Unknown,
}

/// <summary>A folder under one of its names, and what is remembered of it.</summary>
internal sealed class Folder(FolderMemory memory, Folder? parent, string path, string name)
{
    // File systems stamp changes with a clock of their own, in steps of up to two seconds, and a change within the same step would not show.
    private static readonly TimeSpan Unsettled = TimeSpan.FromSeconds(2);

    private readonly Lock _guard = new();
    private readonly Dictionary<string, (NameState State, string Path)> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Folder> _children = new(StringComparer.Ordinal);
    private FileIdentity _identity;
    private long _visited;
    private bool _exists;
    private bool _settled;

    public string Path => path;

    /// <summary>Tells two folders apart however they are spelt. Meaningful once <see cref="Exists"/> has been asked.</summary>
    public (ulong Device, ulong Inode) Identity => (_identity.Device, _identity.Inode);

    /// <summary>Whether there is such a folder.</summary>
    public bool Exists(FolderVisit visit)
    {
        lock (_guard)
        {
            if (_visited >= visit.Number)
            {
                return _exists;
            }

            long latest = memory.Latest;
            DateTimeOffset now = memory.Now;
            FileStatus status = default;
            bool exists = (parent is null || parent.Look(name, visit).State != NameState.Absent)
                && Linux.Stat(path, followLinks: true, out status) == 0 && status.IsDirectory;
            FileIdentity identity = new(status);
            if (!exists || !_exists || !_settled || identity != _identity)
            {
                _names.Clear();
            }

            _exists = exists;
            _identity = identity;
            _settled = exists && now - DateTimeOffset.FromUnixTimeSeconds(status.ChangedSeconds + 1) > Unsettled;
            _visited = latest;
            return exists;
        }
    }

    /// <summary>What the folder has under a name that has no slash, and the path of it.</summary>
    public (NameState State, string Path) Look(string entry, FolderVisit visit)
    {
        if (!Exists(visit))
        {
            return (NameState.Absent, "");
        }

        lock (_guard)
        {
            if (_names.TryGetValue(entry, out (NameState, string) known))
            {
                return known;
            }

            string full = path.EndsWith('/') ? path + entry : $"{path}/{entry}";
            (NameState State, string Path) seen = (Ask(full, out bool lasting), full);
            if (lasting)
            {
                _names[entry] = seen;
                memory.CountName();
            }

            return seen;
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
                child = new Folder(memory, this, path.EndsWith('/') ? path + own : $"{path}/{own}", own);
                _children[own] = child;
                memory.CountName();
            }

            return child;
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
