using System.Buffers;
using System.Collections.Immutable;
using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>Brings the inputs and the toolchain of a channel's jobs into the worker's store, from the agent or by what other jobs bring.</summary>
internal sealed class InputFetcher(FramedChannel channel, PeerHost host)
{
    /// <summary>How often a job waits for what other jobs bring before it has its own agent send it.</summary>
    private const int WaitsForOthers = 2;

    /// <summary>Bytes that the agent sent for the latest job.</summary>
    public long BytesIn { get; private set; }

    /// <summary>Sees to it that all blobs of the job are in the store, and stay there for its time.</summary>
    /// <returns>Null, or why they are not.</returns>
    public async ValueTask<CompileResult?> FetchAsync(CompileJob job, PinnedBlobs pinned, CancellationToken cancellationToken)
    {
        BytesIn = 0;
        Digest toolchain = job.Toolchain!.Value;
        bool knowsTools = pinned.KnowsTree(toolchain);
        ImmutableArray<TreeFile> unsure = pinned.FindUnknown(job.Inputs!.Files);
        if (await BringMissingAsync(knowsTools ? unsure : [new TreeFile("/", toolchain, 0, 0), .. unsure], pinned, cancellationToken).ConfigureAwait(false) is { } lack)
        {
            return lack;
        }

        if (knowsTools)
        {
            return null;
        }

        FileTree tree;
        try
        {
            byte[] encoded = host.Store.TryRead(toolchain, WireLimits.Message) ?? throw new IOException("The toolchain's tree was evicted while it was being used.");
            tree = FileTreeCodec.Decode(encoded);
        }
        catch (Exception e) when (e is WireFormatException or InvalidDataException)
        {
            return Failed(JobStep.Fetch, FailureRemedy.CompileHere, $"The toolchain's tree is none: {e.Message}");
        }

        lack = await BringMissingAsync(pinned.FindUnknown(tree.Files), pinned, cancellationToken).ConfigureAwait(false);
        if (lack is null)
        {
            pinned.KnowTree(toolchain);
        }

        return lack;
    }

    /// <summary>Brings what is missing into the store.</summary>
    /// <returns>Null when all is here; a failure when the origin does not have it any more.</returns>
    private async ValueTask<CompileResult?> BringMissingAsync(ImmutableArray<TreeFile> files, PinnedBlobs pinned, CancellationToken cancellationToken)
    {
        pinned.Pin(files);
        for (int waited = 0; host.Fetcher.FindMissing(files) is { IsEmpty: false } missing; waited++)
        {
            // Own claims are released before others are waited for: two jobs that wait for each other would wait for ever.
            Task others;
            using (BlobClaims claims = host.Fetcher.Claim(missing, insist: waited >= WaitsForOthers))
            {
                others = claims.Others;
                if (await BringAsync(claims.Mine, cancellationToken).ConfigureAwait(false) is { } absent)
                {
                    return Failed(JobStep.Fetch, FailureRemedy.CompileHere, absent);
                }
            }

            await others.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        pinned.Know(files);
        return null;
    }

    /// <summary>Asks the agent for blobs and takes them in.</summary>
    /// <returns>Null, or what the origin does not have any more.</returns>
    private async ValueTask<string?> BringAsync(ImmutableArray<Digest> digests, CancellationToken cancellationToken)
    {
        if (digests.IsEmpty)
        {
            return null;
        }

        // Others may wait for these blobs: an agent that does not send them loses its job, and so its claim to them.
        using var deadline = new TransferDeadline(host.Time, cancellationToken);
        await channel.SendAsync(new MissingBlobs(digests), static (sent, output) => sent.Encode(output), deadline.Token).ConfigureAwait(false);
        string? absent = null;
        foreach (Digest digest in digests)
        {
            absent = await ReceiveBlobAsync(digest, deadline).ConfigureAwait(false) ?? absent;
        }

        return absent;
    }

    private async ValueTask<string?> ReceiveBlobAsync(Digest expected, TransferDeadline deadline)
    {
        switch (await ReceiveAsync(deadline.Token).ConfigureAwait(false))
        {
            case BlobAbsent absent when absent.Digest == expected:
                return $"A file of the job is not as it was: {absent.Message}";
            case BlobHead head when head.Digest == expected:
                using (var writer = host.Store.Create(head.Digest, head.Length))
                {
                    for (long left = head.Length; left > 0;)
                    {
                        ReadOnlySequence<byte> frame = await channel.ReceiveAsync(deadline.Token).ConfigureAwait(false)
                            ?? throw new TransportException("The agent closed the channel within a blob.");
                        if (frame.Length == 0 || frame.Length > left)
                        {
                            throw new WireFormatException($"A frame of {frame.Length} bytes, where {left} are left of the blob.");
                        }

                        foreach (ReadOnlyMemory<byte> part in frame)
                        {
                            writer.Write(part.Span);
                        }

                        left -= frame.Length;
                        BytesIn += frame.Length;
                        deadline.Moved(frame.Length);
                    }

                    try
                    {
                        writer.Commit();
                        return null;
                    }
                    catch (InvalidDataException)
                    {
                        return "A file of the job changed while it was being sent.";
                    }
                }

            case var other:
                throw new WireFormatException($"{other.GetType().Name}, where the blob {expected} was to come.");
        }
    }

    private async ValueTask<PeerMessage> ReceiveAsync(CancellationToken cancellationToken)
    {
        ReadOnlySequence<byte>? frame = await channel.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        return frame is { } bytes ? PeerMessage.Decode(bytes) : throw new TransportException("The agent closed the channel.");
    }

    private static CompileResult Failed(JobStep step, FailureRemedy remedy, string message) =>
        CompileResult.Failed(new JobFailure(FailedParty.Worker, step, remedy, message));
}
