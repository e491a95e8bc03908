using System.Collections.Concurrent;
using IceCream.Caching.Sharing;
using IceCream.FileSystem;
using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Toolchains;
using IceCream.Wire;

namespace IceCream.Caching;

/// <summary>
/// Finds and keeps the results of an agent's compiles. A result that is in doubt is neither given back nor kept, and the reason is counted. Nothing here fails a
/// build: when the disk refuses something, that is a reason too. Thread-safe.
/// </summary>
internal sealed partial class CompileCache
{
    /// <summary>Files and names of the sets that are kept in memory.</summary>
    private const long MostWeight = 1_000_000;

    private readonly InputMemory _memory;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<(Digest Toolchain, Digest Tree, Digest Lookups), InputSet> _sets = new();
    private long _weight;

    /// <param name="options">How it behaves.</param>
    /// <param name="store">Where it lies.</param>
    /// <param name="memory">What files say and folders hold.</param>
    /// <param name="counters">Told of every outcome.</param>
    /// <param name="time">Dates what is kept.</param>
    public CompileCache(CacheOptions options, ResultStore store, InputMemory memory, CacheCounters counters, TimeProvider time)
    {
        options.Validate();
        (Options, Store, _memory, Counters, _time) = (options, store, memory, counters, time);
    }

    public CacheOptions Options { get; }

    public ResultStore Store { get; }

    public CacheCounters Counters { get; }

    /// <summary>The results of others; null when there are none.</summary>
    public SharedCache? Shared { get; init; }

    /// <summary>What checkouts have in common; null where nothing is shared between folders.</summary>
    public CheckoutResults? Checkouts { get; init; }

    /// <summary>What goes into a key: all of it, but for tests.</summary>
    public KeyPart Parts { get; init; } = KeyPart.All;

    /// <summary>All that is known of a command; null when nothing is, or the store cannot be read.</summary>
    public CommandRecord? FindRecord(Digest key)
    {
        int damaged = Store.Records.Damaged;
        try
        {
            return Store.Records.Find(key);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Counters.Count($"miss: the store cannot be read: {e.Message}");
            return null;
        }
        finally
        {
            if (Store.Records.Damaged != damaged)
            {
                Counters.Count("dropped: a record was damaged");
            }
        }
    }

    /// <summary>Whether lists of what a compile looked for are at hand: else a worker is to send them.</summary>
    public bool Knows(Digest lookups)
    {
        try
        {
            return Store.Contains(lookups);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Why it cannot be used is counted when the result is to be kept.
            return false;
        }
    }

    /// <summary>What a job came to before, when all is as it was then.</summary>
    /// <param name="key">Its command's key.</param>
    /// <param name="job">The job.</param>
    /// <param name="record">What is known of the command.</param>
    /// <param name="toolchain">Its compiler, looked at for this job.</param>
    /// <param name="missed">Why there is none; null when there is.</param>
    public KnownHit? Find(Digest key, CompileJob job, CommandRecord record, Toolchain toolchain, out string? missed)
    {
        missed = "nothing is known of it any more";
        InputVisit visit = _memory.Begin();
        foreach (KnownResult known in record.Results)
        {
            try
            {
                string? difference = Parts.HasFlag(KeyPart.Toolchain) && known.Toolchain != toolchain.Digest ? "the compiler is another"
                    : Load(known, toolchain.Tree) is not { } set ? "what it read is not in the store any more"
                    : set.FirstDifference(job, visit, Parts);
                if (difference is null && Restore(job, record, known, out difference) is { } result)
                {
                    missed = null;
                    return new KnownHit(key, known, result);
                }

                // Of several, the latest is the nearest.
                missed = known == record.Results[0] ? difference! : missed;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Store.Close(e.Message);
                missed = $"the store cannot be read: {e.Message}";
                return null;
            }
        }

        return null;
    }

