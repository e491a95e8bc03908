using IceCream.Jobs;

namespace IceCream.Caching.Sharing;

/// <summary>
/// The word of an agent that it compiles a command at this moment, which is taken again and again for as long as it does. When the agent dies, the word ends by
/// itself, and whoever waits takes it over.
/// </summary>
internal sealed class SharedClaim : IDisposable
{
    /// <summary>How long others believe an agent that says nothing more; it says so three times in that time.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(9);

    /// <summary>What a worker has that tells its results itself: it does so behind the agent's back.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>A claim that is not understood costs a compile more: it may take as long as so many bytes.</summary>
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
    /// <returns>Whether another has it; and the claim, unless that is so or the store keeps none.</returns>
    public static async ValueTask<(bool IsAnothers, SharedClaim? Claim)> TakeAsync(SharedAccess access, ISharedClaims claims, Digest key, TimeProvider time, CancellationToken cancellationToken)
    {
        string owner = Guid.NewGuid().ToString("N");
        bool? isMine = await access.AskAsync(Leeway, (_, cancelled) => claims.ClaimAsync(key, owner, Duration, cancelled), cancellationToken).ConfigureAwait(false);
        return (isMine == false, isMine == true ? new SharedClaim(access, claims, key, owner, time) : null);
    }

    /// <summary>The compile has ended.</summary>
    /// <param name="told">Completes when its result is in the shared store, or will not be.</param>
    /// <param name="isWorkers">Whether its worker tells it.</param>
    /// <param name="cancellationToken">Ends the wait for that: the claim then ends by itself.</param>
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
            // The agent ends, and the claim soon after it.
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
