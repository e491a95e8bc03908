using System.Diagnostics;

namespace IceCream.Benchmarks.Identity.Random;

/// <summary>Takes pieces out of a case for as long as it still differs: steps, edits, lines, jobs, words, variables.</summary>
/// <param name="differs">Whether a case still differs.</param>
/// <param name="limit">How many cases are tried at most.</param>
/// <param name="patience">After which no other case is tried: one that hangs takes its time.</param>
internal sealed class Shrinking(Func<Case, Task<bool>> differs, int limit, TimeSpan patience)
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private int _left = limit;

    /// <summary>The smallest case that was found.</summary>
    public async Task<Case> ShrinkAsync(Case @case)
    {
        for (Case? smaller = @case; smaller is not null && _left > 0 && Stopwatch.GetElapsedTime(_began) < patience;)
        {
            @case = smaller;
            smaller = null;
            foreach (Func<Case, Case> cut in Cuts(@case))
            {
                Case tried = cut(smaller ?? @case);
                if (_left-- <= 0 || Stopwatch.GetElapsedTime(_began) > patience)
                {
                    break;
                }

                if (!ReferenceEquals(tried, smaller ?? @case) && await differs(tried))
                {
                    smaller = tried;
                }
            }
        }

        return @case;
    }

    /// <summary>Each cut takes one piece out, wherever it is by then, and leaves a case as it is that no longer has it.</summary>
    private static IEnumerable<Func<Case, Case>> Cuts(Case @case)
    {
        foreach (Step step in @case.Steps.Skip(1).Reverse())
        {
            yield return from => from.Steps.Count > 1 ? Without(from, step.Edits) : from;
        }

        foreach (int place in Enumerable.Range(1, Math.Max(0, @case.Steps.Max(static step => step.Jobs.Count) - 1)).Reverse())
        {
            yield return from => ChangeSteps(from, step => step.Jobs.Count > place ? step with { Jobs = [.. step.Jobs.Take(place)] } : step);
        }

        foreach (IReadOnlyList<string> group in @case.Steps.SelectMany(static step => step.Jobs).SelectMany(static job => job.Words).DistinctBy(static group => string.Join('\0', group)))
        {
            yield return from => ChangeJobs(from, job => job with { Words = [.. job.Words.Where(other => !other.SequenceEqual(group))] });
        }

        foreach (string variable in @case.Steps.SelectMany(static step => step.Jobs).SelectMany(static job => job.Variables).Distinct())
        {
            yield return from => ChangeJobs(from, job => job with { Variables = [.. job.Variables.Where(other => other != variable)] });
        }

        yield return static from => ChangeJobs(from, static job => job with { Before = [] });
        yield return static from => ChangeJobs(from, static job => job with { Prefix = [] });
        foreach (Edit edit in @case.Steps.SelectMany(static step => step.Edits))
        {
            yield return from => ChangeSteps(from, step => step.Edits.Contains(edit) ? step with { Edits = [.. step.Edits.Where(other => other != edit)] } : step);
        }

        foreach (Edit edit in @case.Steps.SelectMany(static step => step.Edits).Where(static edit => edit.Lines is { Count: > 1 }))
        {
            for (int size = edit.Lines!.Count / 2; size > 0; size /= 2)
            {
                for (int start = edit.Lines.Count - size; start >= 0; start -= size)
                {
                    (int from, int count) = (start, size);
                    yield return whole => ChangeSteps(whole, step => Reduce(step, edit.Path, [.. edit.Lines.Skip(from).Take(count)]));
                }
            }
        }
    }

    /// <summary>Takes the lines out of a file where they stand together.</summary>
    private static Step Reduce(Step step, string path, string[] lines)
    {
        Edit? edit = step.Edits.FirstOrDefault(edit => edit.Lines is not null && edit.Path == path);
        for (int start = 0; edit is not null && start + lines.Length <= edit.Lines!.Count; start++)
        {
            if (edit.Lines.Skip(start).Take(lines.Length).SequenceEqual(lines))
            {
                Edit shorter = edit with { Lines = [.. edit.Lines.Take(start), .. edit.Lines.Skip(start + lines.Length)] };
                return step with { Edits = [.. step.Edits.Select(other => ReferenceEquals(other, edit) ? shorter : other)] };
            }
        }

        return step;
    }

    private static Case Without(Case @case, IReadOnlyList<Edit> edits) =>
        @case.Steps.Skip(1).Any(step => step.Edits.SequenceEqual(edits))
            ? @case with { Steps = [.. @case.Steps.Where((step, place) => place == 0 || !step.Edits.SequenceEqual(edits))] }
            : @case;

    private static Case ChangeJobs(Case @case, Func<Job, Job> change) => ChangeSteps(@case, step => step with { Jobs = [.. step.Jobs.Select(change)] });

    private static Case ChangeSteps(Case @case, Func<Step, Step> change) => CaseScript.Render(@case) is var before
        && @case with { Steps = [.. @case.Steps.Select(change)] } is var after && CaseScript.Render(after) != before ? after : @case;
}
