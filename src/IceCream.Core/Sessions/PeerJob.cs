using System.Buffers;
using System.Collections.Immutable;
using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>A channel of an agent on a worker: one job after the other, each from its offer to the last byte of its result.</summary>
internal sealed class PeerJob(FramedChannel channel, PeerEntries entries, PeerHost host)
{
    /// <summary>How often a job waits for what other jobs bring before it has its own agent send it.</summary>
    private const int WaitsForOthers = 2;

    private long _bytesIn;

    /// <summary>Does the jobs. Ends quietly when the agent has left: there is nobody to be told.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using (channel.ConfigureAwait(false))
        {
            try
            {
                while (await AnswerAsync(cancellationToken).ConfigureAwait(false))
                {
                }
            }
            catch (Exception e) when (e is TransportException or IOException or WireFormatException or OperationCanceledException)
            {
                // The agent left, cancelled the job, or broke the protocol. Closing the channel says all that can be said.
            }
        }
    }

    /// <returns>Whether the channel is free for another job.</returns>
    private async ValueTask<bool> AnswerAsync(CancellationToken cancellationToken)
    {
        if (await channel.ReceiveAsync(cancellationToken).ConfigureAwait(false) is not { } frame)
        {
            return false;
        }

        if (PeerMessage.Decode(frame) is not JobOffer offer)
        {
            throw new WireFormatException("A job begins with an offer.");
        }

        _bytesIn = 0;
        (CompileResult result, Digest? expected) = await DoAsync(offer, cancellationToken).ConfigureAwait(false);
        await SendResultAsync(result, expected, cancellationToken).ConfigureAwait(false);
        if (result.Failure is null)
        {
            return true;
        }

        // Where a job failed, blobs may still be on their way: they are nothing that the next job should meet.
        await channel.CompleteAsync().ConfigureAwait(false);
        return false;
    }

    /// <returns>The result, and what the job was expected to look for.</returns>
    private async ValueTask<(CompileResult Result, Digest? ExpectedLookups)> DoAsync(JobOffer offer, CancellationToken cancellationToken)
    {
        // First of all: what is not admitted takes no memory.
        if (host.Admit(offer.Capability) is { } objection)
        {
            return (Failed(JobStep.Slot, FailureRemedy.AnotherWorker, objection), null);
        }

        CompileJob job = await entries.ReadAsync(offer, cancellationToken).ConfigureAwait(false);
        if (!entries.TryTake(job))
        {
            return (Failed(JobStep.Slot, FailureRemedy.AnotherWorker, "Too many jobs with too many files are under way."), null);
        }

        BlobShift shift = host.Intake.Enter();
        try
        {
            long since = host.Time.GetTimestamp();
            CompileResult? lack = await BringAllAsync(job, shift, cancellationToken).ConfigureAwait(false);
            JobTimeline fetched = JobTimeline.Empty.With(JobStep.Fetch, host.Time.GetElapsedTime(since));
            CompileResult result = lack ?? await RunWatchedAsync(job, cancellationToken).ConfigureAwait(false);
            if (result.Failure is not null)
            {
                // Perhaps a blob was not there after all: from here on every one is looked for again.
                host.Intake.Distrust(shift);
            }

            result = result with { Timeline = fetched.With(result.Timeline) };
            if (job.Forecast is { } forecast && CostReports.Of(result, forecast.Keys, _bytesIn) is { } report)
            {
                host.Ended(offer.Capability, report);
            }

            return (result, job.ExpectedLookups);
        }
        catch (IOException e) when (e is not TransportException)
        {
            return (Failed(JobStep.Fetch, FailureRemedy.AnotherWorker, $"The store of '{host.Name}' failed: {e.Message}"), null);
        }
        finally
        {
            shift.Leave();
            entries.Return(job);
        }
    }

    /// <summary>Sees to it that all blobs of the job are in the store, and stay there for its time.</summary>
    /// <returns>Null, or why they are not.</returns>
    private async ValueTask<CompileResult?> BringAllAsync(CompileJob job, BlobShift shift, CancellationToken cancellationToken)
    {
        Digest toolchain = job.Toolchain!.Value;
        bool knowsTools = shift.KnowsTree(toolchain);
        ImmutableArray<TreeFile> unsure = shift.FindUnknown(job.Inputs!.Files);
        if (await FetchAsync(knowsTools ? unsure : [new TreeFile("/", toolchain, 0, 0), .. unsure], shift, cancellationToken).ConfigureAwait(false) is { } lack)
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

        lack = await FetchAsync(shift.FindUnknown(tree.Files), shift, cancellationToken).ConfigureAwait(false);
        if (lack is null)
        {
            shift.KnowTree(toolchain);
        }

        return lack;
    }

    /// <summary>Runs the job, and ends it when the agent closes the channel: after the blobs it has nothing more to say.</summary>
    private async ValueTask<CompileResult> RunWatchedAsync(CompileJob job, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watch = WatchAsync(ended);
        try
        {
            return await host.Executor.ExecuteAsync(job, ended.Token).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await watch.ConfigureAwait(false);
        }
    }

    private async Task WatchAsync(CancellationTokenSource ended)
    {
        try
        {
            await channel.ReceiveAsync(ended.Token).ConfigureAwait(false);
            await ended.CancelAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The job has ended first.
        }
        catch (Exception e) when (e is TransportException or IOException)
        {
            await ended.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Brings what is missing into the store.</summary>
    /// <returns>Null when all is here; a failure when the origin does not have it any more.</returns>
    private async ValueTask<CompileResult?> FetchAsync(ImmutableArray<TreeFile> files, BlobShift shift, CancellationToken cancellationToken)
    {
        shift.Pin(files);
        for (int waited = 0; host.Intake.FindMissing(files) is { IsEmpty: false } missing; waited++)
        {
            // Own claims are released before others are waited for: two jobs that wait for each other would wait for ever.
            Task others;
            using (BlobClaims claims = host.Intake.Claim(missing, insist: waited >= WaitsForOthers))
            {
                others = claims.Others;
                if (await BringAsync(claims.Mine, cancellationToken).ConfigureAwait(false) is { } absent)
                {
                    return Failed(JobStep.Fetch, FailureRemedy.CompileHere, absent);
                }
            }

            await others.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        shift.Know(files);
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
        await SendAsync(new MissingBlobs(digests), deadline.Token).ConfigureAwait(false);
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
                        _bytesIn += frame.Length;
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

    private async ValueTask SendResultAsync(CompileResult result, Digest? expectedLookups, CancellationToken cancellationToken)
    {
        using var deadline = new TransferDeadline(host.Time, cancellationToken);
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(WireLimits.BlobFrame, result.Outputs.Select(static file => file.Content.Length).DefaultIfEmpty().Max()));
        try
        {
            await SendAsync(JobDone.Of(result, expectedLookups), deadline.Token).ConfigureAwait(false);
            foreach (OutputFile file in result.Outputs)
            {
                for (long at = 0; at < file.Content.Length;)
                {
                    int length = file.Content.Read(at, buffer.AsSpan(0, Math.Min(buffer.Length, WireLimits.BlobFrame)));
                    await channel.SendBytesAsync(buffer.AsMemory(0, length), deadline.Token).ConfigureAwait(false);
                    deadline.Moved(length);
                    at += length;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            result.Discard();
        }
    }

    private ValueTask SendAsync(PeerMessage message, CancellationToken cancellationToken) =>
        channel.SendAsync(message, static (sent, output) => sent.Encode(output), cancellationToken);

    private async ValueTask<PeerMessage> ReceiveAsync(CancellationToken cancellationToken)
    {
        ReadOnlySequence<byte>? frame = await channel.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        return frame is { } bytes ? PeerMessage.Decode(bytes) : throw new TransportException("The agent closed the channel.");
    }

    private static CompileResult Failed(JobStep step, FailureRemedy remedy, string message) =>
        CompileResult.Failed(new JobFailure(FailedParty.Worker, step, remedy, message));
}
