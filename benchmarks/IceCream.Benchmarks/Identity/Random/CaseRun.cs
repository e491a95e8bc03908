using System.Text;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Identity.Random;

/// <summary>What became of a case.</summary>
/// <param name="Differs">Names of what differs, with the words of the first lines; empty when nothing does.</param>
/// <param name="Fickle">How many times what differed did so from one plain compile to the next as well.</param>
/// <param name="Remote">How many compiles were done by workers.</param>
/// <param name="Reasons">Why the others were not.</param>
/// <param name="Trouble">What the script itself said, when it did not work.</param>
internal sealed record CaseRun(string Differs, int Fickle, int Remote, IReadOnlyList<string> Reasons, string Trouble)
{
    private const int Different = 1;

    public bool IsDifferent => Differs.Length > 0;

    /// <summary>What weighs most of what differs: an exit code, a file, words.</summary>
    public string Weight => Differs.Contains(".code differ", StringComparison.Ordinal) ? "exit code" : Differs.Contains("/tree", StringComparison.Ordinal) ? "file" : "words";

    /// <summary>Whether a command had to be ended.</summary>
    public bool Hung => Differs.Contains("> 124", StringComparison.Ordinal) || Differs.Contains("> 137", StringComparison.Ordinal);

    /// <summary>Runs a case on a farm that is there.</summary>
    /// <param name="case">What runs.</param>
    /// <param name="folder">Is replaced, and goes afterwards.</param>
    /// <param name="farm">Where.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<CaseRun> RunAsync(Case @case, string folder, PairFarm farm, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        try
        {
            string script = Path.Combine(folder, "script");
            await File.WriteAllTextAsync(script, CaseScript.Render(@case), Encoding.Latin1, cancellationToken);
            return Read(await farm.UseAsync(environment => Tool.AskAsync(
                ["bash", script, farm.Programs], cancellationToken, folder,
                new Dictionary<string, string>(environment) { [CaseScript.Folder] = folder, ["PAIR_PATH"] = Environment.GetEnvironmentVariable("PATH")! })));
        }
        finally
        {
            await Tool.AskAsync(["rm", "-rf", folder], CancellationToken.None);
        }
    }

    private static CaseRun Read(ToolAnswer answer)
    {
        string[] lines = answer.Output.Split('\n');
        string[][] places = [.. lines.Where(static line => line.StartsWith("ran ", StringComparison.Ordinal)).Select(static line => line.Split(' ', 5))];
        string differs = string.Join('\n', lines.SkipWhile(static line => !line.StartsWith("differs ", StringComparison.Ordinal))).TrimEnd();
        return new CaseRun(
            answer.ExitCode == Different ? differs : "", lines.Count(static line => line.StartsWith("fickle ", StringComparison.Ordinal)),
            places.Count(static place => place[^1] == "remote"), [.. places.Select(static place => place[^1]).Where(static place => place != "remote")],
            answer.ExitCode is 0 or Different && (answer.ExitCode == 0 || differs.Length > 0) ? "" : $"exit code {answer.ExitCode}: {answer.LastWords}");
    }
}
