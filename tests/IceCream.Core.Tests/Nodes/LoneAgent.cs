using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using IceCream.Caching;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>An agent that has no farm and keeps what it compiles, a folder of sources, and the compiler itself to compare with.</summary>
internal sealed class LoneAgent : IAsyncDisposable
{
    public static readonly string SearchPath = Environment.GetEnvironmentVariable("PATH")!;

    private const int MostTests = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("icecream-test-");
    private readonly DaemonNode _node;
    private int _tests;

    public LoneAgent(CacheOptions? cache = null)
    {
        Folder = Begin();
        _node = new DaemonNode(
            new DaemonNodeOptions
            {
                StateDirectory = Path.Combine(_root.FullName, "state"),
                Scheduler = FarmAddress.Tcp("127.0.0.1", 1),
                Cache = cache ?? new CacheOptions { Limit = 256 << 20, BaseDirectories = [.. Enumerable.Range(1, MostTests).Select(test => Path.Combine(Top(test), "checkouts"))] },
            });
    }

    /// <summary>Where commands are typed.</summary>
    public string Folder { get; private set; }

    /// <summary>What tells the commands of this test from those of the others that share the agent: a checkout of theirs would know the results.</summary>
    private string Mark => $"-DTEST_{_tests}";

    /// <summary>Goes to folders in which no test was before, and to commands that none has had.</summary>
    /// <returns>Where commands are typed now.</returns>
    public string Begin() => Folder = Directory.CreateDirectory(Path.Combine(Top(++_tests), "work")).FullName;

    /// <summary>Goes to another folder, in which checkouts lie.</summary>
    public void CheckOut(string name) => Folder = Directory.CreateDirectory(Path.Combine(Top(_tests), "checkouts", name)).FullName;

    public async Task StartAsync() => await _node.StartAsync();

    public JobStatistics Describe() => _node.Describe();

    public void Write(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    /// <summary>Has the agent do a command, and takes away what it leaves.</summary>
    public async Task<(JobPlace Place, string Traces)> CompileAsync(string command, int umask = 0b010_010, params string[] environment)
    {
        HashSet<string> before = Look();
        ImmutableArray<string> words = [.. Marked(command).Split(' ')];
        CompileResult result = await _node.ExecuteAsync(new CompileJob
        {
            CommandLine = words,
            Compiler = CompilerLocator.Find(words[0], SearchPath, Folder, new HashSet<string>())!,
            WorkingDirectory = Folder,
            Environment = ["PATH=" + SearchPath, "PWD=" + Folder, .. environment],
            Umask = umask,
        }).AsTask().WaitAsync(Patience);
        return (result.Place, Traces(before, result.ExitCode, Encoding.UTF8.GetString(result.StandardOutput.Span), Encoding.UTF8.GetString(result.StandardError.Span)));
    }

    /// <summary>Has the compiler do it, and takes away what it leaves.</summary>
    public string CompilePlainly(string command, int umask = 0b010_010, params string[] environment)
    {
        HashSet<string> before = Look();
        (int exitCode, string said, string complained) = Run(["sh", "-c", $"umask {Convert.ToString(umask, 8)}; exec {Marked(command)}"], environment);
        return Traces(before, exitCode, said, complained);
    }

    /// <summary>Runs a script where commands are typed.</summary>
    public void Change(string script)
    {
        (int exitCode, _, string complained) = Run(["sh", "-ec", script], []);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"{script}: {complained}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _root.Delete(recursive: true);
    }

    private string Top(int test) => Path.Combine(_root.FullName, $"{test}");

    private string Marked(string command) => command.Insert(command.IndexOf(' ', StringComparison.Ordinal), " " + Mark);

    private (int ExitCode, string Output, string Errors) Run(string[] words, string[] environment)
    {
        var start = new ProcessStartInfo(words[0], words[1..]) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (string[] variable in environment.Prepend("PWD=" + Folder).Prepend("PATH=" + SearchPath).Select(static variable => variable.Split('=', 2)))
        {
            start.Environment[variable[0]] = variable[1];
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Result, errors);
    }

    private HashSet<string> Look() => [.. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)];

    private string Traces(HashSet<string> before, int exitCode, string said, string complained)
    {
        var text = new StringBuilder($"{exitCode}\n{said}\n{complained}\n");
        foreach (string path in Look().Except(before).Order(StringComparer.Ordinal))
        {
            text.AppendLine($"{path} {File.GetUnixFileMode(path)} {Digest.Of(File.ReadAllBytes(path))}");
            File.Delete(path);
        }

        return text.ToString();
    }
}

/// <summary>An agent that the tests of one class share: each would have its compilers read and described anew. Every test begins with <see cref="LoneAgent.Begin"/>.</summary>
public sealed class SharedAgent : IAsyncLifetime
{
    internal LoneAgent Agent { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Agent = new LoneAgent();
        await Agent.StartAsync();
    }

    public async Task DisposeAsync() => await Agent.DisposeAsync();
}
