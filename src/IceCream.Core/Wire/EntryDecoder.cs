using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>
/// The receiving end of a connection's entry table. It keeps the current generation and the one before, because jobs that use the latter may
/// still be on their way. Thread-safe.
/// </summary>
internal sealed class EntryDecoder(int entryLimit = WireLimits.Entries, int byteLimit = WireLimits.EntryBytes)
{
    private readonly Lock _lock = new();
    private EntryGeneration? _previous;
    private EntryGeneration _current = new(0, entryLimit, byteLimit);

    /// <summary>Adds the entries that the other end announces.</summary>
    /// <exception cref="WireFormatException">The entries exceed a generation, or are neither of the current nor of the next one. The connection must end.</exception>
    public void Hear(NewEntries news)
    {
        lock (_lock)
        {
            if (news.Generation == _current.Number + 1)
            {
                _previous = _current;
                _current = new EntryGeneration(news.Generation, entryLimit, byteLimit);
            }
            else if (news.Generation != _current.Number)
            {
                throw new WireFormatException($"Entries of generation {news.Generation}, where {_current.Number} was the last.");
            }

            _current.Hear(news);
        }
    }

    /// <summary>Decodes the job of an offer.</summary>
    /// <returns>Null when not all entries that the job refers to have arrived yet.</returns>
    /// <exception cref="WireFormatException">The bytes are no job, or refer to an unknown entry or a dropped generation.</exception>
    public CompileJob? TryRead(JobOffer offer)
    {
        lock (_lock)
        {
            if (offer.Generation > _current.Number || (offer.Generation == _current.Number && offer.Heard > _current.Heard))
            {
                return null;
            }

            EntryGeneration entries = offer.Generation == _current.Number ? _current
                : offer.Generation == _previous?.Number ? _previous
                : throw new WireFormatException($"Generation {offer.Generation} of entries has been forgotten: {_current.Number} is the last.");
            return WireFields.Decode(new ReadOnlySequence<byte>(offer.Job), (ref MessagePackReader reader) => JobCodec.Read(ref reader, entries));
        }
    }
}

/// <summary>Entries that are numbered together. Not thread-safe: the owner holds a lock.</summary>
internal sealed class EntryGeneration(int number, int entryLimit, int byteLimit)
{
    private readonly List<TreeFile> _files = [];
    private readonly List<TreeLink> _links = [];
    private readonly List<string> _folders = [], _words = [];
    private long _bytes;

    public int Number => number;

    /// <summary>How many <see cref="NewEntries"/> this generation has received.</summary>
    public int Heard { get; private set; }

    /// <summary>How many entries a message brings.</summary>
    public static int CountOf(NewEntries news) => news.Tree.Files.Length + news.Tree.Links.Length + news.Tree.Directories.Length + news.Words.Length;

    /// <summary>How many UTF-8 bytes the texts of a message have.</summary>
    public static long BytesOf(NewEntries news)
    {
        long bytes = 0;
        foreach (ref readonly TreeFile file in news.Tree.Files.AsSpan())
        {
            bytes += Encoding.UTF8.GetByteCount(file.Path);
        }

        foreach (TreeLink link in news.Tree.Links)
        {
            bytes += Encoding.UTF8.GetByteCount(link.Path) + Encoding.UTF8.GetByteCount(link.Target);
        }

        return bytes + news.Tree.Directories.Sum(static folder => (long)Encoding.UTF8.GetByteCount(folder))
            + news.Words.Sum(static word => (long)Encoding.UTF8.GetByteCount(word));
    }

    public void Hear(NewEntries news)
    {
        int count = _files.Count + _links.Count + _folders.Count + _words.Count + CountOf(news);
        _bytes += BytesOf(news);
        if (count > entryLimit || _bytes > byteLimit)
        {
            throw new WireFormatException($"{count} entries with {_bytes} bytes of text: a generation holds {entryLimit} and {byteLimit} at most.");
        }

        _files.AddRange(news.Tree.Files.AsSpan());
        _links.AddRange(news.Tree.Links.AsSpan());
        _folders.AddRange(news.Tree.Directories.AsSpan());
        _words.AddRange(news.Words.AsSpan());
        Heard++;
    }

    /// <summary>Reads a word, which is sent either as its number or as text. No argument, variable or path has a zero in it: it would end there, and another begin.</summary>
    public string ReadWord(ref MessagePackReader reader, int limit)
    {
        string word = reader.NextMessagePackType == MessagePackType.Integer ? KnownWord(reader.ReadInt32(), limit) : reader.ReadText(limit);
        return word.Contains('\0', StringComparison.Ordinal) ? throw new WireFormatException("A word of a job has a zero in it.") : word;
    }

    /// <summary>Reads a tree that is sent as entry numbers. Its files share their strings with the entries.</summary>
    public FileTree ReadTree(ref MessagePackReader reader)
    {
        reader.ReadFields(6);
        return new FileTree
        {
            Files = ImmutableCollectionsMarshal.AsImmutableArray(EntryNumbers.Read<TreeFile>(ref reader, CollectionsMarshal.AsSpan(_files))),
            Links = ImmutableCollectionsMarshal.AsImmutableArray(EntryNumbers.Read<TreeLink>(ref reader, CollectionsMarshal.AsSpan(_links))),
            Directories = ImmutableCollectionsMarshal.AsImmutableArray(EntryNumbers.Read<string>(ref reader, CollectionsMarshal.AsSpan(_folders))),
        };
    }

    private string KnownWord(int entry, int limit)
    {
        string word = entry >= 0 && entry < _words.Count ? _words[entry] : throw new WireFormatException($"There is no word {entry}.");

        // A character has at most three UTF-8 bytes, so the exact count is needed only for words near the limit.
        return word.Length * 3 <= limit || Encoding.UTF8.GetByteCount(word) <= limit
            ? word
            : throw new WireFormatException($"Word {entry} is longer than the {limit} bytes that are allowed here.");
    }
}
