using IceCream.Jobs;

namespace IceCream.Caching.Sharing;

/// <summary>
/// An agent's claim that it is compiling a command now. The agent extends it repeatedly while it compiles. When the agent dies, the claim expires,
/// and a waiting agent takes it over.
/// </summary>
internal sealed class SharedClaim : IDisposable
{
    /// <summary>How long a claim is valid without an extension; it is extended three times in that time.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(9);

    /// <summary>The extra time for a worker that publishes its results itself: it does so in the background.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>A failed claim costs a second compile, so its request may take as long as a transfer of this many bytes.</summary>
    private const int Leeway = 1 << 20;

    private readonly SharedAccess _access;
    private readonly ISharedClaims _claims;
    private readonly Digest _key;
    private readonly string _owner;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _keeping;

    private SharedClaim(SharedAccess access, ISharedClaims claims, Digest key, string owner, TimeProvider time)
    {
        (_access, _claims, _key, _owner, _time) = (access, claims, key, owner, time);
        _keeping = KeepAsync();
    }

    /// <summary>Claims a command.</summary>
    /// <returns>Whether another agent holds the claim; and the claim, unless that is so or the store granted none.</returns>
    public static async ValueTask<(bool IsAnothers, SharedClaim? Claim)> TakeAsync(SharedAccess access, ISharedClaims claims, Digest key, TimeProvider time, CancellationToken cancellationToken)
    {
        string owner = Guid.NewGuid().ToString("N");
        bool? isMine = await access.AskAsync(Leeway, (_, cancelled) => claims.ClaimAsync(key, owner, Duration, cancelled), cancellationToken).ConfigureAwait(false);
        return (isMine == false, isMine == true ? new SharedClaim(access, claims, key, owner, time) : null);
    }

    /// <summary>Ends the claim after the compile.</summary>
    /// <param name="told">Completes when the result is in the shared store, or will not be.</param>
    /// <param name="isWorkers">Whether the worker publishes the result.</param>
    /// <param name="cancellationToken">Ends the wait for that: the claim then expires.</param>
    public async Task EndAsync(Task told, bool isWorkers, CancellationToken cancellationToken)
    {
        await told.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _ending.CancelAsync().ConfigureAwait(false);
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Dispose();
        try
        {
            await _access.AskAsync<bool?>(
                0,
                async (_, cancelled) =>
                {
                    if (isWorkers)
                    {
                        return await _claims.ClaimAsync(_key, _owner, Grace, cancelled).ConfigureAwait(false);
                    }

                    await _claims.ReleaseAsync(_key, _owner, cancelled).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The agent is closing, and the claim expires soon afterwards.
        }
    }

    public void Dispose() => _ending.Dispose();

    private async Task KeepAsync()
    {
        using var timer = new PeriodicTimer(Duration / 3, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token).ConfigureAwait(false))
            {
                await _access.AskAsync(Leeway, (_, cancelled) => _claims.ClaimAsync(_key, _owner, Duration, cancelled), _ending.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The compile has ended.
        }
    }
}
