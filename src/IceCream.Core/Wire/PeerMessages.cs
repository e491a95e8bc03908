using System.Buffers;
using System.Collections.Immutable;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>
/// The peer protocol between agent and worker. One connection serves any number of jobs; hello, welcome and new entries go over its control channel, and
/// each job has a channel of its own while it lasts:
/// <code>
/// agent                                worker
///   JobOffer ──────────────────────────▶
///   ◀────────────────────── MissingBlobs     (again, if a received blob is a tree that names further blobs)
///   BlobHead, its bytes in frames ─────▶     (for each; or BlobAbsent)
///   ◀───────── JobDone, the files' bytes in frames
/// </code>
/// Closing the channel cancels the job; after a result without a failure the channel is free for the next job.
/// </summary>
internal abstract record PeerMessage
{
    /// <summary>The version of the peer protocol. Peers of another version refuse each other with both numbers.</summary>
    public const int Version = 6;

    /// <summary>Writes <c>[tag, fields…]</c>.</summary>
    public void Encode(IBufferWriter<byte> output)
    {
        var writer = new MessagePackWriter(output);
        Write(ref writer);
        writer.Flush();
    }

    /// <summary>The bytes of a refusal.</summary>
    public static byte[] EncodeRefusal(string why)
    {
        var bytes = new ArrayBufferWriter<byte>();
        new PeerRefused(why).Encode(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    /// <exception cref="WireFormatException">The bytes are none of the messages.</exception>
    public static PeerMessage Decode(in ReadOnlySequence<byte> bytes) => WireFields.Decode(bytes, Read);

    protected abstract void Write(ref MessagePackWriter writer);

    private static PeerMessage Read(ref MessagePackReader reader)
    {
        int fields = reader.ReadArrayHeader();
        int tag = reader.ReadInt32();
        PeerMessage message = (tag, fields) switch
        {
            (PeerHello.Tag, > 1) => ReadHello(ref reader, fields),
            (PeerWelcome.Tag, 3) => new PeerWelcome(reader.ReadInt32(), reader.ReadText(WireLimits.Name)),
            (PeerRefused.Tag, 2) => new PeerRefused(reader.ReadText(WireLimits.Text)),
            (JobOffer.Tag, 5) => new JobOffer(
                reader.ReadBlob(WireLimits.Capability), reader.ReadInt32(), reader.ReadInt32(), reader.ReadBlob(WireLimits.Job)),
            (MissingBlobs.Tag, 2) => new MissingBlobs(ReadDigests(ref reader)),
            (BlobHead.Tag, 3) => new BlobHead(reader.ReadDigest(), reader.ReadLength(WireLimits.Blob)),
            (BlobAbsent.Tag, 3) => new BlobAbsent(reader.ReadDigest(), reader.ReadText(WireLimits.Text)),
            (JobDone.Tag, 2) => new JobDone(ResultCodec.Read(ref reader)),
            (NewEntries.Tag, 4) => new NewEntries(
                reader.ReadInt32(), FileTreeCodec.Read(ref reader), reader.ReadTexts(WireLimits.Entries, WireLimits.Argument)),
            _ => throw new WireFormatException($"No message of the peer protocol has the tag {tag} and {fields} fields."),
        };
        return message;
    }

    private static PeerHello ReadHello(ref MessagePackReader reader, int fields) =>
        !reader.TryReadVersion(fields - 1, Version, out int speaks) ? new PeerHello(speaks, "", "", default)
        : fields == 5 ? new PeerHello(speaks, reader.ReadText(WireLimits.Name), reader.ReadText(WireLimits.Name), reader.ReadBlob(WireLimits.Capability))
        : throw new WireFormatException($"A greeting of version {Version} has no {fields} fields.");

    private static ImmutableArray<Digest> ReadDigests(ref MessagePackReader reader)
    {
        int count = reader.ReadCount(WireLimits.TreeEntries);
        var digests = ImmutableArray.CreateBuilder<Digest>(Math.Min(count, 4096));
        for (int i = 0; i < count; i++)
        {
            digests.Add(reader.ReadDigest());
        }

        return digests.DrainToImmutable();
    }
}

/// <summary>The agent's greeting.</summary>
/// <param name="Speaks">Its version of the peer protocol.</param>
/// <param name="Network">The network that the agent belongs to.</param>
/// <param name="Name">The agent's name.</param>
/// <param name="Capability">A lease on this worker; the worker refuses an agent that has none.</param>
internal sealed record PeerHello(int Speaks, string Network, string Name, ReadOnlyMemory<byte> Capability) : PeerMessage
{
    public const int Tag = 1;

    protected override void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(5);
        writer.Write(Tag);
        writer.Write(Speaks);
        writer.Write(Network);
        writer.Write(Name);
        writer.Write(Capability.Span);
    }
}

/// <summary>The worker's answer.</summary>
/// <param name="Speaks">Its version of the peer protocol.</param>
/// <param name="Name">The worker's name.</param>
internal sealed record PeerWelcome(int Speaks, string Name) : PeerMessage
{
    public const int Tag = 2;

