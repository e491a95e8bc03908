using System.Collections.Concurrent;
using System.Collections.Immutable;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Toolchains.Wrappers;

/// <summary>What a wrapper was found to ask for.</summary>
/// <param name="Words">Variables, or words that may be their names.</param>
/// <param name="Composes">Whether it puts names together, so that the words are parts of names too.</param>
internal sealed record LearntWords(ImmutableHashSet<string> Words, bool Composes)
{
    /// <summary>Both.</summary>
    public LearntWords Union(LearntWords other) => new(Words.Union(other.Words), Composes || other.Composes);
}

/// <summary>
/// The variables that wrappers of compilers obey. A compiler obeys those of a table; a wrapper may obey any, so those that its text names go along
/// with its jobs, and so does what it was seen to ask for. Thread-safe.
/// </summary>
internal sealed class WrapperVariables
{
    /// <summary>Set by a shell for whatever it starts, and another one each time.</summary>
    private const string LastCommand = "_";

    private readonly ConcurrentDictionary<string, LearntWords> _learnt = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, WrapperWords> _words = new(StringComparer.Ordinal);

    /// <summary>A job with the variables that its compiler obeys, where that is a wrapper; the job itself where it is none.</summary>
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

    /// <summary>Remembers that a program is a wrapper, and what it was found to ask for.</summary>
    /// <param name="program">The wrapper, absolute.</param>
    /// <param name="found">What it asks for.</param>
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
            // The description of the compiler says why.
            return null;
        }
    }
}
