using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using IceCream.CommandLine;
using IceCream.Digests;
using IceCream.FileSystem;
using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Preprocessing;
using IceCream.Processes;

namespace IceCream.Benchmarks;

/// <summary>What it costs the submitting machine to find the inputs of a job: by the scanner, once everything has been seen, and by the compiler.</summary>
[MemoryDiagnoser]
public class InputsBenchmarks
{
    private readonly FileDigests _digests = new();
    private string _folder = "";
    private CompileJob _job = null!;
    private IncludeScanner _scanner = null!;
    private DependencyCollector _compiler = null!;
    private InputDiscovery _discovery = null!;
    private byte[] _header = [];

    /// <summary>What the source includes.</summary>
    [Params("vector", "regex")]
    public string Header { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _folder = Directory.CreateTempSubdirectory("inputs").FullName;
        File.WriteAllText(Path.Combine(_folder, "a.cc"), $"#include <{Header}>\n");
        ImmutableArray<string> command = ["g++", "-O2", "-c", "a.cc"];
        _job = new CompileJob
        {
            CommandLine = command, Compiler = "/usr/bin/g++", WorkingDirectory = _folder, Environment = ["PATH=/usr/bin:/bin"],
            Invocation = CommandLineReader.Read(command, CompilerFamily.Gcc, _folder, static _ => null).Invocation,
        };
        var probe = new ProcessCompilerProbe();
        var folders = new SearchFolders(probe);
        var memory = new InputMemory(_digests, new SourceReader(_digests), TimeProvider.System);
        _scanner = new IncludeScanner(folders, memory);
        _compiler = new DependencyCollector(probe, folders, memory.Reader);
        _discovery = new InputDiscovery(new ManifestStore(memory), _scanner, _compiler, memory, new InputCounters());
        ImmutableArray<string> files = ((CollectedInputs)Scanner().GetAwaiter().GetResult()).Files;
        string longest = files.Select(path => Path.Combine(_folder, path)).MaxBy(static path => new FileInfo(path).Length)!;
        _header = File.ReadAllBytes(longest);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _digests.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(Baseline = true)]
    public async Task<object> Compiler() => await _compiler.CollectAsync(_job);

    [Benchmark]
    public async Task<object> Scanner() => await _scanner.ScanAsync(_job);

    /// <summary>The same command again, and nothing has changed.</summary>
    [Benchmark]
    public async Task<object> Manifest() => await _discovery.CollectAsync(_job);

    /// <summary>The longest header of the source, as it costs once per content.</summary>
    [Benchmark]
    public object ReadDirectives() => DirectiveReader.Read(_header);
}
