using System.Buffers;
using System.Collections.Concurrent;
using IceCream.Jobs;
using IceCream.Storage;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>
/// The agent side of the peer protocol: one connection to one worker, on which any number of jobs run at a time. Every error on the way becomes a
/// <see cref="JobFailure"/>; only the caller's own cancellation is an exception.
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

    /// <summary>How long nothing has come from the worker; it sends a heartbeat every second.</summary>
    public TimeSpan SilentFor => _connection.SilentFor;

    /// <summary>Greets a worker over a new connection, which the client owns from here on.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="network">The network that both belong to.</param>
    /// <param name="name">The agent's name.</param>
    /// <param name="lease">A lease on the worker.</param>
    /// <param name="spool">Holds the files of results on their way.</param>
    /// <param name="time">The clock for time limits.</param>
    /// <param name="cancellationToken">Ends the wait, and the connection.</param>
    /// <exception cref="TransportException">The worker refused, or does not speak the protocol: the message says which.</exception>
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

    /// <summary>Runs a job on the worker. Cancellation ends it there too.</summary>
    /// <param name="lease">A lease on a slot of this worker.</param>
    /// <param name="job">The job, with its toolchain and inputs known.</param>
    /// <param name="blobs">The source of the blobs that the worker lacks.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the job any more.</param>
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

            // A new channel cannot send before the other end has accepted it; a channel that has served a job saves that wait.
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
            // The job is too large for the protocol, whichever worker it goes to.
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

    /// <summary>Sends the entries that the job uses for the first time. This goes on after the caller has left, because entries that have numbers must arrive.</summary>
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
            // The channel encodes messages in the order in which it sends them, so entries are numbered in message order.
            await _connection.Control.SendAsync(
                job, (introduced, output) => offer = _entries.Introduce(capability, introduced, output), deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The numbered entries will not arrive, so the two ends would disagree about the numbers.
            await _connection.DisposeAsync().ConfigureAwait(false);
            throw new TransportException($"It does not hear what jobs mention: {e.Message}", e);
        }

        return offer!;
    }
}
