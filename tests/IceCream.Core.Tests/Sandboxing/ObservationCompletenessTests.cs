using System.Diagnostics;
using System.Text.RegularExpressions;
using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;
using Xunit;
using Xunit.Abstractions;

namespace IceCream.Tests.Sandboxing;

/// <summary>What the record holds of a compile is what strace(1) sees of the same compile.</summary>
public sealed class ObservationCompletenessTests(ObservedFolder folder, ITestOutputHelper output) : IClassFixture<ObservedFolder>
{
    /// <summary>Where the two may differ, and why that cannot change an output. All other differences are faults.</summary>
    private static readonly (string Paths, string Reason)[] Exceptions =
    [
        ("^/dev/(preload\\.so|supervisor|observation)(/|$)", "the sandbox's own, which is not there for strace"),
        ("^{root}/tmp/", "temporary files, whose names are chosen by chance"),
        ("^{root}/([^/]+/)*[^/]+-[0-9a-f]{6,8}(\\.[a-z.]+)?$", "Clang's outputs and locks before they are renamed, whose names are chosen by chance"),
        ("^{root}/out/st[A-Za-z0-9]{6}$", "objcopy's output before it is renamed, whose name is chosen by chance"),
    ];

    [NeedsStrace]
    public async Task The_record_holds_what_strace_sees() => await CompareAsync(ObservedCompiles.Few, 12);

    [NeedsStrace]
    [Trait("Length", "Long")]
    public async Task The_record_holds_what_strace_sees_of_hundreds_of_compiles() => await CompareAsync(ObservedCompiles.Many, 250);

    private async Task CompareAsync(IEnumerable<ObservedCompile> compiles, int least)
    {
        string root = folder.Root;
        ObservedCompiles.WriteProject(root);
        var differences = new List<string>();
        var excused = new SortedDictionary<string, int>(StringComparer.Ordinal);
        int compiled = 0, lookups = 0, failed = 0;
        foreach (ObservedCompile compile in compiles)
        {
            if (!IsThere(compile.Command[0]))
            {
                continue;
            }

            string[] variables = ["PATH=/usr/bin:/bin", $"TMPDIR={root}/tmp", .. compile.Variables];
            ObservedCompiles.Clean(root);
            (StraceLog log, int code) = await TraceAsync(compile, variables);
            ObservedCompiles.Clean(root);
            SandboxOutcome outcome = await folder.RunAsync(compile.Command, change: command => command with { Environment = [.. variables] });

            // A signal that ends the command is passed on by strace, and told as a shell does by the sandbox.
            Assert.True(outcome.ExitCode == code, $"{compile}: {outcome.ExitCode}, with strace {code}\n{ObservedFolder.Text(outcome.StandardError)}");
            Assert.Empty(log.Unknown);
            Assert.Null(outcome.Lookups!.Gap);
            compiled++;
            failed += code == 0 ? 0 : 1;
            lookups += log.Lookups.Count;
            differences.AddRange(Differences(log, outcome.Lookups, excused).Select(difference => $"{compile}: {difference}"));
        }

        output.WriteLine($"{compiled} compiles, {failed} of them failing; {lookups} lookups; {differences.Count} differences; excused: {string.Join("; ", excused.Select(static one => $"{one.Value} {one.Key}"))}");
        Assert.True(differences.Count == 0, $"{differences.Count} differences\n" + string.Join('\n', differences.Take(60)));
        Assert.True(compiled >= least, $"{compiled} compiles");
    }

