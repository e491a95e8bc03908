using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>
/// The calling end of arrow 3: one connection to one worker, on which any number of jobs are under way at a time. Whatever goes wrong on
/// the way comes out as a <see cref="JobFailure"/>; only the caller's own cancellation is an exception.
/// </summary>
internal sealed class PeerClient : IAsyncDisposable
{
    /// <summary>Memory that is taken for a file at once, whatever its announced length; beyond, memory grows with what has come.</summary>
    private const int FileAtOnce = 4 << 20;

    private readonly MultiplexedConnection _connection;
    private readonly SentEntries _entries = new();
    private readonly ConcurrentBag<FramedChannel> _idle = [];

    private PeerClient(MultiplexedConnection connection, string worker)
    {
        _connection = connection;
        Worker = worker;
    }

    /// <summary>The worker's name, as it says.</summary>
    public string Worker { get; }

    /// <summary>Completes when the connection has ended, with the reason.</summary>
    public Task<string> Closed => _connection.Closed;

    /// <summary>Greets a worker over a new connection, which belongs to the client from here on.</summary>
    /// <exception cref="TransportException">The worker refused, or spoke another language: the message says which.</exception>
    public static async ValueTask<PeerClient> GreetAsync(
        MultiplexedConnection connection, string network, string name, CancellationToken cancellationToken)
    {
        try
        {
            await connection.Control.SendAsync(
                new PeerHello(PeerMessage.Version, network, name), static (hello, output) => hello.Encode(output), cancellationToken).ConfigureAwait(false);
            return await ReceiveAsync(connection.Control, cancellationToken).ConfigureAwait(false) switch
            {
                PeerWelcome welcome => new PeerClient(connection, welcome.Name),
                PeerRefused refused => throw new TransportException($"Worker at {connection.RemoteName} refused: {refused.Message}"),
                PeerMessage other => throw new TransportException($"Worker at {connection.RemoteName} answered with {other.GetType().Name}."),
            };
        }
        catch (WireFormatException e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new TransportException($"{connection.RemoteName} does not speak as a worker: {e.Message}", e);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Has a job done. Cancelling it ends it on the worker too.</summary>
    /// <param name="lease">The right to a slot of this worker.</param>
    /// <param name="job">The job, its toolchain and inputs known.</param>
    /// <param name="blobs">Where the worker's missing blobs are taken from.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits any more.</param>
    public async ValueTask<CompileResult> ExecuteAsync(SlotLease lease, CompileJob job, IBlobSource blobs, CancellationToken cancellationToken)
    {
        JobStep step = JobStep.Send;
        try
        {
            JobOffer offer = _entries.TryOffer(lease.Capability, job)
                ?? await IntroduceAsync(lease.Capability, job).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (offer.Job.Length > WireLimits.Job)
            {
                throw new ArgumentException($"Its command and its environment have more than {WireLimits.Job} bytes.", nameof(job));
            }

            // A new channel cannot speak before the other end has accepted it: one that has served a job saves that wait.
            FramedChannel channel = _idle.TryTake(out FramedChannel? idle) ? idle : await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            bool reusable = false;
            try
            {
                await SendAsync(channel, offer, cancellationToken).ConfigureAwait(false);
                while (true)
                {
                    switch (await ReceiveAsync(channel, cancellationToken).ConfigureAwait(false))
                    {
                        case MissingBlobs missing:
                            await SendBlobsAsync(channel, missing.Digests, blobs, cancellationToken).ConfigureAwait(false);
                            break;
                        case JobDone done:
                            step = JobStep.Receive;
                            ImmutableArray<OutputFile> files = await ReceiveFilesAsync(channel, done.Head.Outputs, cancellationToken).ConfigureAwait(false);
                            reusable = done.Head.Result.Failure is null;
                            return done.Head.Result with { Outputs = files, Worker = Worker };
                        case PeerMessage other:
                            throw new WireFormatException($"{other.GetType().Name} is no answer to a job.");
                    }
                }
            }
            finally
            {
                if (reusable)
                {
                    _idle.Add(channel);
                }
                else
                {
                    await channel.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
        catch (ArgumentException e)
        {
            // Too large for the wire, to whichever worker.
            return CompileResult.Failed(new JobFailure(FailedParty.Origin, step, FailureRemedy.CompileHere, $"The job cannot travel: {e.Message}"));
        }
        catch (WireFormatException e)
        {
            return Lost(FailedParty.Worker, step, e.Message);
        }
        catch (Exception e) when (e is TransportException or IOException)
        {
            string reason = _connection.Closed.IsCompleted ? await _connection.Closed.ConfigureAwait(false) : e.Message;
            return Lost(FailedParty.Connection, step, reason);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>Tells the worker what the job mentions for the first time. It goes on when the caller has left: numbers once given must arrive.</summary>
    private async Task<JobOffer> IntroduceAsync(ReadOnlyMemory<byte> capability, CompileJob job)
    {
        JobOffer? offer = null;
        try
        {
            // The channel encodes in the order in which it sends, so the order of numbers is the order of messages.
            await _connection.Control.SendAsync(
                job, (introduced, output) => offer = _entries.Introduce(capability, introduced, output), CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // What was numbered will not arrive, so that no number means the same at both ends any more.
            await _connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return offer!;
    }

    private static ValueTask SendAsync(FramedChannel channel, PeerMessage message, CancellationToken cancellationToken) =>
        channel.SendAsync(message, static (sent, output) => sent.Encode(output), cancellationToken);

    private static async ValueTask<PeerMessage> ReceiveAsync(FramedChannel channel, CancellationToken cancellationToken)
    {
        ReadOnlySequence<byte>? frame = await channel.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        return frame is { } bytes ? PeerMessage.Decode(bytes) : throw new TransportException("The other end closed the channel.");
    }

    private static async ValueTask SendBlobsAsync(
        FramedChannel channel, ImmutableArray<Digest> digests, IBlobSource blobs, CancellationToken cancellationToken)
    {
        byte[] buffer = [];
        try
        {
            foreach (Digest digest in digests)
            {
                using Stream? content = blobs.Open(digest);
                if (content is null)
                {
                    await SendAsync(channel, new BlobAbsent(digest, "Its file is gone."), cancellationToken).ConfigureAwait(false);
                    continue;
                }

                long left = content.Length;
                await SendAsync(channel, new BlobHead(digest, left), cancellationToken).ConfigureAwait(false);
                if (buffer.Length < Math.Min(left, WireLimits.BlobFrame))
                {
                    // Most are headers, and need no frame of full size.
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(left, WireLimits.BlobFrame));
                }

                while (left > 0)
                {
                    int wanted = (int)Math.Min(left, WireLimits.BlobFrame);
                    int got = await content.ReadAtLeastAsync(buffer.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);

                    // A file that shrinks under our hands: zeros keep the frames in step, and the worker finds the digest wrong.
                    buffer.AsSpan(got, wanted - got).Clear();
                    await channel.SendBytesAsync(buffer.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
                    left -= wanted;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<ImmutableArray<OutputFile>> ReceiveFilesAsync(
        FramedChannel channel, ImmutableArray<OutputHead> heads, CancellationToken cancellationToken)
    {
        var files = ImmutableArray.CreateBuilder<OutputFile>(heads.Length);
        foreach (OutputHead head in heads)
        {
            byte[] content = GC.AllocateUninitializedArray<byte>((int)Math.Min(head.Length, FileAtOnce));
            for (int filled = 0; filled < head.Length;)
            {
                ReadOnlySequence<byte> frame = await channel.ReceiveAsync(cancellationToken).ConfigureAwait(false)
                    ?? throw new TransportException("The worker closed the channel within a file.");
                if (frame.Length == 0 || frame.Length > head.Length - filled)
                {
                    throw new WireFormatException($"A frame of {frame.Length} bytes, where {head.Length - filled} are left of '{head.Path}'.");
                }

                if (frame.Length > content.Length - filled)
                {
                    Array.Resize(ref content, (int)Math.Min(head.Length, Math.Max(2L * content.Length, filled + frame.Length)));
                }

                frame.CopyTo(content.AsSpan(filled));
                filled += (int)frame.Length;
            }

            files.Add(new OutputFile(head.Path, head.Mode, content));
        }

        return files.DrainToImmutable();
    }

    private CompileResult Lost(FailedParty party, JobStep step, string reason) => CompileResult.Failed(
        new JobFailure(party, step, FailureRemedy.AnotherWorker, $"Worker '{Worker}' did not finish the job: {reason}"));
}
