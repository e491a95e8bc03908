using System.Globalization;
using System.Text;
using IceCream.Benchmarks.Corpora;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Caching;

/// <summary>What one pass over all files took.</summary>
/// <param name="Wall">From its start to its end.</param>
/// <param name="Cpu">Processor time of the shells and of all that they started and waited for.</param>
/// <param name="Each">How long each compile took, its fork and its start included.</param>
internal sealed record PassOutcome(TimeSpan Wall, TimeSpan Cpu, IReadOnlyList<TimeSpan> Each);

/// <summary>The compiles of a corpus as shells run them, some at a time, each shell its share in turn.</summary>
internal sealed class CompilePass(IReadOnlyList<CompileCommand> commands, int jobs, string folder)
{
    /// <summary>Where the objects are written: the same paths for every system.</summary>
    public string Objects => Path.Combine(folder, "objects");

    /// <summary>What the compilers say.</summary>
    private string Complaints => Path.Combine(folder, "complaints");

    /// <summary>Compiles everything.</summary>
    /// <param name="launcher">The words in front of each command.</param>
    /// <param name="environment">What is set for them.</param>
    /// <param name="cancellationToken">Ends the pass.</param>
    /// <exception cref="UnfitException">A compile failed.</exception>
    public Task<PassOutcome> RunAsync(IReadOnlyList<string> launcher, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        RunAsync(commands, launcher, environment, cancellationToken);

    /// <summary>Compiles one file in a way in which it is compiled never again: what a system does once for a compiler is done then.</summary>
    public Task WarmAsync(IReadOnlyList<string> launcher, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        RunAsync([commands[0] with { Words = [.. commands[0].Words.SkipLast(1), "-DWARM", commands[0].Words[^1]] }], launcher, environment, cancellationToken);

    private async Task<PassOutcome> RunAsync(
        IReadOnlyList<CompileCommand> compiles, IReadOnlyList<string> launcher, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (Directory.Exists(Objects))
        {
            Directory.Delete(Objects, recursive: true);
        }

        Directory.CreateDirectory(Objects);
        string script = Path.Combine(folder, "pass.sh");
        File.Delete(Complaints);
        await File.WriteAllTextAsync(script, Script(compiles, launcher), cancellationToken);
        ToolAnswer answer = await Tool.AskAsync(["bash", script], cancellationToken, folder, environment);
        if (answer.ExitCode != 0)
        {
            throw new UnfitException($"A compile failed:\n{(File.Exists(Complaints) ? await File.ReadAllTextAsync(Complaints, cancellationToken) : answer.LastWords)}");
        }

        string[][] lines = [.. answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' '))];
        string[] sum = lines.Single(static line => line[0] == "all");
        return new PassOutcome(
            Seconds(sum[1]), Seconds(sum[2]) + Seconds(sum[3]), [.. lines.Where(static line => line[0] == "one").Select(static line => Seconds(line[2]) - Seconds(line[1]))]);
    }

    private string Script(IReadOnlyList<CompileCommand> compiles, IReadOnlyList<string> launcher)
    {
        var text = new StringBuilder("exec 2>&1\nTIMEFORMAT='all %R %U %S'\ntime {\n");
        for (int job = 0; job < jobs; job++)
        {
            text.Append("(\n:\n");
            for (int i = job; i < compiles.Count; i += jobs)
            {
                string words = string.Join(' ', launcher.Concat(compiles[i].Words).Append("-o").Append(Path.Combine(Objects, $"{i}.o")).Select(Quote));
                text.Append(CultureInfo.InvariantCulture, $"cd {Quote(compiles[i].Folder)}; a=$EPOCHREALTIME; {words} 2>>{Quote(Complaints)} || exit 1; echo one $a $EPOCHREALTIME\n");
            }

            text.Append(CultureInfo.InvariantCulture, $") & p{job}=$!\n");
        }

        for (int job = 0; job < jobs; job++)
        {
            text.Append(CultureInfo.InvariantCulture, $"wait $p{job} || failed=1\n");
        }

        return text.Append("}\nexit ${failed:-0}\n").ToString();
    }

    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(double.Parse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture));
}