    /// <summary>Keeps a result, when it is beyond doubt.</summary>
    /// <param name="key">The command's key.</param>
    /// <param name="job">The job, as it was asked for.</param>
    /// <param name="result">What the farm says.</param>
    /// <param name="missed">Why it had not been known.</param>
    /// <returns>Completes when others are told of it, or will not be; null when it was not kept.</returns>
    public Task? Keep(Digest key, CompileJob job, CompileResult result, string missed)
    {
        if (ReasonNotToKeep(job, result) is { } reason)
        {
            Counters.Count($"not kept: {reason}");
            return null;
        }

        try
        {
            ObservedInputs observed = result.Observed!;
            LookupLists? lists = result.Lookups!.Lists;
            Digest? lookups = lists is null ? observed.Lookups : LookupsCodec.DigestOf(lists);
            if (lookups is not { } known || (lists is null && !Store.Contains(known)))
            {
                Counters.Count("not kept: what it looked for is not remembered");
                return null;
            }

            if (lists is not null)
            {
                if (InputDiscovery.ObjectionToVariables(job, lists.Variables) is { } unknown)
                {
                    Counters.Count($"not kept: {unknown}");
                    return null;
                }

                Store.Put(LookupsCodec.Encode(lists).WrittenSpan);
            }

            var kept = new KnownResult
            {
                Toolchain = observed.Toolchain,
                Tree = Store.Put(FileTreeCodec.Encode(InputSet.Lasting(observed.Tree, observed.Tools))),
                Lookups = known,
                StandardOutput = Store.Put(result.StandardOutput.Span),
                StandardError = Store.Put(result.StandardError.Span),
                Outputs = [.. result.Outputs.Select(output => Keep(job, output)).OrderBy(static output => output.Index)],
                Cost = KnownResult.CostOf(result),
                Worker = result.Worker,
                Kept = _time.GetUtcNow(),
                Missed = missed,
            };
            CommandRecord record = FindRecord(key) ?? new CommandRecord();
            Store.Records.Put(key, (record with { Command = KnownCommand.Of(job) }).With(kept));
            Counters.Count(CacheCounters.Kept);
            Task? told = result.IsShared ? null : Shared?.Tell(key, kept);
            if (Checkouts?.Keep(job, kept) is { } objection)
            {
                Counters.Count($"not for other checkouts: {objection}");
            }

            return told ?? Task.CompletedTask;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Store.Close(e.Message);
            Counters.Count($"not kept: the store cannot be written: {e.Message}");
            return null;
        }
    }

    /// <summary>Forgets a result.</summary>
    public void Drop(Digest key, KnownResult known)
    {
        try
        {
            if (Store.Records.Find(key) is { } record)
            {
                Store.Records.Put(key, record with { Results = [.. record.Results.Where(other => !other.HasInputsOf(known))] });
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Store.Records.Remove(key);
        }
    }

    /// <summary>Why a result is not kept; null when it may be.</summary>
    private string? ReasonNotToKeep(CompileJob job, CompileResult result) =>
        result.Place != JobPlace.Remote ? "it was not compiled on a worker"
        : ResultDoubts.Of(job, result) is { } doubt ? doubt
        : result.Observed is not { } observed ? "nobody saw what it looked for"
        : ResultDoubts.HidesClock(job) && TimeMacros.AreNamed(job.CommandLine, observed.Tree.Files) ? "it reads the clock"
        : result.Outputs.Any(output => output.Content.Length > Store.LongestBlob) ? "an output is too large for the store"
        : null;

    private KnownOutput Keep(CompileJob job, OutputFile output)
    {
        int index = job.Outputs.ToList().FindIndex(announced => announced.Path == output.Path);
        bool isOld = output.IsRewritten && Linux.Stat(output.Path, followLinks: false, out FileStatus status) == 0;
        int mode = isOld && Linux.Stat(output.Path, followLinks: false, out status) == 0 ? status.Permissions : output.Mode & 0x1FF & ~job.Umask;
        return new KnownOutput(index, mode, !isOld, Store.Put(output.Content), output.Content.Length);
    }
}

/// <summary>A result that is known.</summary>
/// <param name="Key">Its command's key.</param>
/// <param name="Known">Where it stands there.</param>
/// <param name="Result">The result. Whoever has it disposes its outputs.</param>
internal sealed record KnownHit(Digest Key, KnownResult Known, CompileResult Result);
