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
/// Looks up and stores the results of an agent's compiles. A result in doubt is neither used nor stored, and the reason is counted. A failure here
/// never fails a build: a disk error counts as a reason too. Thread-safe.
/// </summary>
internal sealed partial class CompileCache
{
    /// <summary>The most files and names of the input sets that are cached in memory.</summary>
    private const long MostWeight = 1_000_000;

    private readonly InputMemory _memory;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<(Digest Toolchain, Digest Tree, Digest Lookups), InputSet> _sets = new();
    private long _weight;

    /// <param name="options">The options.</param>
    /// <param name="store">The store of results.</param>
    /// <param name="memory">The state of files and folders.</param>
    /// <param name="counters">Receives every outcome.</param>
    /// <param name="time">Timestamps stored results.</param>
    public CompileCache(CacheOptions options, ResultStore store, InputMemory memory, CacheCounters counters, TimeProvider time)
    {
        options.Validate();
        (Options, Store, _memory, Counters, _time) = (options, store, memory, counters, time);
    }

    public CacheOptions Options { get; }

    public ResultStore Store { get; }

    public CacheCounters Counters { get; }

    /// <summary>The results of other agents; null when there is no shared store.</summary>
    public SharedCache? Shared { get; init; }

    /// <summary>The results of other checkouts; null where checkouts share nothing.</summary>
    public CheckoutResults? Checkouts { get; init; }

    /// <summary>The parts of a key: all of them, except in tests.</summary>
    public KeyPart Parts { get; init; } = KeyPart.All;

    /// <summary>The record of a command; null when there is none, or the store cannot be read.</summary>
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

    /// <summary>Whether lookup lists are stored: if not, a worker must send them.</summary>
    public bool Knows(Digest lookups)
    {
        try
        {
            return Store.Contains(lookups);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The reason is counted when the result is to be stored.
            return false;
        }
    }

    /// <summary>Finds a stored result whose inputs are the same now.</summary>
    /// <param name="key">The command's key.</param>
    /// <param name="job">The job.</param>
    /// <param name="record">The command's record.</param>
    /// <param name="toolchain">Its toolchain, as checked for this job.</param>
    /// <param name="missed">Why there is no result; null when there is one.</param>
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

                // Of several differences, that to the latest result is reported.
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

    /// <summary>Stores a result, when it is beyond doubt.</summary>
    /// <param name="key">The command's key.</param>
    /// <param name="job">The job, as it was submitted.</param>
    /// <param name="result">The farm's result.</param>
    /// <param name="missed">The cause of the cache miss.</param>
    /// <returns>Completes when the result has been published to other agents, or will not be; null when it was not stored.</returns>
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
                if (InputDiscovery.ReasonToStayByVariables(job, lists.Variables) is { } unknown)
                {
                    Counters.Count($"not kept: {unknown.Detail}");
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
            if (Checkouts?.Keep(job, kept) is { } doubt)
            {
                Counters.Count($"not for other checkouts: {doubt}");
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

    /// <summary>Removes a result from the command's record.</summary>
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

    /// <summary>Why a result is not stored; null when it may be.</summary>
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

/// <summary>A cache hit.</summary>
/// <param name="Key">Its command's key.</param>
/// <param name="Known">The entry in its record.</param>
/// <param name="Result">The result. Its holder must dispose the outputs.</param>
internal sealed record KnownHit(Digest Key, KnownResult Known, CompileResult Result);
