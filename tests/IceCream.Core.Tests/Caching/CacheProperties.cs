using IceCream.Caching;
using IceCream.Jobs;
using Xunit;
using Xunit.Abstractions;

namespace IceCream.Tests.Caching;

/// <summary>
/// Random edits of files, links, times, flags, variables and the compiler: whatever is known must be what the compiler gives now. <c>ICECREAM_CASES</c> sets how
/// many answers are compared.
/// </summary>
public sealed class CacheProperties(ITestOutputHelper output)
{
    private const int AnswersPerHistory = 50, MostHistories = 60;

    private static readonly string[] Lines =
        ["include h", "include g", "list two", "list sub", "real sub/f", "real link/f", "folder sub", "folder gone", "folder link", "alike p q", "variable SECRET", "text"];

    [Fact]
    public async Task What_is_known_is_what_the_compiler_gives() => await CompareAsync(Cases.Or(1000));

    [Fact]
    [Trait("Length", "Long")]
    public async Task What_is_known_is_what_the_compiler_gives_in_five_thousand_cases() => await CompareAsync(5000);

    /// <summary>No part is there in vain: without it, some answer is wrong.</summary>
    [Theory]
    [InlineData(nameof(KeyPart.Compiler))]
    [InlineData(nameof(KeyPart.WorkingDirectory))]
    [InlineData(nameof(KeyPart.Words))]
    [InlineData(nameof(KeyPart.Environment))]
    [InlineData(nameof(KeyPart.Umask))]
    [InlineData(nameof(KeyPart.Terminal))]
    [InlineData(nameof(KeyPart.Outputs))]
    [InlineData(nameof(KeyPart.Toolchain))]
    [InlineData(nameof(KeyPart.Files))]
    [InlineData(nameof(KeyPart.Links))]
    [InlineData(nameof(KeyPart.Folders))]
    [InlineData(nameof(KeyPart.Twins))]
    [InlineData(nameof(KeyPart.Lookups))]
    [InlineData(nameof(KeyPart.Variables))]
    public async Task Without_one_part_of_the_key_an_answer_is_wrong(string part)
    {
        for (int seed = 1; seed <= MostHistories; seed++)
        {
            if ((await TryAsync(seed, KeyPart.All & ~Enum.Parse<KeyPart>(part))).Wrong is { } wrong)
            {
                output.WriteLine($"seed {seed}: {wrong}");
                return;
            }
        }

        Assert.Fail($"Without {part} no answer was wrong.");
    }

    private async Task CompareAsync(int answers)
    {
        int known = 0, all = 0;
        for (int seed = 1; all < answers; seed++, all += AnswersPerHistory)
        {
            (string? wrong, int hits) = await TryAsync(seed, KeyPart.All);
            Assert.True(wrong is null, $"seed {seed}: {wrong}");
            known += hits;
        }

        output.WriteLine($"{known} of {all} answers were known");
        Assert.True(known > all / 10, $"Only {known} of {all} answers were known.");
    }

    /// <summary>One history.</summary>
    /// <returns>The first answer that is wrong, and how many were known.</returns>
    private static async Task<(string? Wrong, int Known)> TryAsync(int seed, KeyPart parts)
    {
        var random = new Random(seed);
        using var folder = new CacheFolder(parts);
        Prepare(folder, random);
        CompileJob job = folder.Job;
        int known = 0;
        string done = "";
        for (int i = 0; i < AnswersPerHistory; i++)
        {
            job = Change(folder, job, random, ref done);
            string expected = CacheFolder.Describe(folder.Compiler.Compile(job));
            CompileResult result = await folder.RunAsync(job);
            known += result.Place == JobPlace.Cached ? 1 : 0;
            if (CacheFolder.Describe(result) is var said && said != expected)
            {
                return ($"after {done} it is\n{said}\nand should be\n{expected}", known);
            }
        }

        return (null, known);
    }

