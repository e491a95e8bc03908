using IceCream.Benchmarks.Identity.Random.Constructs;

namespace IceCream.Benchmarks.Identity.Random;

/// <summary>Makes the cases of a run. Each has a seed of its own, so that one can be made without those before it.</summary>
internal sealed class CaseGenerator(int seed, Machine machine, IReadOnlyList<string> only)
{
    public Case Make(int number)
    {
        Dice dice = Dice.Of(seed, number);
        var draft = new Draft(dice, machine);

        // Mostly one construct, so that a difference has a name; together they meet what none of them thought of.
        int count = dice.Below(10) switch { < 6 => 1, < 9 => 2, _ => 3 };
        Construct[] chosen = [.. Enumerable.Range(0, count).Select(_ => Construct.Pick(dice, only)).Distinct()];
        foreach (Construct construct in chosen)
        {
            construct.Add(draft);
        }

        foreach (string word in Usual.Where(_ => dice.Chance(12)))
        {
            draft.Words(word);
        }

        return draft.Finish(seed, number, [.. chosen.Select(static construct => construct.Kind)]);
    }

    private static readonly string[] Usual = ["-g", "-O1", "-MD", "-MMD", "-Wall", "-fPIC", "-pipe", "-w"];
}
