using System.Buffers;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>The entries of one agent's connection, and the jobs that wait for entries.</summary>
internal sealed class PeerEntries
{
    /// <summary>The most files, links and folders in the jobs under way on one connection: a few bytes of an offer can name many.</summary>
    private const int UnderWay = 4 * WireLimits.TreeEntries;

    private readonly EntryDecoder _heard = new();
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _underWay;

    /// <summary>Receives entries until the control channel ends.</summary>
    /// <exception cref="WireFormatException">Another message was received, or more entries than the limits allow.</exception>
    public async ValueTask ListenAsync(FramedChannel control, CancellationToken cancellationToken)
    {
        while (await control.ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } frame)
        {
            _heard.Hear(Decode(frame));
            Interlocked.Exchange(ref _news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }

    /// <summary>Decodes the job of an offer, once all its entries have arrived. If the agent never sends them, the job waits until the agent disconnects.</summary>
    /// <exception cref="WireFormatException">The bytes are no job.</exception>
    public async ValueTask<CompileJob> ReadAsync(JobOffer offer, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Read before the attempt, so that entries that arrive in between end the wait at once.
            Task news = Volatile.Read(ref _news).Task;
            if (_heard.TryRead(offer) is { } job)
            {
                return job;
            }

            await news.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Counts the files of a job that begins.</summary>
    /// <returns>False when the jobs under way have too many files already.</returns>
    public bool TryTake(CompileJob job)
    {
        if (Interlocked.Add(ref _underWay, WeightOf(job)) <= UnderWay)
        {
            return true;
        }

        Return(job);
        return false;
    }

    /// <summary>Uncounts the files of a job that is done.</summary>
    public void Return(CompileJob job) => Interlocked.Add(ref _underWay, -WeightOf(job));

    private static int WeightOf(CompileJob job) => job.Inputs!.Count;

    private static NewEntries Decode(in ReadOnlySequence<byte> frame) => PeerMessage.Decode(frame) is NewEntries news
        ? news
        : throw new WireFormatException("The control channel tells of entries only, after the greeting.");
}
