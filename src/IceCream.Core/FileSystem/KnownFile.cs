using IceCream.Digests;
using IceCream.Platform;

namespace IceCream.FileSystem;

/// <summary>The kind of object at a path.</summary>
internal enum FileKind : byte
{
    /// <summary>Nothing, or nothing that can be reached.</summary>
    Missing,

    Regular,

    /// <summary>A regular file that cannot be read, or a path that the kernel cannot resolve: a loop of links, a folder without access.</summary>
    Unreadable,

    Folder,

    /// <summary>A device, a pipe or a socket.</summary>
    Special,
}

/// <summary>A path that jobs look at, and its last known state. Thread-safe.</summary>
internal sealed class KnownFile(InputMemory memory, string path)
{
    private const FileKind Never = (FileKind)byte.MaxValue;

    private readonly Lock _guard = new();
    private FileIdentity _link, _identity;
    private FileDigest _digest;
    private long _visited;
    private long _changed, _rewritten, _redirected;
    private bool _seen;
    private bool _settled;
    private byte _rights;

    public string Path => path;

    /// <summary>Whether the current state has existed since before a time.</summary>
    public bool IsOlderThan(DateTimeOffset time) => Kind == FileKind.Missing || _identity.IsSettled(time);

    /// <summary>The kind of the target, with links followed.</summary>
    public FileKind Kind { get; private set; }

    /// <summary>Whether the path itself is a symbolic link.</summary>
    public bool IsLink { get; private set; }

    /// <summary>The content, for a regular file.</summary>
    public FileDigest Digest
    {
        get
        {
            lock (_guard)
            {
                return _digest;
            }
        }
    }

    /// <summary>The number of the latest change of any property that a job can see.</summary>
    public long ChangedAt => Volatile.Read(ref _changed);

    /// <summary>The number of the latest change of the content, or of the file's existence.</summary>
    public long RewrittenAt => Volatile.Read(ref _rewritten);

    /// <summary>The number of the latest change of the directives, or of the file's existence.</summary>
    public long RedirectedAt => Volatile.Read(ref _redirected);

    /// <summary>Ensures that the known state was true at some time after a visit began.</summary>
    public void Look(InputVisit visit)
    {
        if (Volatile.Read(ref _visited) >= visit.Number)
        {
            return;
        }

        lock (_guard)
        {
            if (_visited >= visit.Number)
            {
                return;
            }

            long latest = memory.Latest;
            Ask();
            Volatile.Write(ref _visited, latest);
        }
    }

    /// <summary>Saves what was last seen. After a change later than <paramref name="latestChange"/> it writes a kind that never matches.</summary>
    public void Write(BinaryWriter writer, long latestChange)
    {
        lock (_guard)
        {
            writer.Write(path);
            writer.Write((byte)(_changed > latestChange ? Never : Kind));
            writer.Write(IsLink);
            writer.Write(_settled);
            writer.Write(_rights);
            StateFile.Write(writer, _link);
            StateFile.Write(writer, _identity);
            StateFile.Write(writer, _digest.Digest);
            writer.Write(_digest.Length);
            writer.Write(_digest.Modified);
            writer.Write(_digest.Device);
            writer.Write(_digest.Inode);
        }
    }

    /// <summary>Reads what was saved after the path, for a path that has not been looked at yet.</summary>
    public void Read(BinaryReader reader)
    {
        lock (_guard)
        {
            Kind = (FileKind)reader.ReadByte();
            IsLink = reader.ReadBoolean();
            _settled = reader.ReadBoolean() && Kind != Never;
            _rights = reader.ReadByte();
            _link = StateFile.ReadIdentity(reader);
            _identity = StateFile.ReadIdentity(reader);
            _digest = new FileDigest(StateFile.ReadDigest(reader), reader.ReadInt64(), reader.ReadInt64(), reader.ReadUInt64(), reader.ReadUInt64());
            _seen = true;
        }
    }

    private void Ask()
    {
        DateTimeOffset now = memory.Now;
        int error = Linux.Stat(path, followLinks: false, out FileStatus own);
        FileStatus status = own;
        bool isLink = error == 0 && own.IsLink;
        if (isLink)
        {
            error = Linux.Stat(path, followLinks: true, out status);
        }

        FileIdentity identity = error == 0 ? new FileIdentity(status) : default;
        FileIdentity link = isLink ? new FileIdentity(own) : default;
        FileKind kind = isLink && ProcessLinks.IsOne(path) ? FileKind.Unreadable : error switch
        {
            0 => status.IsDirectory ? FileKind.Folder : !status.IsRegular ? FileKind.Special : FileKind.Regular,
            Linux.ENOENT or Linux.ENOTDIR => FileKind.Missing,

            // Compilers continue the search when a file is missing, and stop at any other error.
            _ => FileKind.Unreadable,
        };
        if (_seen && identity == _identity && link == _link && (error == 0 ? _settled : kind == Kind && kind == FileKind.Missing))
        {
            return;
        }

        FileDigest digest = default;
        if (kind == FileKind.Regular && !memory.Digests.TryGet(path, status, memory.Reader.Learn, out digest))
        {
            kind = FileKind.Unreadable;
        }

        // A folder's identity changes with its entries, which do not concern this path. The permissions to read and execute a file decide whether it
        // may leave this machine, and whether it is a program.
        byte rights = error == 0 ? status.Rights : default;
        bool same = kind == Kind && digest == _digest && link == _link && rights == _rights;
        bool sameContent = kind == Kind && digest.Digest == _digest.Digest;
        bool sameDirectives = rights == _rights && (sameContent || (kind == Kind && memory.Reader.HaveSameDirectives(path, _digest.Digest, digest)));
        (Kind, IsLink, _digest, _link, _identity, _rights) = (kind, isLink, digest, link, identity, rights);
        _settled = identity.IsSettled(now) && kind != FileKind.Unreadable && !memory.Digests.MayChangeUnseen(path);
        if (_seen && !same)
        {
            long change = memory.CountChange();
            Volatile.Write(ref _redirected, sameDirectives ? _redirected : change);
            Volatile.Write(ref _rewritten, sameContent ? _rewritten : change);
            Volatile.Write(ref _changed, change);
        }

        _seen = true;
    }
}