    private static void Prepare(CacheFolder folder, Random random)
    {
        foreach (string name in (string[])["sub", "alt", "store"])
        {
            Directory.CreateDirectory(folder["work/" + name]);
        }

        folder.Write("work/sub/f", "f of sub");
        folder.Write("work/alt/f", "f of alt");
        folder.Write("work/two/g", "g");
        folder.Write("work/p", "twin");
        folder.Write("work/q", "twin");
        Age(folder, "work/p", 0);
        Age(folder, "work/q", 0);
        File.CreateSymbolicLink(folder["work/link"], "sub");
        CopyTo(folder);
        folder.Write("work/a.c", Source(random));
        CopyTo(folder);
    }

    /// <summary>The other working directory has the same files: two checkouts of one commit.</summary>
    private static void CopyTo(CacheFolder folder)
    {
        foreach (string name in (string[])["one", "two", "sub", "alt"])
        {
            Directory.CreateDirectory(folder["other/" + name]);
        }

        foreach (string name in (string[])["a.c", "two/h", "two/g", "sub/f", "alt/f", "p", "q"])
        {
            File.Copy(folder["work/" + name], folder["other/" + name], overwrite: true);
        }
    }

    private static string Source(Random random) => string.Join('\n', Enumerable.Range(0, random.Next(1, 5)).Select(_ => Lines[random.Next(Lines.Length)])) + "\n";

    private static void Age(CacheFolder folder, string name, int seconds) => File.SetLastWriteTimeUtc(folder[name], DateTimeOffset.FromUnixTimeSeconds(1_700_000_000 + seconds).UtcDateTime);

    private static CompileJob Change(CacheFolder folder, CompileJob job, Random random, ref string done)
    {
        int edit = random.Next(28);
        done += $"{edit} ";
        switch (edit)
        {
            case 0 or 1:
                folder.Write("work/a.c", Source(random));
                break;
            case 2:
                folder.Write("work/two/h", random.Next(2) == 0 ? "first" : "second");
                break;
            case 3:
                Toggle(folder["work/one/h"], "nearer");
                break;
            case 4:
                Toggle(folder[$"work/two/{random.Next(3)}"], "");
                break;
            case 5 or 6:
                File.Delete(folder["work/link"]);
                File.CreateSymbolicLink(folder["work/link"], random.Next(2) == 0 ? "sub" : "alt");
                break;
            case 7:
                Age(folder, "work/p", random.Next(2));
                break;
            case 8:
                Swap(folder);
                break;
            case 9:
                ToggleFolder(folder["work/gone"]);
                break;
            case 10:
                folder.Compiler.Own = $"version {random.Next(2)}";
                break;
            case 11:
                return job with { Compiler = $"/fake/cc{random.Next(2)}" };
            case 12:
                return job with { WorkingDirectory = folder[random.Next(2) == 0 ? "work" : "other"] };
            case 13:
                return job with { CommandLine = [.. folder.Job.CommandLine.Add($"-D{random.Next(2)}").OrderBy(word => word == "a.c")] };
            case 14:
                return job with { Environment = ["PATH=/bin", $"CPATH={(random.Next(2) == 0 ? "sub" : "two")}"] };
            case 15:
                return job with { Umask = random.Next(2) == 0 ? 0b010_010 : 0b111_111 };
            case 16:
                return job with { IsTerminal = random.Next(2) == 0 };
            case 17:
                return job with { Outputs = [new JobOutput(folder[$"out/{random.Next(2)}.o"], Exists: false)] };
            case 18:
                return job with { WithheldVariables = random.Next(2) == 0 ? [] : ["SECRET=1"] };
        }

        return job;
    }

    private static void Toggle(string path, string text)
    {
        if (File.Exists(path))
        {
            File.Delete(path);
        }
        else
        {
            File.WriteAllText(path, text);
        }
    }

    private static void ToggleFolder(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path);
        }
        else
        {
            Directory.CreateDirectory(path);
        }
    }

    /// <summary>A folder becomes a link to one with the same files, or a folder again.</summary>
    private static void Swap(CacheFolder folder)
    {
        string sub = folder["work/sub"], store = folder["work/store/sub"];
        if (new DirectoryInfo(sub).LinkTarget is null)
        {
            Directory.Move(sub, store);
            File.CreateSymbolicLink(sub, "store/sub");
        }
        else
        {
            File.Delete(sub);
            Directory.Move(store, sub);
        }
    }
}
