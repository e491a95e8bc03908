using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using IceCream.Caching;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>
/// One farm for many rows: each is compiled at home by its own command, then by the farm, and again as a known result, in the same folder. The farm
/// compiles known results once more, each in the long run and every fourth in the short one, and none may be wrong: all of them are held against home besides.
/// </summary>
public sealed class ExactnessFarm : IAsyncLifetime
{
    private const int MostTries = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string SearchPath = Environment.GetEnvironmentVariable("PATH")!;
    private static readonly int Umask = Convert.ToInt32(
        File.ReadLines("/proc/self/status").First(static line => line.StartsWith("Umask:", StringComparison.Ordinal))[6..].Trim(), 8);

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
    private EmbeddedFarm? _farm;
    private int _rows;

    public async Task InitializeAsync() =>
        _farm = await EmbeddedFarm.StartAsync(new EmbeddedFarmOptions
        {
            StateDirectory = Path.Combine(_folder, "state"),
            Cache = new CacheOptions { VerifyEvery = Cases.AreMany ? 1 : 4 },
        });

    public async Task DisposeAsync()
    {
        await _farm!.DisposeAsync();

        // Names that are no UTF-8 are beyond the framework.
        using Process removal = Process.Start("rm", ["-rf", _folder]);
        await removal.WaitForExitAsync();
    }

    /// <summary>Compiles a row here and there, and compares all that came of it.</summary>
    public async Task CheckAsync(ExactnessRow row, string compiler)
    {
        string top = Path.Combine(_folder, $"row{_rows++}");
        Prepare(row, compiler, top);
        string folder = Path.Combine(top, row.Folder).TrimEnd('/');
        ImmutableArray<string> command = row.CommandFor(compiler, top);
        ImmutableArray<string> told = [.. row.Environment.Select(variable => variable.Replace("TOP", top, StringComparison.Ordinal))];
        bool tellsFolder = told.Any(static variable => variable.StartsWith("PWD=", StringComparison.Ordinal));
        ImmutableArray<string> environment = ["PATH=" + SearchPath, .. tellsFolder ? Array.Empty<string>() : ["PWD=" + folder], .. told];
        ImmutableArray<string> all = [.. environment, .. row.OtherVariables];
        Dictionary<string, Thing> sources = Look(top);

        for (int left = MostTries; ; left--)
        {
            Traces home = Traced(top, sources, AtHome(command, folder, all));
            var visits = new List<(CompileResult Result, Traces Traces)>();
            for (int visit = 0; visit < 2; visit++)
            {
                CompileResult result = await CompileAsync(command, folder, environment, row.OtherVariables);
                visits.Add((result, Traced(top, sources, new Said(result.ExitCode, Text(result.StandardOutput), Text(result.StandardError)))));
            }

            // Where the clock goes in, only runs within one hour can be alike.
            if (row.ReadsClock && left > 0 && Difference(row, home, Traced(top, sources, AtHome(command, folder, all))) is not null)
            {
                continue;
            }

            Assert.Equal(0, _farm!.Describe().Cache.Where(static count => count.Name == CacheCounters.Wrong).Sum(static count => count.Count));
            foreach ((int visit, (CompileResult result, Traces traces)) in visits.Index())
            {
                string? difference = Difference(row, home, traces);
                Assert.True(difference is null, $"Visit {visit}, {result.Place} ({result.LocalOnly}): {difference}");
                bool isKnown = visit > 0 && !row.IsNeverKnown && result.ExitCode == 0;
                bool isAsExpected = result.Place == (row.Stays is not null ? JobPlace.Local : isKnown ? JobPlace.Cached : JobPlace.Remote)
                    && result.LocalOnly?.Kind == row.Stays
                    && (result.LocalOnly?.Detail ?? "").Contains(ExactnessRow.Named(row.Because, compiler), StringComparison.Ordinal);
                Assert.True(isAsExpected, $"It went {result.Place} ({result.LocalOnly}), and not {row.Stays?.ToString() ?? "away"} ({row.Because}).");
            }

            return;
        }
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);

