using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;
using IceCream.Platform;

namespace IceCream.Sandboxing.Observation;

/// <summary>
/// The file that the processes of one command share, and into which they write what they look for (<c>record.h</c> has its layout): kept mapped
/// here, and used for one command after the other.
/// </summary>
internal sealed unsafe class LookupRecord : IDisposable
{
    /// <summary>The names of the two files in the record's folder, as the programs inside expect them.</summary>
    public const string RecordName = "record", CommandName = "command";

    private const ulong Magic = 0x31534b4f4f4c4349;
    private const int Slots = 65536, Size = 4 << 20, SlotsAt = 64, DataAt = SlotsAt + (Slots * sizeof(uint)), EntryHeader = 8, Below = 0x80;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly FileStream _content;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _at;
    private bool _shortened;

    /// <summary>Makes the folder and the record in it, all of it at once: a store to a page that the disk has no room for would end this process.</summary>
    /// <exception cref="IOException">It cannot be written, or the disk is full.</exception>
    public LookupRecord(string folder)
    {
        Folder = Directory.CreateDirectory(folder).FullName;
        _content = new FileStream(Path.Combine(folder, RecordName), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        Linux.Allocate(_content.SafeFileHandle, Size);
        _file = MemoryMappedFile.CreateFromFile(_content, null, Size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, Size);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _at);
    }

    [Flags]
    private enum Flags : uint
    {
        Full = 1, Unreadable = 2, Foreign = 4, Killed = 8, Trouble = 16, Unfiltered = 32, ExecFailed = 64, Preloaded = 128, UnseenEnd = 256, Short = 512, Crowded = 1024,
    }

    /// <summary>The folder with both files.</summary>
    public string Folder { get; }

    /// <summary>Whether the preload object was at work in the latest command.</summary>
    public bool WasPreloaded => Marked(Flags.Preloaded);

    /// <summary>The error number with which the latest command could not be executed; null when it was.</summary>
    public int? ExecutionError => Marked(Flags.ExecFailed) ? (int)Error : null;

    private ref uint Tail => ref Field(8);

    private ref uint FlagBits => ref Field(12);

    private ref uint Options => ref Field(16);

    private ref uint Error => ref Field(20);

    private ref uint Processes => ref Field(28);

    private ref uint CpuMilliseconds => ref Field(32);

    private ref uint PeakKilobytes => ref Field(36);

    /// <summary>Empties the record and writes down the command.</summary>
    /// <exception cref="IOException">The disk is full, or files may not be so long.</exception>
    public void Begin(IEnumerable<string> environment, IEnumerable<string> commandLine, PreloadOptions options, int processes = 0)
    {
        _shortened = false;
        RestoreLength();
        new Span<byte>(_at, DataAt).Clear();
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
            // The framework's word for EFBIG.
            throw new IOException($"The limit to the size of files (ulimit -f) does not allow the {text.Length} bytes of a command.", e);
        }
    }

    /// <summary>What was written since <see cref="Begin"/>. No process of the command may be left.</summary>
    public CommandLookups Read()
    {
        RestoreLength();
        var lookups = ImmutableArray.CreateBuilder<Lookup>();

        // Entries do not overlap, so all of them together are no larger than the record: an enemy could name one entry in every slot.
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

    /// <summary>Whoever touches a page behind the end of a mapped file is ended by the kernel; and the command may have cut the file short.</summary>
    private void RestoreLength()
    {
        if (_content.Length < Size)
        {
            _shortened = true;
            Linux.Allocate(_content.SafeFileHandle, Size);
        }
    }

    /// <summary>One entry. The command could write here too: what makes no sense is a path that cannot be told.</summary>
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
            // No tree can hold such a path.
            path = null;
        }

        return new Lookup(path, (LookupKind)(entry[6] & ~Below), entry[7], (entry[6] & Below) != 0);
    }

    private string? Gap() =>
        Marked(Flags.Unfiltered) ? "the kernel refused to tell what it looked for"
        : _shortened ? "it cut its record short"
        : Marked(Flags.Full) ? "it looked for more than can be recorded"
        : Marked(Flags.Unreadable) ? "the path of a file that it looked for could not be read"
        : Marked(Flags.Foreign) ? "a program of another architecture took part"
        : null;

    private string? Trouble() =>
        Marked(Flags.Killed) ? $"signal {Error} ended a program of it"
        : Marked(Flags.Trouble) ? $"a program of it met the error {Error} of the machine"
        : Marked(Flags.Crowded) ? "it had as many processes as it may have"
        : Marked(Flags.Short) ? "a program of it ran short of memory"
        : Marked(Flags.UnseenEnd) ? "nobody saw how a program of it ended"
        : null;

    private bool Marked(Flags flag) => ((Flags)FlagBits & flag) != 0;

    private ref uint Field(int at) => ref *(uint*)(_at + at);
}