    private IEnumerable<string> Differences(StraceLog log, CommandLookups seen, SortedDictionary<string, int> excused)
    {
        HashSet<Looked> recorded = [.. seen.Lookups.Where(static lookup => lookup.Kind is not (LookupKind.List or LookupKind.Variable)).Select(static lookup => new Looked(lookup.Path!, lookup.Error is 2 or 20))];
        foreach (Looked missed in log.Lookups.Except(recorded).Where(looked => !Excuse(looked.Path)))
        {
            // The C library reads each name on the way as a link, up to the first that is not there; our object asks the kernel once, for all of them.
            if (log.Links.Contains(missed) && recorded.Any(looked => (looked.IsAbsent || !missed.IsAbsent) && IsOnTheWay(missed.Path, looked)))
            {
                Count("links on the way to a real path");
            }
            else
            {
                yield return $"not recorded: {missed}";
            }
        }

        HashSet<string> interpreters = [.. Paths(LookupKind.Execute).Where(static path => path == "/bin/sh" || Path.GetFileName(path).StartsWith("ld-", StringComparison.Ordinal))];
        HashSet<string> asked = [.. Paths(LookupKind.Status)];
        foreach (Looked more in recorded.Except(log.Lookups).Where(looked => !Excuse(looked.Path)))
        {
            if (interpreters.Contains(more.Path) && !more.IsAbsent)
            {
                Count("interpreters of programs that are executed, which the kernel itself looks for");
            }
            else if (asked.Contains(more.Path) && log.Links.Any(link => link.IsAbsent == more.IsAbsent && IsOnTheWay(link.Path, more)))
            {
                Count("real paths asked for at once");
            }
            else
            {
                yield return $"recorded and not seen by strace: {more}";
            }
        }

        HashSet<string> listed = [.. Paths(LookupKind.List)];
        foreach (string folder in log.Listed.Except(listed).Where(folder => !Excuse(folder)))
        {
            yield return $"its names were read, and that is not recorded: {folder}";
        }

        foreach (string folder in listed.Except(log.Listed).Where(folder => !Excuse(folder)))
        {
            yield return $"its names are said to have been read: {folder}";
        }

        IEnumerable<string> Paths(LookupKind kind) => seen.Lookups.Where(lookup => lookup.Kind == kind).Select(static lookup => lookup.Path!);

        bool Excuse(string path)
        {
            foreach ((string paths, string reason) in Exceptions)
            {
                if (Regex.IsMatch(path, paths.Replace("{root}", Regex.Escape(folder.Root), StringComparison.Ordinal)))
                {
                    Count(reason);
                    return true;
                }
            }

            return false;
        }

        void Count(string reason) => excused[reason] = excused.GetValueOrDefault(reason) + 1;
    }

    /// <summary>Whether a link was read on the way to a path's real place, or to where it ends in nothing.</summary>
    private static bool IsOnTheWay(string link, Looked asked) => Walk(asked.Path).Contains(link);

    private static string Real(string path) => Walk(path)[^1];

    /// <summary>All places on the way along a path, its links followed as the kernel does.</summary>
    private static List<string> Walk(string path)
    {
        var places = new List<string> { "/" };
        var ahead = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        while (ahead.TryPop(out string? name) && places.Count < 1000)
        {
            string reached = places[^1];
            places.Add(name switch { "." => reached, ".." => Path.GetDirectoryName(reached) ?? "/", _ => Path.Combine(reached, name) });
            if (name is not ("." or "..") && new FileInfo(places[^1]).LinkTarget is { } target)
            {
                places.Add(target.StartsWith('/') ? "/" : reached);
                foreach (string part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                {
                    ahead.Push(part);
                }
            }
        }

        return places;
    }

    private bool IsThere(string compiler) =>
        compiler.StartsWith("./", StringComparison.Ordinal) ? File.Exists(Path.Combine(folder.Root, compiler)) : new[] { "/usr/bin/", "/bin/" }.Any(place => File.Exists(place + compiler));

    private async Task<(StraceLog Log, int ExitCode)> TraceAsync(ObservedCompile compile, string[] variables)
    {
        string logs = Directory.CreateTempSubdirectory("icecream-strace-").FullName;
        try
        {
            string prefix = Path.Combine(logs, "log");
            var start = new ProcessStartInfo("strace", ["-ff", "-qq", "-y", "-e", "trace=%file,getdents64", "-e", "signal=none", "-o", prefix, "--", .. compile.Command])
            {
                WorkingDirectory = folder.Root,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                RedirectStandardInput = true,
            };
            start.Environment.Clear();
            foreach (string variable in variables)
            {
                start.Environment[variable[..variable.IndexOf('=', StringComparison.Ordinal)]] = variable[(variable.IndexOf('=', StringComparison.Ordinal) + 1)..];
            }

            using Process strace = Process.Start(start)!;
            strace.StandardInput.Close();
            Task<string> words = strace.StandardOutput.ReadToEndAsync(), errors = strace.StandardError.ReadToEndAsync();
            await strace.WaitForExitAsync();
            await Task.WhenAll(words, errors);
            return (StraceLog.Read(prefix, folder.Root), strace.ExitCode);
        }
        finally
        {
            Directory.Delete(logs, recursive: true);
        }
    }
}
