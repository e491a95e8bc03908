using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;
using IceCream.Platform;

namespace IceCream.Sandboxing.Observation;

/// <summary>
/// The file that the processes of one command share, and in which they record their lookups (<c>record.h</c> defines its layout). It stays mapped in
/// this process, and is reused for one command after the other.
/// </summary>
internal sealed unsafe class LookupRecord : IDisposable
{
    /// <summary>The names of the two files in the record's folder, as the programs in the sandbox expect them.</summary>
    public const string RecordName = "record", CommandName = "command";

    private const ulong Magic = 0x31534b4f4f4c4349;
    private const int Slots = 65536, Size = 4 << 20, SlotsAt = 64, DataAt = SlotsAt + (Slots * sizeof(uint)), EntryHeader = 8, Below = 0x80;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly FileStream _content;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _at;
    private readonly FileStatus _made;
    private readonly long _taken;

    /// <summary>Creates the folder and the record with all its disk space: a write to a mapped page without disk space would kill this process.</summary>
    /// <exception cref="IOException">It cannot be written, or the disk is full.</exception>
    public LookupRecord(string folder)
    {
        Folder = Directory.CreateDirectory(folder).FullName;
        try
        {
            _content = new FileStream(Path.Combine(folder, RecordName), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
            Linux.Allocate(_content.SafeFileHandle, Size);
            _ = Linux.Stat(_content.SafeFileHandle, out _made);
            _taken = Math.Min(Size, Linux.BytesOnDisk(_content.SafeFileHandle));
            _file = MemoryMappedFile.CreateFromFile(_content, null, Size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
            _view = _file.CreateViewAccessor(0, Size);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _at);
        }
        catch
        {
            // Where memory or space is short each job tries anew, and what every one of them left behind would keep it short.
            _view?.Dispose();
            _file?.Dispose();
            _content?.Dispose();
            Directory.Delete(Folder, recursive: true);
            throw;
        }
    }

    [Flags]
    private enum Flags : uint
    {
        Full = 1, Unreadable = 2, Foreign = 4, Killed = 8, Trouble = 16, Unfiltered = 32, ExecFailed = 64, Preloaded = 128, UnseenEnd = 256, Short = 512, Crowded = 1024, Interrupted = 2048,
        Internal = 4096,
    }

    /// <summary>The folder with both files.</summary>
    public string Folder { get; }

    /// <summary>Whether the preload object was active in the latest command.</summary>
    public bool WasPreloaded => Marked(Flags.Preloaded);

    /// <summary>Whether the latest command changed more of its file than the content: the next one might not be able to open it.</summary>
    public bool IsSpoilt { get; private set; }

    /// <summary>The error number when the latest command could not be executed; null when it was.</summary>
    public int? ExecutionError => Marked(Flags.ExecFailed) ? (int)Error : null;

    private ref uint Tail => ref Field(8);

    private ref uint FlagBits => ref Field(12);

    private ref uint Options => ref Field(16);

    private ref uint Error => ref Field(20);

    private ref uint Processes => ref Field(28);

    private ref uint CpuMilliseconds => ref Field(32);

    private ref uint PeakKilobytes => ref Field(36);

    /// <summary>Clears the record and stores the command.</summary>
    /// <exception cref="IOException">The disk is full, or files may not be that long.</exception>
    public void Begin(IEnumerable<string> environment, IEnumerable<string> commandLine, PreloadOptions options, int processes = 0)
    {
        IsSpoilt = false;
        Restore();

        // The latest command's paths too: the next one may be another user's, and can read the whole record.
        new Span<byte>(_at, DataAt + (int)Math.Min(Tail, (uint)(Size - DataAt))).Clear();
        Options = (uint)options;
        Processes = (uint)processes;
        MemoryMarshal.Write(new Span<byte>(_at, sizeof(ulong)), Magic);
        var text = new MemoryStream();
        foreach (string part in environment.Append("").Concat(commandLine))
        {
            text.Write(Encoding.UTF8.GetBytes(part));
            text.WriteByte(0);
        }

        try
        {
            File.WriteAllBytes(Path.Combine(Folder, CommandName), text.ToArray());
        }
        catch (ArgumentOutOfRangeException e)
        {
            // The framework reports EFBIG in this way.
            throw new IOException($"The limit to the size of files (ulimit -f) does not allow the {text.Length} bytes of a command.", e);
        }
    }

    /// <summary>The lookups since <see cref="Begin"/>. No process of the command may be running any more.</summary>
    /// <exception cref="IOException">The command took the record's disk space, and the disk is full.</exception>
    public CommandLookups Read()
    {
        Restore();
        var lookups = ImmutableArray.CreateBuilder<Lookup>();

        // Entries do not overlap, so their total size is limited by the record. This check stops an attacker who names one entry in every slot.
        long left = Size - DataAt;
        foreach (uint slot in new ReadOnlySpan<uint>(_at + SlotsAt, Slots))
        {
            if (slot != 0)
            {
                lookups.Add(ReadEntry(slot - 1, ref left));
            }
        }

        return new CommandLookups(lookups.DrainToImmutable(), Gap(), Trouble())
        {
            Cpu = TimeSpan.FromMilliseconds(CpuMilliseconds),
            PeakMemory = (long)PeakKilobytes << 10,
            IsShortOfMemory = Marked(Flags.Short) || (Marked(Flags.Killed) && Error == Linux.SIGKILL),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        _content.Dispose();
    }

    /// <summary>
    /// Restores the file's length and its disk space. The command may have truncated it or made holes in it: accessing a mapped page beyond the end, or one
    /// for which there is no space, would kill this process. What it appended would take space as long as the record is used.
    /// </summary>
    private void Restore()
    {
        bool isSpoilt = Linux.Stat(_content.SafeFileHandle, out FileStatus now) != 0 || (now.Length, now.Mode) != (_made.Length, _made.Mode);
        IsSpoilt = true;
        if (now.Length > Size)
        {
            _content.SetLength(Size);
        }

        if (now.Length < Size || Linux.BytesOnDisk(_content.SafeFileHandle) < _taken)
        {
            Linux.Allocate(_content.SafeFileHandle, Size);
        }

        IsSpoilt = isSpoilt;
    }

    /// <summary>Reads one entry. The command could write here too: an invalid entry counts as an unknown path.</summary>
    private Lookup ReadEntry(uint offset, ref long left)
    {
        if (offset > Size - DataAt - EntryHeader)
        {
            return default;
        }

        var entry = new ReadOnlySpan<byte>(_at + DataAt + offset, (int)(Size - DataAt - offset));
        int length = BinaryPrimitives.ReadUInt16LittleEndian(entry[4..]);
        left -= EntryHeader + length;
        if (length > entry.Length - EntryHeader || left < 0)
        {
            return default;
        }

        string? path;
        try
        {
            path = Strict.GetString(entry.Slice(EntryHeader, length));
        }
        catch (DecoderFallbackException)
        {
            // No tree can contain such a path.
            path = null;
        }

        return new Lookup(path, (LookupKind)(entry[6] & ~Below), entry[7], (entry[6] & Below) != 0);
    }

    private string? Gap() =>
        Marked(Flags.Unfiltered) ? "the kernel refused to tell what it looked for"
        : IsSpoilt ? "it changed the file of its own record"
        : Marked(Flags.Full) ? "it looked for more than can be recorded"
        : Marked(Flags.Unreadable) ? "the path of a file that it looked for could not be read"
        : Marked(Flags.Foreign) ? "a program of another architecture took part"
        : null;

    private string? Trouble() =>
        Marked(Flags.Killed) ? $"signal {Error} ended a program of it"
        : Marked(Flags.Trouble) ? $"a program of it met the error {Error} of the machine"
        : Marked(Flags.Crowded) ? "it had as many processes as it may have"
        : Marked(Flags.Short) ? "a program of it ran short of memory"
        : Marked(Flags.Internal) ? "a program of it ended with an internal error"
        : Marked(Flags.UnseenEnd) ? "nobody saw how a program of it ended"
        : Marked(Flags.Interrupted) ? "a signal interrupted a program of it in a call that is watched"
        : null;

    private bool Marked(Flags flag) => ((Flags)FlagBits & flag) != 0;

    private ref uint Field(int at) => ref *(uint*)(_at + at);
}
