using IceCream.Caching;
using IceCream.Digests;
using IceCream.Execution;
using IceCream.FileSystem;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Tests.Caching;

/// <summary>A folder of sources, a fake compiler, and a cache between them.</summary>
internal sealed class CacheFolder : IDisposable
{
    private readonly FileDigests _digests = new();

    public CacheFolder(KeyPart parts = KeyPart.All, CacheOptions? options = null, ILoggerFactory? loggers = null)
    {
        foreach (string folder in (string[])["work", "work/one", "work/two", "other", "out"])
        {
            Directory.CreateDirectory(this[folder]);
        }

        Write("work/a.c", "include h\n");
        Write("work/two/h", "first");
        Parts = parts;
        Options = options ?? new CacheOptions { Limit = 64 << 20 };
        Loggers = loggers ?? NullLoggerFactory.Instance;
        Restart();
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("icecream-test-").FullName;

    public KeyPart Parts { get; }

    public CacheOptions Options { get; set; }

    public ILoggerFactory Loggers { get; }

    public FakeCompiler Compiler { get; } = new();

    public CompileCache Cache { get; private set; } = null!;

    public IJobExecutor Executor { get; private set; } = null!;

    public string Results => this["results"];

    public string this[string name] => Path.Combine(Root, name);

    public CompileJob Job => Command("cc", "-Ione", "-Itwo", "a.c");

    public void Write(string name, string text) => File.WriteAllText(this[name], text);

    /// <summary>Another agent, which remembers nothing but what is on disk.</summary>
    public void Restart(IJobExecutor? farm = null)
    {
        var memory = new InputMemory(_digests, new SourceReader(_digests), TimeProvider.System);
        Cache = new CompileCache(Options, new ResultStore(Results, Options.Limit, TimeProvider.System, Loggers), memory, new CacheCounters(), TimeProvider.System) { Parts = Parts };
        Executor = new CachingExecutor(farm ?? Compiler, Cache, Compiler, TimeProvider.System, Loggers.CreateLogger<CachingExecutor>());
    }

    public CompileJob Command(params string[] words) => new()
    {
        CommandLine = [.. words],
        Compiler = "/fake/" + words[0],
        WorkingDirectory = this["work"],
        Environment = ["PATH=/bin"],
        Outputs = [new JobOutput(this["out/a.o"], Exists: false)],
        Invocation = new CompilerInvocation
        {
            Family = CompilerFamily.Gcc,
            Language = SourceLanguage.C,
            Source = words[^1],
            Output = this["out/a.o"],
            Outputs = [this["out/a.o"]],
            Arguments = [.. words[1..]],
        },
    };

    public async Task<CompileResult> RunAsync(CompileJob? job = null, CancellationToken cancellationToken = default) =>
        await Executor.ExecuteAsync(job ?? Job, cancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);

    /// <summary>All that can be told of a result.</summary>
    public static string Describe(CompileResult result) =>
        $"{result.ExitCode} {System.Text.Encoding.UTF8.GetString(result.StandardError.Span)} {System.Text.Encoding.UTF8.GetString(result.StandardOutput.Span)}\n"
        + string.Join('\n', result.Outputs.Select(static output => $"{output.Path} {output.Mode} {System.Text.Encoding.UTF8.GetString(output.Content.ToArray())}"));

    public long Count(string start) => Cache.Counters.Read().Where(count => count.Name.StartsWith(start, StringComparison.Ordinal)).Sum(static count => count.Count);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
