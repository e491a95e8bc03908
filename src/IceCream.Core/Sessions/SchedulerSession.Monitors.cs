using IceCream.Identity;
using IceCream.Monitoring;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <content>Those who look at the farm, and the scheduler's owner, who may do more.</content>
internal sealed partial class SchedulerSession
{
    /// <summary>A monitor that does not read its answers waits for them itself: the next question is heard when it has the last answer.</summary>
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

    /// <summary>Tells a monitor what happens to jobs. One that does not read loses events, not memory: no more is sent than it takes.</summary>
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

            SchedulerMessage answer = message switch
            {
                SchedulerMessage.StatusRequest => new SchedulerMessage.StatusReply(dispatcher.Describe()),
                SchedulerMessage.DrainRequest drain when NodeRights.MayDrain(connection.Identity, drain.Node) => new SchedulerMessage.DrainReply(Drain(drain)),
                SchedulerMessage.DrainRequest => new SchedulerMessage.Refused("A node is drained by itself, or by the scheduler's owner: 'icehost drain' on its machine, or on the scheduler's."),
                SchedulerMessage.TokenRequest request => MakeToken(request),
                SchedulerMessage.RevokeRequest request => Revoke(request),
                _ => throw new WireFormatException($"A monitor does not say {message.GetType().Name}."),
            };
            await connection.Control.SendBytesAsync(SchedulerMessage.Encode(answer), cancellationToken).ConfigureAwait(false);
        }
    }

    private SchedulerMessage MakeToken(SchedulerMessage.TokenRequest request)
    {
        if (OwnersAuthority is null)
        {
            return new SchedulerMessage.Refused("Tokens are made for the scheduler's owner alone: 'icehost token' on its machine, on a farm that is not insecure.");
        }

        try
        {
            string token = OwnersAuthority.CreateToken(request.Roles, request.Lifetime, request.Uses);
            LogToken(logger, NodeRoleWords.Of(request.Roles), request.Uses, request.Lifetime);
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
            return new SchedulerMessage.Refused(e.Message);
        }
    }

    private bool Drain(SchedulerMessage.DrainRequest drain)
    {
        bool isKnown = dispatcher.Drain(drain.Node, drain.Reason);
        LogDrained(logger, drain.Reason is null ? "may take jobs again" : "takes no more jobs", drain.Node, connection.RemoteName, drain.Reason ?? "");
        return isKnown;
    }
}
