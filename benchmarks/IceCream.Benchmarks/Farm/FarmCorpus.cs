using IceCream.Benchmarks.Corpora;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Farm;

/// <summary>What can be compiled on the farm, by name.</summary>
internal static class FarmCorpus
{
    /// <summary>Files of all the plain C together.</summary>
    public const string PlainC = "plainc";

    public static IEnumerable<string> Names => [.. CMakeProject.Names, .. CProject.Names, PlainC];

    /// <summary>Whether it is plain C, of which there is less, so that all of it is taken.</summary>
    public static bool IsC(string name) => name == PlainC || CProject.Names.Contains(name);

    /// <summary>Fetches it unless that was done before, and chooses what is compiled.</summary>
    /// <exception cref="UnfitException">It cannot be had.</exception>
    public static async Task<Sources> PrepareAsync(FarmOptions options, CancellationToken cancellationToken)
    {
        Sources sources = options.Corpus == PlainC ? await TogetherAsync(options, cancellationToken)
            : IsC(options.Corpus) ? await CProject.Find(options.Corpus).PrepareAsync(options.Cache, cancellationToken)
            : await CMakeProject.Find(options.Corpus).PrepareAsync(options.Cache, cancellationToken);
        return sources with { Commands = [.. sources.Commands.Where((_, number) => number % options.Every == 0).Take(options.Files)] };
    }

    /// <summary>The projects take turns, each with files from all over it.</summary>
    private static async Task<Sources> TogetherAsync(FarmOptions options, CancellationToken cancellationToken)
    {
        var projects = new List<Sources>();
        foreach (string name in CProject.Names)
        {
            projects.Add(await CProject.Find(name).PrepareAsync(options.Cache, cancellationToken));
        }

        // SQLite's two files that are made of many compile for longer than all else together, and would be the wall time of any farm.
        CompileCommand[][] files = [.. projects.Select(static project => project.Commands.Where(static command => command.Words[^1] is not ("sqlite3.c" or "shell.c")).ToArray())];
        long wanted = ((long)options.Files * options.Every + files.Length - 1) / files.Length;
        int each = (int)Math.Min(wanted, files.Min(static project => project.Length));
        return new Sources(
            string.Join(", ", projects.Select(static project => project.Version)),
            [.. Enumerable.Range(0, each).SelectMany(turn => files.Select(project => project[turn * project.Length / each]))],
            [.. projects.SelectMany(static project => project.Headers)]);
    }
}
