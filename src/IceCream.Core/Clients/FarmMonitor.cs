using System.Runtime.CompilerServices;
using System.Text.Json;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>Queries a farm from outside.</summary>
public static class FarmMonitor
{
    /// <summary>Gets the status of a scheduler's farm.</summary>
    /// <param name="transport">The transport to the scheduler.</param>
    /// <param name="scheduler">The scheduler's address.</param>
    /// <param name="network">The name of the network that it must serve; empty: whichever it serves.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The scheduler cannot be reached, refuses, or is none: the message says which.</exception>
    public static async ValueTask<FarmStatus> GetStatusAsync(
        ITransport transport, FarmAddress scheduler, string network, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transport);
        return await AskAsync(transport, scheduler, network, new SchedulerMessage.StatusRequest(), cancellationToken).ConfigureAwait(false) is SchedulerMessage.StatusReply reply
            ? reply.Status
            : throw new TransportException($"The scheduler at {scheduler} did not say how its farm is.");
    }

    /// <summary>
    /// The job events of a farm from now on, beginning with the jobs under way. A reader that is too slow loses events, and receives a
    /// <see cref="JobEventsLost"/>. Ends when the scheduler ends.
    /// </summary>
    /// <param name="transport">The transport to the scheduler.</param>
    /// <param name="scheduler">The scheduler's address.</param>
    /// <param name="network">The name of the network that it must serve; empty: whichever it serves.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="IOException">The scheduler cannot be reached, refuses, is none, or was lost: the message says which.</exception>
    public static async IAsyncEnumerable<JobEvent> WatchJobsAsync(
        ITransport transport, FarmAddress scheduler, string network, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transport);
        SchedulerClient client = await GreetAsync(transport, scheduler, network, cancellationToken).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            client.Say(new SchedulerMessage.Watch());
            while (await NextAsync(client, scheduler, cancellationToken).ConfigureAwait(false) is { } message)
            {
                if (message is not SchedulerMessage.JobEvents events)
                {
                    throw new TransportException($"The scheduler at {scheduler} said {message.GetType().Name}, which a watcher is not told.");
                }

                foreach (JobEvent happened in events.Events)
                {
                    yield return happened;
                }
            }
        }
    }

    /// <summary>The builds that a scheduler keeps, latest first.</summary>
    /// <inheritdoc cref="DrainAsync" path="/param"/>
    /// <exception cref="IOException">The scheduler cannot be reached, refuses, or is none: the message says which.</exception>
    internal static async ValueTask<IReadOnlyList<BuildSummary>> GetBuildsAsync(ITransport transport, FarmAddress scheduler, string network, CancellationToken cancellationToken)
    {
        if (await AskAsync(transport, scheduler, network, new SchedulerMessage.BuildsRequest(), cancellationToken).ConfigureAwait(false) is SchedulerMessage.BuildsReply reply)
        {
            try
            {
                return [.. (JsonSerializer.Deserialize(reply.Builds.Span, BuildJson.Default.IReadOnlyListBuildSummary) ?? []).Select(BuildHistory.Whole).OfType<BuildSummary>()];
            }
            catch (JsonException e)
            {
                throw new TransportException($"What the scheduler at {scheduler} says of its builds is not understood: {e.Message}", e);
            }
        }

        throw new TransportException($"The scheduler at {scheduler} did not say which builds it keeps.");
    }

    /// <summary>The jobs of a build that its scheduler keeps, ordered by their ends.</summary>
    /// <inheritdoc cref="DrainAsync" path="/param"/>
    /// <exception cref="IOException">The scheduler cannot be reached, refuses, or is none: the message says which.</exception>
    internal static async ValueTask<IReadOnlyList<JobFinished>> GetJobsAsync(ITransport transport, FarmAddress scheduler, string network, long build, CancellationToken cancellationToken)
    {
        SchedulerClient client = await GreetAsync(transport, scheduler, network, cancellationToken).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            client.Say(new SchedulerMessage.BuildJobsRequest(build));
            var jobs = new List<JobFinished>();
            while (await NextAsync(client, scheduler, cancellationToken).ConfigureAwait(false) is SchedulerMessage.JobEvents events)
            {
                if (events.Events.IsEmpty)
                {
                    return jobs;
                }

                jobs.AddRange(events.Events.OfType<JobFinished>());
            }

            throw new TransportException($"The scheduler at {scheduler} did not tell the whole build.");
        }
    }

    /// <summary>Stops a worker from taking jobs, or allows it again.</summary>
    /// <param name="transport">The transport to the scheduler.</param>
    /// <param name="scheduler">The scheduler's address.</param>
    /// <param name="network">The name of the network that it must serve; empty: whichever it serves.</param>
    /// <param name="worker">The worker's name.</param>
    /// <param name="reason">The reason to take no jobs, may be empty; null: the worker may take jobs again.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether the worker is connected. The request also applies to one that connects later.</returns>
    /// <exception cref="IOException">The scheduler cannot be reached, refuses, or is none: the message says which.</exception>
    internal static async ValueTask<bool> DrainAsync(
        ITransport transport, FarmAddress scheduler, string network, string worker, string? reason, CancellationToken cancellationToken) =>
        await AskAsync(transport, scheduler, network, new SchedulerMessage.DrainRequest(worker, reason), cancellationToken).ConfigureAwait(false) is SchedulerMessage.DrainReply reply
            ? reply.IsKnown
            : throw new TransportException($"The scheduler at {scheduler} did not say that it has heard.");

    private static async ValueTask<SchedulerMessage?> AskAsync(
        ITransport transport, FarmAddress scheduler, string network, SchedulerMessage question, CancellationToken cancellationToken)
    {
        SchedulerClient client = await GreetAsync(transport, scheduler, network, cancellationToken).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            client.Say(question);
            SchedulerMessage? answer = await NextAsync(client, scheduler, cancellationToken).ConfigureAwait(false);
            return answer is SchedulerMessage.Refused refused ? throw new TransportException($"The scheduler at {scheduler} refused: {refused.Message}") : answer;
        }
    }

    private static async ValueTask<SchedulerClient> GreetAsync(ITransport transport, FarmAddress scheduler, string network, CancellationToken cancellationToken)
    {
        ITransportConnection raw = await transport.ConnectAsync(scheduler, cancellationToken).ConfigureAwait(false);
        if (raw.Identity is { } who && !who.Roles.HasFlag(NodeRoles.Scheduler))
        {
            await raw.DisposeAsync().ConfigureAwait(false);
            throw new TransportException($"Whoever answers at {scheduler} is '{who.Name}', and no scheduler.");
        }

        return await SchedulerClient.GreetAsync(
            new MultiplexedConnection(raw), new SchedulerMessage.MonitorHello(SchedulerMessage.ProtocolVersion, network), cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<SchedulerMessage?> NextAsync(SchedulerClient client, FarmAddress scheduler, CancellationToken cancellationToken)
    {
        try
        {
            return await client.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (WireFormatException e)
        {
            throw new TransportException($"{scheduler} does not speak as a scheduler: {e.Message}", e);
        }
    }
}
