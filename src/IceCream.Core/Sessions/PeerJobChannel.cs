using System.Buffers;
using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>A channel of an agent on a worker: it carries one job after the other, each from its offer to the last byte of its result.</summary>
internal sealed class PeerJobChannel(FramedChannel channel, PeerEntries entries, PeerHost host)
{
    /// <summary>Runs the jobs. Ends without an error when the agent has left, because nobody is there to be told.</summary>
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
                // The agent left, cancelled the job, or broke the protocol. Closing the channel is the only answer left.
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

        (CompileResult result, Digest? expected) = await DoAsync(offer, cancellationToken).ConfigureAwait(false);
        await SendResultAsync(result, expected, cancellationToken).ConfigureAwait(false);
        if (result.Failure is null)
        {
            return true;
        }

        // After a failure blobs may still be on their way, which the next job must not receive.
        await channel.CompleteAsync().ConfigureAwait(false);
        return false;
    }

    /// <returns>The result, and the digest of the lookup lists that the agent expects.</returns>
    private async ValueTask<(CompileResult Result, Digest? ExpectedLookups)> DoAsync(JobOffer offer, CancellationToken cancellationToken)
    {
        // This check comes first, so that a job that is not admitted takes no memory.
        if (host.Admit(offer.Capability) is { } refusal)
        {
            return (Failed(JobStep.Slot, FailureRemedy.AnotherWorker, refusal), null);
        }

        CompileJob job = await entries.ReadAsync(offer, cancellationToken).ConfigureAwait(false);
        if (!entries.TryTake(job))
        {
            return (Failed(JobStep.Slot, FailureRemedy.AnotherWorker, "Too many jobs with too many files are under way."), null);
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var origin = new ChannelOrigin(channel, host, ended);
        try
        {
            using IDisposable? turn = await host.Enter(offer.Capability, ended.Token).ConfigureAwait(false);
            CompileResult result = await host.Executor.ExecuteAsync(job with { Origin = origin }, ended.Token).ConfigureAwait(false);
            if (job.Forecast is { } forecast && CostReports.Of(result, forecast.Keys, origin.BytesIn) is { } report)
            {
                host.Ended(offer.Capability, report);
            }

            return (result, job.ExpectedLookups);
        }
        finally
        {
            await origin.ReleaseAsync().ConfigureAwait(false);
            entries.Return(job);
        }
    }

    private async ValueTask SendResultAsync(CompileResult result, Digest? expectedLookups, CancellationToken cancellationToken)
    {
        using var deadline = new TransferDeadline(host.Time, cancellationToken);
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(WireLimits.BlobFrame, result.Outputs.Select(static file => file.Content.Length).DefaultIfEmpty().Max()));
        try
        {
            long left = result.Outputs.Sum(static file => file.Content.Length);
            await SendAsync(JobDone.Of(result, expectedLookups), isFollowed: left > 0, deadline.Token).ConfigureAwait(false);
            foreach (OutputFile file in result.Outputs)
            {
                for (long at = 0; at < file.Content.Length;)
                {
                    int length = file.Content.Read(at, buffer.AsSpan(0, Math.Min(buffer.Length, WireLimits.BlobFrame)));
                    left -= length;
                    await channel.SendBytesAsync(buffer.AsMemory(0, length), isFollowed: left > 0, deadline.Token).ConfigureAwait(false);
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

    private ValueTask SendAsync(PeerMessage message, bool isFollowed, CancellationToken cancellationToken) =>
        channel.SendAsync(message, static (sent, output) => sent.Encode(output), isFollowed, cancellationToken);

    private static CompileResult Failed(JobStep step, FailureRemedy remedy, string message) =>
        CompileResult.Failed(new JobFailure(FailedParty.Worker, step, remedy, message));
}