    private static void Prepare(ExactnessRow row, string compiler, string top)
    {
        Directory.CreateDirectory(Path.Combine(top, row.Folder));
        foreach ((string name, byte[] content) in row.Files)
        {
            string path = Path.Combine(top, ExactnessRow.Named(name, compiler));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, Encoding.Latin1.GetBytes(ExactnessRow.Named(Encoding.Latin1.GetString(content), compiler)));
        }

        if (row.Script.Length != 0)
        {
            string script = ExactnessRow.Named(row.Script, compiler);
            Said said = AtHome(["sh", "-ec", script], top, ["PATH=" + SearchPath, "PWD=" + top, "CC=" + compiler]);
            Assert.True(said.ExitCode == 0, $"{script}: {said.Errors}");
        }
    }

    private async Task<CompileResult> CompileAsync(ImmutableArray<string> command, string folder, ImmutableArray<string> environment, ImmutableArray<string> withheld) =>
        await _farm!.ExecuteAsync(new CompileJob
        {
            CommandLine = command,
            Compiler = CompilerLocator.Find(command[0], SearchPath, folder, new HashSet<string>())!,
            WorkingDirectory = folder,
            Environment = environment,
            WithheldVariables = withheld,
            Umask = Umask,
        }).AsTask().WaitAsync(Patience);

    private static Said AtHome(ImmutableArray<string> command, string folder, ImmutableArray<string> environment)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardErrorEncoding = Encoding.Latin1,
        };
        start.Environment.Clear();
        foreach (string variable in environment)
        {
            string[] parts = variable.Split('=', 2);
            start.Environment[parts[0]] = parts[1];
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return new Said(process.ExitCode, output.Result, errors);
    }

    /// <summary>What a compile left behind, and takes it away: the folder is as before.</summary>
    private static Traces Traced(string top, Dictionary<string, Thing> sources, Said said)
    {
        Dictionary<string, Thing> all = Look(top);
        foreach (string path in all.Keys.Except(sources.Keys))
        {
            File.Delete(path);
        }

        foreach ((string path, Thing source) in sources)
        {
            if (!all.TryGetValue(path, out Thing? now) || !now.Content.AsSpan().SequenceEqual(source.Content))
            {
                File.WriteAllBytes(path, source.Content);
            }
        }

        return new Traces(said, all);
    }

    private static Dictionary<string, Thing> Look(string top)
    {
        // Headers may lie behind links, so the files are listed without following any. Names that are no UTF-8 cannot be told to the runtime.
        var search = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return Directory.EnumerateFiles(top, "*", search).Where(static path => !path.Contains('\uFFFD', StringComparison.Ordinal)).ToDictionary(
            static path => path, static path => new Thing(File.GetUnixFileMode(path), File.ReadAllBytes(path)), StringComparer.Ordinal);
    }

    /// <summary>In what a compile elsewhere differs from one at home; null when nobody could tell.</summary>
    private static string? Difference(ExactnessRow row, Traces home, Traces other)
    {
        if (home.Said.ExitCode != other.Said.ExitCode || (!row.SpeaksOfItself && home.Said != other.Said))
        {
            return $"At home it says {home.Said}, elsewhere {other.Said}.";
        }

        if (home.Files.Keys.Except(other.Files.Keys).FirstOrDefault() is { } lacking)
        {
            return $"{lacking} is written at home only.";
        }

        foreach ((string path, Thing file) in other.Files)
        {
            if (!home.Files.TryGetValue(path, out Thing? expected))
            {
                return $"{path} is not written at home.";
            }

            if (row.Restless.Length != 0 && path.EndsWith(row.Restless, StringComparison.Ordinal))
            {
                JsonDocument.Parse(file.Content).Dispose();
            }
            else if (!file.Content.AsSpan().SequenceEqual(expected.Content))
            {
                return $"{path} differs at byte {file.Content.AsSpan().CommonPrefixLength(expected.Content)} of {file.Content.Length}, at home of {expected.Content.Length}.";
            }

            if (file.Mode != expected.Mode)
            {
                return $"{path} is {file.Mode}, at home {expected.Mode}.";
            }
        }

        return null;
    }

    private sealed record Said(int ExitCode, string Output, string Errors);

    private sealed record Thing(UnixFileMode Mode, byte[] Content);

    private sealed record Traces(Said Said, Dictionary<string, Thing> Files);
}
