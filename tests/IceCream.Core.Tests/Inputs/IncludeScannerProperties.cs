using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using IceCream.Inputs;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Inputs;

/// <summary>Whatever the compiler lists, the scanner lists. <c>ICECREAM_CASES</c> sets how many trees are tried.</summary>
public sealed class IncludeScannerProperties
{
    private static readonly int Cases = Tests.Cases.Or(60);

    // Integers as FsCheck makes them are small, and few: thousands of trees would be some two hundred.
    private static readonly Arbitrary<int> AnySeed = Gen.Choose(0, int.MaxValue - 1).ToArbitrary();

    [Fact]
    public void Whatever_the_compiler_reads_the_scanner_finds()
    {
        int compared = 0, wrong = 0, doubted = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Cases), Prop.ForAll(AnySeed, seed =>
        {
            using var folder = new ScannedFolder();
            new RandomSources(seed).WriteTo(folder);
            CompileJob job = folder.Job(
                seed % 2 == 0 ? "g++" : "clang++", "-Itwo", "-iquote", "quote", "-Ione", "-idirafter", "after", "-DH3=<a.h>", "-c", "src/main.cc");
            ImmutableArray<string>? read = folder.AskAsync(job).GetAwaiter().GetResult();
            ScanResult scan = folder.Scanner.ScanAsync(job).AsTask().GetAwaiter().GetResult();
            if (read is null)
            {
                wrong++;
            }
            else if (scan.Doubt is not null)
            {
                doubted++;
            }
            else
            {
                compared++;
                string[] missed = folder.Missed(read.Value, scan.Files);
                Assert.True(missed.Length == 0, $"seed {seed}: {job.CommandLine[0]} reads {string.Join(' ', missed)}");
            }
        }));

        Assert.True(compared > Cases / 2, $"{compared} of {Cases} compared, {wrong} sources were wrong, {doubted} were doubted");
    }
}
