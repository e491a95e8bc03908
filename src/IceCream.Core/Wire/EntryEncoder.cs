using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>
/// The sending end of a connection's entry table: which entries the other end knows, and under which numbers. Thread-safe. The bytes that
/// <see cref="Introduce"/> writes must be sent before anything that it writes later. If they cannot be sent, the connection must be closed:
/// the two ends would then disagree about the numbers.
/// </summary>
internal sealed class EntryEncoder(int entryLimit = WireLimits.Entries, int byteLimit = WireLimits.EntryBytes)
{
    /// <summary>How many words sent once are remembered before all are forgotten.</summary>
    private const int SaidOnce = 64 << 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<TreeFile, int> _files = new(FileEquality.Instance);
    private readonly Dictionary<TreeLink, int> _links = [];
    private readonly Dictionary<string, int> _folders = new(StringComparer.Ordinal), _words = new(StringComparer.Ordinal);

    // Hashes are enough: on a collision the second word merely gets its number one job too early.
    private readonly HashSet<int> _saidOnce = [];
    private readonly ArrayBufferWriter<byte> _encoded = new();
    private readonly List<int> _saying = [];
    private int _generation, _introductions;
    private bool _lacking;
    private long _bytes;

    private int Count => _files.Count + _links.Count + _folders.Count + _words.Count;

    /// <summary>Makes the offer of a job if the other end already knows all its entries.</summary>
    /// <returns>Null when entries must be introduced first.</returns>
    public JobOffer? TryOffer(ReadOnlyMemory<byte> capability, CompileJob job)
    {
        lock (_lock)
        {
            return _introductions > 0 ? Offer(capability, job) : null;
        }
    }

    /// <summary>Writes a <see cref="NewEntries"/> with the entries that the other end does not know, and makes the offer to send after it.</summary>
    /// <exception cref="ArgumentException">The job lacks its toolchain or inputs, or is larger than a generation. Nothing was written.</exception>
    public JobOffer Introduce(ReadOnlyMemory<byte> capability, CompileJob job, IBufferWriter<byte> output)
    {
        lock (_lock)
        {
            NewEntries news = FindNew(job, out long bytes);
            if (!Fits(news, bytes) && _introductions > 0)
            {
                Forget();
                news = FindNew(job, out bytes);
            }

            if (!Fits(news, bytes))
            {
                throw new ArgumentException($"The job has more than {entryLimit} files, links and folders, or more than {byteLimit} bytes of paths.", nameof(job));
            }

            Number(_files, news.Tree.Files);
            Number(_links, news.Tree.Links);
            Number(_folders, news.Tree.Directories);
            Number(_words, news.Words);
            _bytes += bytes;
            _introductions++;
            news.Encode(output);
            return Offer(capability, job) ?? throw new UnreachableException("An entry that was just introduced is not known.");
        }
    }

    /// <summary>Writes a word as its number if it has one, otherwise as text. The caller holds the lock.</summary>
    internal void WriteWord(ref MessagePackWriter writer, string word)
    {
        if (_words.TryGetValue(word, out int number))
        {
            writer.Write(number);
            return;
        }

        // A word gets a number when it is sent for the second time: names of outputs and the like are sent only once.
        int hash = word.GetHashCode(StringComparison.Ordinal);
        _lacking |= _saidOnce.Contains(hash);
        _saying.Add(hash);
        writer.Write(word);
    }

    /// <summary>Writes a tree as entry numbers. The caller holds the lock.</summary>
    internal void WriteTree(ref MessagePackWriter writer, FileTree tree)
    {
        writer.WriteArrayHeader(6);
        WriteNumbers(ref writer, _files, tree.Files.AsSpan());
        WriteNumbers(ref writer, _links, tree.Links.AsSpan());
        WriteNumbers(ref writer, _folders, tree.Directories.AsSpan());
    }

    private void WriteNumbers<T>(ref MessagePackWriter writer, Dictionary<T, int> numbers, ReadOnlySpan<T> entries)
        where T : notnull
    {
        int[] found = ArrayPool<int>.Shared.Rent(entries.Length);
        for (int i = 0; i < entries.Length; i++)
        {
            _lacking |= !numbers.TryGetValue(entries[i], out found[i]);
        }

        EntryNumbers.Write(ref writer, found.AsSpan(0, entries.Length));
        ArrayPool<int>.Shared.Return(found);
    }

    private static void Number<T>(Dictionary<T, int> numbers, IEnumerable<T> entries)
        where T : notnull
    {
        foreach (T entry in entries)
        {
            numbers.Add(entry, numbers.Count);
        }
    }

    /// <returns>Null when the job uses an entry that needs a number and has none yet.</returns>
    private JobOffer? Offer(ReadOnlyMemory<byte> capability, CompileJob job)
    {
        _lacking = false;
        _saying.Clear();
        _encoded.ResetWrittenCount();
        var writer = new MessagePackWriter(_encoded);
        JobCodec.Write(ref writer, job, this);
        writer.Flush();
        if (_lacking)
        {
            return null;
        }

        if (_saidOnce.Count > SaidOnce)
        {
            _saidOnce.Clear();
        }

        _saidOnce.UnionWith(_saying);
        return new JobOffer(capability, _generation, _introductions, _encoded.WrittenSpan.ToArray());
    }

    private bool IsDue(string word) => !_words.ContainsKey(word) && _saidOnce.Contains(word.GetHashCode(StringComparison.Ordinal));

    private NewEntries FindNew(CompileJob job, out long bytes)
    {
        _ = job.Toolchain ?? throw new ArgumentException("A job without a toolchain cannot travel.", nameof(job));
        FileTree tree = job.Inputs ?? throw new ArgumentException("A job without inputs cannot travel.", nameof(job));
        var news = new NewEntries(
            _generation,
            new FileTree
            {
                Files = [.. tree.Files.Where(file => !_files.ContainsKey(file)).Distinct(FileEquality.Instance)],
                Links = [.. tree.Links.Where(link => !_links.ContainsKey(link)).Distinct()],
                Directories = [.. tree.Directories.Where(folder => !_folders.ContainsKey(folder)).Distinct(StringComparer.Ordinal)],
            },
            [.. JobCodec.WordsOf(job).Where(IsDue).Distinct(StringComparer.Ordinal)]);
        bytes = EntryGeneration.BytesOf(news);
        return news;
    }

    private bool Fits(NewEntries news, long bytes) =>
        Count + EntryGeneration.CountOf(news) <= entryLimit && _bytes + bytes <= byteLimit;

    private void Forget()
    {
        _generation++;
        _introductions = 0;
        _bytes = 0;
        _files.Clear();
        _links.Clear();
        _folders.Clear();
        _words.Clear();
        _saidOnce.Clear();
    }

    /// <summary>Two files are the same entry when all their fields are equal.</summary>
    private sealed class FileEquality : IEqualityComparer<TreeFile>
    {
        public static readonly FileEquality Instance = new();

        public bool Equals(TreeFile x, TreeFile y) =>
            x.Digest == y.Digest && x.Modified == y.Modified && x.Length == y.Length && string.Equals(x.Path, y.Path, StringComparison.Ordinal);

        // The end of the path distinguishes copies of one header; hashing the whole path would cost more than everything else here.
        public int GetHashCode(TreeFile file)
        {
            ReadOnlySpan<byte> path = MemoryMarshal.AsBytes(file.Path.AsSpan());
            return HashCode.Combine(
                file.Digest.GetHashCode(), file.Path.Length, file.Modified,
                path.Length >= 2 * sizeof(long) ? MemoryMarshal.Read<long>(path[^(2 * sizeof(long))..]) : 0);
        }
    }
}
