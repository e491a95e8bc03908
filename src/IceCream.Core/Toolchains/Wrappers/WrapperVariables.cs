using System.Collections.Concurrent;
using System.Collections.Immutable;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Toolchains.Wrappers;

/// <summary>The variables that a wrapper was found to query.</summary>
/// <param name="Words">Variables, or words that may be their names.</param>
/// <param name="Composes">Whether it composes names, so that the words may also be parts of names.</param>
internal sealed record LearntWords(ImmutableHashSet<string> Words, bool Composes)
{
    /// <summary>The union of both.</summary>
    public LearntWords Union(LearntWords other) => new(Words.Union(other.Words), Composes || other.Composes);
}

/// <summary>
/// The variables that compiler wrappers use. A compiler uses only known variables. A wrapper may use any, so a job carries those that the wrapper's
/// text names and those that it was observed to query. Thread-safe.
/// </summary>
internal sealed class WrapperVariables
{
    /// <summary>A variable that a shell sets for every program that it starts, to a different value each time.</summary>
    private const string LastCommand = "_";

    private readonly ConcurrentDictionary<string, LearntWords> _learnt = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, WrapperWords> _words = new(StringComparer.Ordinal);

    /// <summary>Adds to a job the variables that its compiler uses, where that is a wrapper; other jobs are returned unchanged.</summary>
    public CompileJob Complete(CompileJob job)
    {
        if (WordsOf(job.Compiler) is not { IsWrapper: true } words)
        {
            return job;
        }

        var passed = new SortedSet<string>(StringComparer.Ordinal);
        var withheld = ImmutableArray.CreateBuilder<string>();
        foreach (string entry in job.WithheldVariables)
        {
            int cut = entry.IndexOf('=', StringComparison.Ordinal);
            string name = cut < 0 ? entry : entry[..cut];
            if (name == LastCommand || !words.Name(name))
            {
                withheld.Add(entry);
            }
            else if (cut < 0)
            {
                return job with { LocalOnly = job.LocalOnly ?? new LocalOnlyReason(LocalOnlyKind.Toolchain, $"{job.Compiler} may ask for the variable {name}, whose value is no UTF-8") };
            }
            else
            {
                passed.Add(entry);
            }
        }

        return job with { IsWrapped = true, Environment = [.. job.Environment, .. passed], WithheldVariables = withheld.ToImmutable() };
    }

    /// <summary>Stores that a program is a wrapper, and the variables that it was found to query.</summary>
    /// <param name="program">The wrapper, absolute.</param>
    /// <param name="found">The variables.</param>
    public void Learn(string program, LearntWords found) => _learnt.AddOrUpdate(program, found, (_, before) => before.Union(found));

    private WrapperWords? WordsOf(string program)
    {
        if (Linux.Stat(program, followLinks: true, out FileStatus status) != 0)
        {
            return null;
        }

        var identity = new FileIdentity(status);
        LearntWords? learnt = _learnt.GetValueOrDefault(program);
        if (_words.TryGetValue(program, out WrapperWords? known) && known.Identity == identity && known.Learnt == learnt)
        {
            return known;
        }

        try
        {
            return _words[program] = WrapperWords.Read(program, identity, learnt);
        }
        catch (IOException)
        {
            // The description of the compiler will report the reason.
            return null;
        }
    }
}
