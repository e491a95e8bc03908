using System.Globalization;
using IceCream.Clients;
using IceCream.Identity;
using IceCream.Monitoring;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <content>Sessions of monitors, and of the scheduler's owner, who has more rights.</content>
internal sealed partial class SchedulerSession
{
    /// <summary>How many jobs of one build are sent at most.</summary>
    private const int MostOfBuild = 100_000;

    /// <summary>Serves a monitor. A monitor that does not read its answers delays only itself: its next request is read after the last answer was sent.</summary>
    private async Task ServeMonitorAsync(Action greeted, CancellationToken cancellationToken)
    {
        SayWelcome();
        greeted();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watching = Task.CompletedTask;
        try
        {
            await AnswerMonitorAsync(() => watching = watching.IsCompleted ? TellJobsAsync(leaving.Token) : watching, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await leaving.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Sends job events to a monitor. If it does not read, events are lost and no memory grows: no more is sent than it accepts.</summary>
    private async Task TellJobsAsync(CancellationToken cancellationToken)
    {
        using JobEventSubscription subscription = jobs.Stream.Subscribe();
        while (true)
        {
            foreach (SchedulerMessage message in SchedulerMessage.JobEvents.Of(
                time.GetUtcNow(), 0, await subscription.ReadAsync(JobEventCodec.MostEvents, cancellationToken).ConfigureAwait(false)))
            {
                await connection.Control.SendBytesAsync(SchedulerMessage.Encode(message), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task AnswerMonitorAsync(Action watch, CancellationToken cancellationToken)
    {
        while (await ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            if (message is SchedulerMessage.Watch)
            {
                watch();
                continue;
            }

            if (message is SchedulerMessage.BuildJobsRequest wanted)
            {
                await TellBuildAsync(wanted.Build, cancellationToken).ConfigureAwait(false);
                continue;
            }

            SchedulerMessage answer = message switch
            {
                SchedulerMessage.BuildsRequest => new SchedulerMessage.BuildsReply(BuildHistory.Write(jobs.Builds(), WireLimits.Builds)),
                SchedulerMessage.StatusRequest => new SchedulerMessage.StatusReply(dispatcher.Describe()),
                SchedulerMessage.DrainRequest drain when !NodeRights.IsName(drain.Node) => new SchedulerMessage.Refused("No worker has such a name."),
                SchedulerMessage.DrainRequest drain when NodeRights.MayDrain(connection.Identity, drain.Node) =>
                    new SchedulerMessage.DrainReply(Drain(drain with { Reason = drain.Reason is { } why ? ForeignText.Clean(why) : null })),
                SchedulerMessage.DrainRequest => new SchedulerMessage.Refused("A node is drained by itself, or by the scheduler's owner: 'icehost drain' on its machine, or on the scheduler's."),
                SchedulerMessage.TokenRequest request => MakeToken(authority => authority.CreateToken(request.Roles, request.Lifetime, request.Uses), NodeRoleWords.Of(request.Roles), request.Uses, request.Lifetime),
                SchedulerMessage.ReadTokenRequest request => MakeToken(authority => authority.CreateReadToken(request.Lifetime), "reader", 0, request.Lifetime),
                SchedulerMessage.RevokeRequest request => Revoke(request),
                _ => throw new WireFormatException($"A monitor does not say {message.GetType().Name}."),
            };
            await connection.Control.SendBytesAsync(SchedulerMessage.Encode(answer), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends the jobs of a build: no more of them are read than the monitor accepts.</summary>
    private async Task TellBuildAsync(long id, CancellationToken cancellationToken)
    {
        if (jobs.Build(id) is { } build)
        {
            foreach (SchedulerMessage message in SchedulerMessage.JobEvents.Of(time.GetUtcNow(), 0, jobs.Of(build, MostOfBuild).Select(static past => past.Job)))
            {
                await connection.Control.SendBytesAsync(SchedulerMessage.Encode(message), cancellationToken).ConfigureAwait(false);
            }
        }

        await connection.Control.SendBytesAsync(SchedulerMessage.Encode(new SchedulerMessage.JobEvents(time.GetUtcNow(), 0, [])), cancellationToken).ConfigureAwait(false);
    }

    private SchedulerMessage MakeToken(Func<FarmAuthority, string> make, string role, int uses, TimeSpan lifetime)
    {
        if (OwnersAuthority is null)
        {
            return new SchedulerMessage.Refused("Tokens are made for the scheduler's owner alone: 'icehost token' on its machine, on a farm that is not insecure.");
        }

        try
        {
            string token = make(OwnersAuthority);
            LogToken(logger, role, uses == 0 ? "any number of" : uses.ToString(CultureInfo.InvariantCulture), lifetime);
            return new SchedulerMessage.TokenReply(token);
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            return new SchedulerMessage.Refused(e.Message);
        }
    }

    private SchedulerMessage Revoke(SchedulerMessage.RevokeRequest request)
    {
        if (OwnersAuthority is null)
        {
            return new SchedulerMessage.Refused("Nodes are revoked by the scheduler's owner alone: 'icehost revoke' on its machine, on a farm that is not insecure.");
        }

        try
        {
            int certificates = OwnersAuthority.Revoke(request.Node);
            LogRevoked(logger, request.Node, certificates);
            return new SchedulerMessage.RevokeReply(certificates);
        }
        catch (IOException e)
        {
            return new SchedulerMessage.Refused($"Its connections have ended, but the revocation cannot be stored, and a restart of the scheduler would forget it. Revoke it again later: {e.Message}");
        }
    }

    private bool Drain(SchedulerMessage.DrainRequest drain)
    {
        bool isKnown = dispatcher.Drain(drain.Node, drain.Reason);
        LogDrained(logger, drain.Reason is null ? "may take jobs again" : "takes no more jobs", drain.Node, connection.RemoteName, drain.Reason ?? "");
        return isKnown;
    }
}
