using System.Buffers;
using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Storage;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>
/// One job on its channel, from the offer to the last byte of its result. The worker is not trusted: it may ask for each blob once, its time is limited, and its
/// answer is checked against the job before any of it is used.
/// </summary>
/// <param name="channel">The job's channel.</param>
/// <param name="spool">Holds the files of the result.</param>
/// <param name="time">The clock for time limits.</param>
internal sealed class PeerExchange(FramedChannel channel, Spool spool, TimeProvider time)
{
    /// <summary>How long a worker may take in total to answer: workers end a compile sooner.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(30);

    private const int ReadAtOnce = 256 << 10;

    /// <summary>The step that the job has reached.</summary>
    public JobStep Step { get; private set; } = JobStep.Send;

    /// <summary>Whether the channel is free for another job.</summary>
    public bool IsReusable { get; private set; }

    /// <summary>Runs the job.</summary>
    /// <exception cref="WireFormatException">The worker broke the protocol, or sent something that the job did not ask for.</exception>
    /// <exception cref="TransportException">The channel ended.</exception>
    /// <exception cref="IOException">The files cannot be stored here.</exception>
    /// <exception cref="OperationCanceledException">The caller left, or the worker exceeded a time limit.</exception>
    public async ValueTask<CompileResult> RunAsync(JobOffer offer, CompileJob job, IBlobSource blobs, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(LongestWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using (var sending = new TransferDeadline(time, cancellationToken))
        {
            await SendAsync(offer, isFollowed: false, sending.Token).ConfigureAwait(false);
        }

        var asked = new HashSet<Digest>();
        bool isComplete = true;
        TimeSpan left = LongestWait;
        while (true)
        {
            long since = time.GetTimestamp();
            PeerMessage answer = await ReceiveAsync(either.Token).ConfigureAwait(false);
            switch (answer)
            {
                case MissingBlobs missing when isComplete && missing.Digests.All(asked.Add):
                    // Sending has a deadline of its own, by length.
                    left = TimeSpan.FromTicks(Math.Max(0, (left - time.GetElapsedTime(since)).Ticks));
                    patience.CancelAfter(Timeout.InfiniteTimeSpan);
                    isComplete = await SendBlobsAsync(missing.Digests, blobs, cancellationToken).ConfigureAwait(false);
                    patience.CancelAfter(left);
                    break;
                case MissingBlobs:
                    throw new WireFormatException("It asks again for what it was sent or told to be gone.");
                case JobDone done:
                    return await TakeAsync(done.Head, job, cancellationToken).ConfigureAwait(false);
                default:
                    throw new WireFormatException($"{answer.GetType().Name} is no answer to a job.");
            }
        }
    }

    private async ValueTask<CompileResult> TakeAsync(ResultHead answer, CompileJob job, CancellationToken cancellationToken)
    {
        Step = JobStep.Receive;
        if (ResultAudit.FindFault(job, answer) is { } fault)
        {
            throw new WireFormatException($"It is not to be trusted: {fault}.");
        }

        long since = time.GetTimestamp();
        ImmutableArray<OutputFile> files = await ReceiveFilesAsync(answer.Outputs, cancellationToken).ConfigureAwait(false);
        IsReusable = answer.Result.Failure is null;
        return answer.Result with { Outputs = files, Timeline = answer.Result.Timeline.With(JobStep.Receive, time.GetElapsedTime(since)) };
    }

    private ValueTask SendAsync(PeerMessage message, bool isFollowed, CancellationToken cancellationToken) =>
        channel.SendAsync(message, static (sent, output) => sent.Encode(output), isFollowed, cancellationToken);

    private async ValueTask<PeerMessage> ReceiveAsync(CancellationToken cancellationToken)
    {
        ReadOnlySequence<byte>? frame = await channel.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        return frame is { } bytes ? PeerMessage.Decode(bytes) : throw new TransportException("The other end closed the channel.");
    }

    /// <returns>Whether all blobs were still available.</returns>
    private async ValueTask<bool> SendBlobsAsync(ImmutableArray<Digest> digests, IBlobSource blobs, CancellationToken cancellationToken)
    {
        using var deadline = new TransferDeadline(time, cancellationToken);
        byte[] buffer = [];
        bool isComplete = true;
        try
        {
            for (int i = 0; i < digests.Length; i++)
            {
                Digest digest = digests[i];
                bool isFollowed = i + 1 < digests.Length;
                using Stream? content = blobs.Open(digest);
                if (content is null)
                {
                    isComplete = false;
                    await SendAsync(new BlobAbsent(digest, "Its file is gone."), isFollowed, deadline.Token).ConfigureAwait(false);
                    continue;
                }

                long left = content.Length;
                await SendAsync(new BlobHead(digest, left), isFollowed || left > 0, deadline.Token).ConfigureAwait(false);
                if (buffer.Length < Math.Min(left, WireLimits.BlobFrame))
                {
                    // Most blobs are headers, and need no frame of full size.
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(left, WireLimits.BlobFrame));
                }

                while (left > 0)
                {
                    int wanted = (int)Math.Min(left, WireLimits.BlobFrame);
                    int got = await ReadAsync(content, buffer.AsMemory(0, wanted), deadline.Token).ConfigureAwait(false);

                    // If the file shrank while it was sent, zeros keep the frames in step, and the worker finds the digest wrong.
                    buffer.AsSpan(got, wanted - got).Clear();
                    left -= wanted;
                    await channel.SendBytesAsync(buffer.AsMemory(0, wanted), isFollowed || left > 0, deadline.Token).ConfigureAwait(false);
                    deadline.Moved(wanted);
                }
            }

            return isComplete;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Fills a buffer from a file. What is short is read at once: it was read for its digest just before, and an asynchronous read of a file is a read on
    /// another thread.
    /// </summary>
    private static ValueTask<int> ReadAsync(Stream content, Memory<byte> buffer, CancellationToken cancellationToken) => buffer.Length <= ReadAtOnce
        ? ValueTask.FromResult(content.ReadAtLeast(buffer.Span, buffer.Length, throwOnEndOfStream: false))
        : content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);

    private async ValueTask<ImmutableArray<OutputFile>> ReceiveFilesAsync(ImmutableArray<OutputHead> heads, CancellationToken cancellationToken)
    {
        using var deadline = new TransferDeadline(time, cancellationToken);
        var files = ImmutableArray.CreateBuilder<OutputFile>(heads.Length);
        bool isWhole = false;
        try
        {
            foreach (OutputHead head in heads)
            {
                files.Add(new OutputFile(head.Path, head.Mode, await ReceiveFileAsync(head, deadline).ConfigureAwait(false), head.IsRewritten));
            }

            isWhole = true;
            return files.DrainToImmutable();
        }
        finally
        {
            foreach (OutputFile file in isWhole ? [] : files.ToArray())
            {
                file.Content.Dispose();
            }
        }
    }

    private async ValueTask<OutputContent> ReceiveFileAsync(OutputHead head, TransferDeadline deadline)
    {
        using SpoolWriter writer = spool.Begin(head.Length);
        while (writer.Left > 0)
        {
            ReadOnlySequence<byte> frame = await channel.ReceiveAsync(deadline.Token).ConfigureAwait(false)
                ?? throw new TransportException("The worker closed the channel within a file.");
            if (frame.Length == 0 || frame.Length > writer.Left)
            {
                throw new WireFormatException($"A frame of {frame.Length} bytes, where {writer.Left} are left of '{head.Path}'.");
            }

            writer.Write(frame);
            deadline.Moved(frame.Length);
        }

        return writer.Finish();
    }
}
