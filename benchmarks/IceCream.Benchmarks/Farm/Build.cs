using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IceCream.Benchmarks.Corpora;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Farm;

/// <summary>What one build has taken.</summary>
/// <param name="Wall">From ninja's start to its end.</param>
/// <param name="ClientCpu">All that ran on the client: ninja, launchers, daemons, compilers.</param>
/// <param name="WorkerCpu">All that ran on the workers.</param>
/// <param name="Objects">The digest of each object; null where there is none.</param>
/// <param name="Complaint">What ninja said last, when a compile failed; else empty.</param>
internal sealed record BuildOutcome(TimeSpan Wall, TimeSpan ClientCpu, TimeSpan WorkerCpu, IReadOnlyList<string?> Objects, string Complaint)
{
    public int Failures => Objects.Count(static digest => digest is null);
}

/// <summary>The compiles of a corpus as ninja runs them on the client. All systems write to the same paths, so that objects can be compared.</summary>
internal sealed class Build(IReadOnlyList<CompileCommand> commands, int jobs, string folder)
{
    /// <summary>What daemons do right after the last answer still belongs to the build.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(300);

    /// <summary>Compiles everything anew.</summary>
    /// <param name="farm">Where.</param>
    /// <param name="launcher">What is put in front of each command.</param>
    /// <param name="environment">The environment of launchers.</param>
    /// <param name="cancellationToken">Ends the build.</param>
    public async Task<BuildOutcome> RunAsync(
        FarmNetwork farm, IReadOnlyList<string> launcher, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "build.ninja"), Describe(launcher), cancellationToken);

        TimeSpan client = farm.Client.Used, workers = Sum(farm);
        long since = Stopwatch.GetTimestamp();
        ToolAnswer ninja = await farm.Client.AskAsync(
            ["ninja", "-k", "0", "-j", jobs.ToString(CultureInfo.InvariantCulture)], cancellationToken, folder, environment);
        TimeSpan wall = Stopwatch.GetElapsedTime(since);
        await Task.Delay(Settling, cancellationToken);
        return new BuildOutcome(
            wall, farm.Client.Used - client, Sum(farm) - workers,
            [.. commands.Select((_, number) => DigestOf(Path.Combine(folder, Object(number))))],
            ninja.ExitCode == 0 ? "" : ninja.LastWords);
    }

    private static TimeSpan Sum(FarmNetwork farm) => farm.Workers.Aggregate(TimeSpan.Zero, static (sum, worker) => sum + worker.Used);

    private static string Object(int number) => $"{number}.o";

    private static string? DigestOf(string path) => File.Exists(path) ? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))) : null;

    private string Describe(IReadOnlyList<string> launcher)
    {
        var text = new StringBuilder("rule compile\n  command = $line\n");
        for (int number = 0; number < commands.Count; number++)
        {
            CompileCommand command = commands[number];
            string line = $"cd {Quote(command.Folder)} && {string.Join(' ', launcher.Concat(command.Words).Append("-o").Append(Path.Combine(folder, Object(number))).Select(Quote))}";
            text.Append(CultureInfo.InvariantCulture, $"build {Object(number)}: compile\n  line = {line.Replace("$", "$$", StringComparison.Ordinal)}\n");
        }

        return text.ToString();
    }

    private static string Quote(string word) =>
        word.All(static c => char.IsAsciiLetterOrDigit(c) || "/._-+=:,@%".Contains(c, StringComparison.Ordinal)) && word.Length > 0
            ? word
            : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
