using IceCream.Jobs;
using IceCream.Toolchains;
using IceCream.Wire;

namespace IceCream.Caching;

/// <content>What others have compiled: other agents, and the same agent in another checkout.</content>
internal sealed partial class CompileCache
{
    /// <summary>The same of what others know: what is missing for it is brought here first.</summary>
    public async ValueTask<KnownHit?> FindSharedAsync(Digest key, CompileJob job, Func<ValueTask<Toolchain?>> describe, CancellationToken cancellationToken)
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

    /// <summary>The same of what is known of another checkout of the same files.</summary>
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

    /// <summary>Makes a result this agent's own, and takes it.</summary>
    private KnownHit? Adopt(Digest key, CompileJob job, KnownResult known, Toolchain toolchain)
    {
        CommandRecord own = FindRecord(key) ?? new CommandRecord();
        own = (own with { Command = KnownCommand.Of(job) }).With(known with { Kept = _time.GetUtcNow() });
        Store.Records.Put(key, own);
        return Find(key, job, own, toolchain, out _);
    }
}
