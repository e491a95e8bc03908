using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Identity;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>Renews a node's certificate after half of its lifetime, or at once when it has expired while the machine was off or asleep.</summary>
/// <param name="credentials">The credentials to renew.</param>
/// <param name="find">Finds the scheduler's current address; null when it is unknown.</param>
/// <param name="client">Sends the request.</param>
/// <param name="time">The clock.</param>
/// <param name="chance">Spreads the renewals of a farm's nodes over time.</param>
/// <param name="logger">Logs renewals.</param>
internal sealed partial class CertificateRenewal(
    NodeCredentials credentials, Func<CancellationToken, ValueTask<FarmAddress?>> find, JoinClient client, TimeProvider time, Random chance, ILogger logger)
{
    private static readonly TimeSpan Before = CertificateIssuer.Lifetime / 2, ShortestPause = TimeSpan.FromSeconds(5), LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan pause = ShortestPause, spread = LongestPause * chance.NextDouble();
        try
        {
            while (true)
            {
                TimeSpan left = credentials.NotAfter - Before + spread - time.GetUtcNow();
                if (left > TimeSpan.Zero)
                {
                    // Not all at once: the clock may be set meanwhile, by decades on a machine without a battery, and timers stand still while a machine sleeps.
                    // A timer counts whole milliseconds, so one more is waited.
                    await Task.Delay(left < LongestPause ? left + TimeSpan.FromMilliseconds(1) : LongestPause, time, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                if (await TryAsync(cancellationToken).ConfigureAwait(false))
                {
                    (pause, spread) = (ShortestPause, LongestPause * chance.NextDouble());
                    continue;
                }

                await Task.Delay(pause * (0.5 + chance.NextDouble()), time, cancellationToken).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node is closing.
        }
    }

    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await find(cancellationToken).ConfigureAwait(false) is not { } scheduler)
            {
                return false;
            }

            await client.RenewAsync(scheduler, credentials, cancellationToken).ConfigureAwait(false);
            LogRenewed(logger, credentials.Identity.Name, credentials.NotAfter);
            return true;
        }
        catch (IOException e)
        {
            LogNotRenewed(logger, credentials.Identity.Name, credentials.NotAfter, e.Message);
            return false;
        }
    }

    [LoggerMessage(EventIds.CertificateRenewed, LogLevel.Information, "The certificate of '{Name}' has been renewed, and ends at {End:u}.")]
    private static partial void LogRenewed(ILogger logger, string name, DateTimeOffset end);

    [LoggerMessage(EventIds.CertificateNotRenewed, LogLevel.Warning, "The certificate of '{Name}', which ends at {End:u}, has not been renewed yet: {Reason}")]
    private static partial void LogNotRenewed(ILogger logger, string name, DateTimeOffset end, string reason);
}
