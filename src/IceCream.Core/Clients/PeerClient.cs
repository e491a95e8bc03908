using System.Buffers;
using System.Collections.Concurrent;
using IceCream.Jobs;
using IceCream.Storage;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>
/// The calling end of the peer protocol: one connection to one worker, on which any number of jobs are under way at a time. Whatever goes wrong on
/// the way comes out as a <see cref="JobFailure"/>; only the caller's own cancellation is an exception.
/// </summary>
internal sealed class PeerClient : IAsyncDisposable
{
    private readonly MultiplexedConnection _connection;
    private readonly EntryEncoder _entries = new();
    private readonly ConcurrentBag<FramedChannel> _idle = [];
    private readonly Spool _spool;
    private readonly TimeProvider _time;

    private PeerClient(MultiplexedConnection connection, Spool spool, TimeProvider time) => (_connection, _spool, _time) = (connection, spool, time);

    /// <summary>Completes when the connection has ended, with the reason.</summary>
    public Task<string> Closed => _connection.Closed;

    /// <summary>How long nothing was heard of the worker, which beats every second.</summary>
    public TimeSpan SilentFor => _connection.SilentFor;

    /// <summary>Greets a worker over a new connection, which belongs to the client from here on.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="network">The network that both belong to.</param>
    /// <param name="name">The agent's name.</param>
    /// <param name="lease">A lease on the worker.</param>
    /// <param name="spool">Where the files of results go on their way.</param>
    /// <param name="time">What waits are measured by.</param>
    /// <param name="cancellationToken">Ends the wait, and the connection.</param>
    /// <exception cref="TransportException">The worker refused, or spoke another language: the message says which.</exception>
    public static async ValueTask<PeerClient> GreetAsync(
        MultiplexedConnection connection, string network, string name, SlotLease lease, Spool spool, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await connection.Control.SendAsync(
                new PeerHello(PeerMessage.Version, network, name, lease.Capability), static (hello, output) => hello.Encode(output), cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> frame = await connection.Control.ReceiveAsync(cancellationToken).ConfigureAwait(false)
                ?? throw new TransportException($"Worker at {connection.RemoteName} closed the connection.");
            return PeerMessage.Decode(frame) switch
            {
                PeerWelcome => new PeerClient(connection, spool, time),
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
        PeerExchange? exchange = null;
        try
        {
            JobOffer offer = _entries.TryOffer(lease.Capability, job) ?? await IntroduceAsync(lease.Capability, job, cancellationToken).ConfigureAwait(false);
            if (offer.Job.Length > WireLimits.Job)
            {
                throw new ArgumentException($"Its command and its environment have more than {WireLimits.Job} bytes.", nameof(job));
            }

            // A new channel cannot speak before the other end has accepted it: one that has served a job saves that wait.
            FramedChannel channel = _idle.TryTake(out FramedChannel? idle) ? idle : await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            exchange = new PeerExchange(channel, _spool, _time);
            try
            {
                return await exchange.RunAsync(offer, job, blobs, cancellationToken).ConfigureAwait(false) with { Worker = lease.Worker };
            }
            finally
            {
                if (exchange.IsReusable)
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
            return CompileResult.Failed(new JobFailure(FailedParty.Origin, JobStep.Send, FailureRemedy.CompileHere, $"The job cannot travel: {e.Message}"));
        }
        catch (WireFormatException e)
        {
            return Lost(FailedParty.Worker, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Lost(FailedParty.Worker, "It lives, and neither answers nor takes what it asked for.");
        }
        catch (SpoolException e)
        {
            return CompileResult.Failed(new JobFailure(FailedParty.Origin, JobStep.Receive, FailureRemedy.CompileHere, e.Message));
        }
        catch (IOException e)
        {
            string reason = _connection.Closed.IsCompleted ? await _connection.Closed.ConfigureAwait(false) : e.Message;
            return Lost(FailedParty.Connection, reason);
        }

        CompileResult Lost(FailedParty party, string reason) => CompileResult.Failed(
            new JobFailure(party, exchange?.Step ?? JobStep.Send, FailureRemedy.AnotherWorker, $"Worker '{lease.Worker}' did not finish the job: {reason}"));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>Tells the worker what the job mentions for the first time. It goes on when the caller has left: numbers once given must arrive.</summary>
    private async ValueTask<JobOffer> IntroduceAsync(ReadOnlyMemory<byte> capability, CompileJob job, CancellationToken cancellationToken)
    {
        Task<JobOffer> introduced = TellAsync(capability, job);
        return await introduced.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<JobOffer> TellAsync(ReadOnlyMemory<byte> capability, CompileJob job)
    {
        JobOffer? offer = null;
        using var deadline = new CancellationTokenSource(PeerExchange.LongestWait, _time);
        try
        {
            // The channel encodes in the order in which it sends, so the order of numbers is the order of messages.
            await _connection.Control.SendAsync(
                job, (introduced, output) => offer = _entries.Introduce(capability, introduced, output), deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // What was numbered will not arrive, so that no number means the same at both ends any more.
            await _connection.DisposeAsync().ConfigureAwait(false);
            throw new TransportException($"It does not hear what jobs mention: {e.Message}", e);
        }

        return offer!;
    }
}
