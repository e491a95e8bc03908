using IceCream.Caching.Sharing;
using IceCream.Jobs;
using IceCream.Toolchains;
using IceCream.Wire;

namespace IceCream.Caching;

/// <content>Results of others: of other agents, and of other checkouts on the same agent.</content>
internal sealed partial class CompileCache
{
    /// <summary>How often the store is polled for another machine's result, and how long at most.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50), LongestJoin = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Claims a command that is about to be compiled, so that only one agent compiles it. When another agent holds the claim, this waits for its
    /// result.
    /// </summary>
    /// <returns>The other agent's result; else the claim, or null where the store has no claims or the other agent took too long.</returns>
    public async ValueTask<(KnownHit? Hit, SharedClaim? Claim)> ClaimAsync(Digest key, CompileJob job, Func<ValueTask<Toolchain?>> describe, CancellationToken cancellationToken)
    {
        if (Shared is not { KeepsClaims: true } shared)
        {
            return (null, null);
        }

        long since = _time.GetTimestamp();
        while (true)
        {
            (bool isAnothers, SharedClaim? claim) = await shared.ClaimAsync(key, cancellationToken).ConfigureAwait(false);
            try
            {
                // Looks again after a successful claim too: the other agent may have finished between the lookup of its result and this claim.
                if ((isAnothers || claim is not null) && await AskOthersAsync(key, job, describe, cancellationToken).ConfigureAwait(false) is { } hit)
                {
                    End(claim, Task.CompletedTask, isWorkers: false);
                    return (hit, null);
                }

                if (!isAnothers || _time.GetElapsedTime(since) >= LongestJoin)
                {
                    return (null, claim);
                }

                await Task.Delay(LookEvery, _time, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                End(claim, Task.CompletedTask, isWorkers: false);
                throw;
            }
        }
    }

    /// <summary>Releases a claim once its result is published. The build does not wait for that.</summary>
    public void End(SharedClaim? claim, Task told, bool isWorkers)
    {
        if (claim is not null)
        {
            Shared!.End(claim, told, isWorkers);
        }
    }

    /// <summary>
    /// Finds a result that another agent has published, and downloads its blobs. The shared store is not asked for commands that it is known not to
    /// have.
    /// </summary>
    public async ValueTask<KnownHit?> FindSharedAsync(Digest key, CompileJob job, Func<ValueTask<Toolchain?>> describe, CancellationToken cancellationToken)
    {
        if (Shared?.MayKnow(key) == false)
        {
            Counters.Count("shared: not asked for what is not there");
            return null;
        }

        return await AskOthersAsync(key, job, describe, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<KnownHit?> AskOthersAsync(Digest key, CompileJob job, Func<ValueTask<Toolchain?>> describe, CancellationToken cancellationToken)
    {
        if (Shared is null || await Shared.FindAsync(key, cancellationToken).ConfigureAwait(false) is not { } record
            || await describe().ConfigureAwait(false) is not { } toolchain)
        {
            return null;
        }

        try
        {
            KnownResult? known = await Shared.BringAsync(
                record, toolchain.Digest, result => Load(result, toolchain.Tree) is { } set && set.FirstDifference(job, _memory.Begin(), Parts) is null, cancellationToken).ConfigureAwait(false);
            return known is null ? null : Adopt(key, job, known with { Missed = "another agent had it" }, toolchain);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Store.Close(e.Message);
            return null;
        }
    }

    /// <summary>Finds a result of another checkout with the same files.</summary>
    public async ValueTask<KnownHit?> FindBesideAsync(Digest key, CompileJob job, Func<ValueTask<Toolchain?>> describe, CancellationToken cancellationToken)
    {
        try
        {
            if (Checkouts?.Knows(job) != true || await describe().ConfigureAwait(false) is not { } toolchain)
            {
                return null;
            }

            return await Checkouts.FindAsync(job, toolchain, _memory, cancellationToken).ConfigureAwait(false) is { } known
                ? Adopt(key, job, known with { Missed = "another checkout had it" }, toolchain) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or WireFormatException)
        {
            Store.Close(e.Message);
            return null;
        }
    }

    /// <summary>Stores a foreign result as this agent's own, and restores it.</summary>
    private KnownHit? Adopt(Digest key, CompileJob job, KnownResult known, Toolchain toolchain)
    {
        CommandRecord own = FindRecord(key) ?? new CommandRecord();
        own = (own with { Command = KnownCommand.Of(job) }).With(known with { Kept = _time.GetUtcNow() });
        Store.Records.Put(key, own);
        return Find(key, job, own, toolchain, out _);
    }
}