    protected override void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(3);
        writer.Write(Tag);
        writer.Write(Speaks);
        writer.Write(Name);
    }
}

/// <summary>The worker refuses the agent, and closes the connection.</summary>
/// <param name="Message">The reason, for people.</param>
internal sealed record PeerRefused(string Message) : PeerMessage
{
    public const int Tag = 3;

    protected override void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(2);
        writer.Write(Tag);
        writer.Write(Message);
    }
}

/// <summary>A job for the worker, encoded by <see cref="JobCodec"/> with the numbers of the connection's entries.</summary>
/// <param name="Capability">The capability of the lease, for the worker to check.</param>
/// <param name="Generation">The generation of entries whose numbers it uses.</param>
/// <param name="Heard">How many <see cref="NewEntries"/> of that generation the worker must have received to decode the job.</param>
/// <param name="Job">The job.</param>
internal sealed record JobOffer(ReadOnlyMemory<byte> Capability, int Generation, int Heard, ReadOnlyMemory<byte> Job) : PeerMessage
{
    public const int Tag = 4;

    protected override void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(5);
        writer.Write(Tag);
        writer.Write(Capability.Span);
        writer.Write(Generation);
        writer.Write(Heard);
        writer.Write(Job.Span);
    }
}

/// <summary>The blobs that the worker lacks, each once; empty when it has all.</summary>
internal sealed record MissingBlobs(ImmutableArray<Digest> Digests) : PeerMessage
{
    public const int Tag = 5;

    protected override void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(2);
        writer.Write(Tag);
        writer.WriteArrayHeader(Digests.Length);
        foreach (Digest digest in Digests)
        {
            writer.WriteDigest(digest);
        }
    }
}

/// <summary>A blob follows, in frames of at most <see cref="WireLimits.BlobFrame"/> bytes.</summary>
internal sealed record BlobHead(Digest Digest, long Length) : PeerMessage
{
    public const int Tag = 6;

    protected override void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(3);
        writer.Write(Tag);
        writer.WriteDigest(Digest);
        writer.Write(Length);
    }
}

/// <summary>A blob will not follow: its file was changed or removed since the job was made.</summary>
internal sealed record BlobAbsent(Digest Digest, string Message) : PeerMessage
{
    public const int Tag = 7;

    protected override void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(3);
        writer.Write(Tag);
        writer.WriteDigest(Digest);
        writer.Write(Message);
    }
}

/// <summary>The job's result. The bytes of its files follow, in its order, in frames.</summary>
/// <param name="Head">The result.</param>
/// <param name="ExpectedLookups">The digest of the lookup lists that the agent expects; the lists are sent only if they differ.</param>
internal sealed record JobDone(ResultHead Head, Digest? ExpectedLookups = null) : PeerMessage
{
    public const int Tag = 8;

    /// <summary>The message for a result at hand.</summary>
    public static JobDone Of(CompileResult result, Digest? expectedLookups = null) => new(new ResultHead(result, []), expectedLookups);

    protected override void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(2);
        writer.Write(Tag);
        ResultCodec.Write(ref writer, Head.Result, ExpectedLookups);
    }
}

/// <summary>
/// New files, links, folders and words that jobs will refer to; each takes the next number of its kind. Sent over the control channel, where order is
/// guaranteed.
/// </summary>
/// <param name="Generation">The generation of the entries; the generation after the current one starts again at number 0.</param>
/// <param name="Tree">The files, links and folders.</param>
/// <param name="Words">The words.</param>
internal sealed record NewEntries(int Generation, FileTree Tree, ImmutableArray<string> Words) : PeerMessage
{
    public const int Tag = 9;

    protected override void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(4);
        writer.Write(Tag);
        writer.Write(Generation);
        FileTreeCodec.Write(ref writer, Tree);
        writer.WriteTexts(Words);
    }
}
