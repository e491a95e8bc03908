using System.Buffers;
using System.Collections.Immutable;
using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>The agent at the other end of a channel, as the origin of one job.</summary>
/// <param name="channel">The channel to the agent.</param>
/// <param name="host">Its store receives the blobs.</param>
/// <param name="job">Cancelled when the agent leaves, because nobody waits for the job then.</param>
internal sealed class ChannelOrigin(FramedChannel channel, PeerHost host, CancellationTokenSource job) : IJobOrigin
{
    private Task _watch = Task.CompletedTask;

    /// <summary>Bytes that the agent has sent.</summary>
    public long BytesIn { get; private set; }

    /// <inheritdoc/>
    public async ValueTask<string?> BringAsync(ImmutableArray<Digest> digests, CancellationToken cancellationToken)
    {
        // Other jobs may wait for these blobs: an agent that does not send them in time loses its job, and with it the claim to bring them.
        using var deadline = new TransferDeadline(host.Time, cancellationToken);
        await channel.SendAsync(new MissingBlobs(digests), static (sent, output) => sent.Encode(output), deadline.Token).ConfigureAwait(false);
        string? absent = null;
        foreach (Digest digest in digests)
        {
            absent = await ReceiveBlobAsync(digest, deadline).ConfigureAwait(false) ?? absent;
        }

        return absent;
    }

    /// <inheritdoc/>
    public void Watch() => _watch = WatchAsync();

    /// <summary>Ends the job. When this completes, the channel is free to carry the result.</summary>
    public async ValueTask ReleaseAsync()
    {
        await job.CancelAsync().ConfigureAwait(false);
        await _watch.ConfigureAwait(false);
    }

    /// <summary>The agent sends nothing after the blobs, so the end of this read means that it has left.</summary>
    private async Task WatchAsync()
    {
        try
        {
            await channel.ReceiveAsync(job.Token).ConfigureAwait(false);
            await job.CancelAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The job ended first.
        }
        catch (Exception e) when (e is TransportException or IOException)
        {
            await job.CancelAsync().ConfigureAwait(false);
        }
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
}
