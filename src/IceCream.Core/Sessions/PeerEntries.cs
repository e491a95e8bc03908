using System.Buffers;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>The entries of one agent's connection, and its jobs that wait to hear of them.</summary>
internal sealed class PeerEntries
{
    /// <summary>Files, links and folders in the jobs of one connection: few bytes of an offer can name many.</summary>
    private const int UnderWay = 4 * WireLimits.TreeEntries;

    private readonly EntryDecoder _heard = new();
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _underWay;

    /// <summary>Hears of entries until the channel ends.</summary>
    /// <exception cref="WireFormatException">Something else was said, or more than the limits allow.</exception>
    public async ValueTask ListenAsync(FramedChannel control, CancellationToken cancellationToken)
    {
        while (await control.ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } frame)
        {
            _heard.Hear(Decode(frame));
            Interlocked.Exchange(ref _news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }

    /// <summary>The job of an offer, once all that it mentions has been heard of. An agent that never tells has its job wait until it leaves.</summary>
    /// <exception cref="WireFormatException">It is no job.</exception>
    public async ValueTask<CompileJob> ReadAsync(JobOffer offer, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Asked for before the attempt: what comes in between ends the wait at once.
            Task news = Volatile.Read(ref _news).Task;
            if (_heard.TryRead(offer) is { } job)
            {
                return job;
            }

            await news.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Counts a job among those under way.</summary>
    /// <returns>False when there are too many files in them already.</returns>
    public bool TryTake(CompileJob job)
    {
        if (Interlocked.Add(ref _underWay, WeightOf(job)) <= UnderWay)
        {
            return true;
        }

        Return(job);
        return false;
    }

    /// <summary>A job that was counted is done.</summary>
    public void Return(CompileJob job) => Interlocked.Add(ref _underWay, -WeightOf(job));

    private static int WeightOf(CompileJob job) => job.Inputs!.Count;

    private static NewEntries Decode(in ReadOnlySequence<byte> frame) => PeerMessage.Decode(frame) is NewEntries news
        ? news
        : throw new WireFormatException("The control channel tells of entries only, after the greeting.");
}
