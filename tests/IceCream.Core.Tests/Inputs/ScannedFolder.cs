using System.Collections.Immutable;
using IceCream.CommandLine;
using IceCream.Digests;
using IceCream.FileSystem;
using IceCream.Inputs;
using IceCream.Inputs.Privacy;
using IceCream.Jobs;
using IceCream.Preprocessing;
using IceCream.Processes;
using Xunit;

namespace IceCream.Tests.Inputs;

/// <summary>A folder with sources, scanned and asked about to the compiler.</summary>
internal sealed class ScannedFolder : IDisposable
{
    private static readonly string[] Variables = ["PATH=/usr/local/bin:/usr/bin:/bin"];

    private readonly ProcessCompilerProbe _probe = new();
    private readonly FileDigests _digests = new();

    public ScannedFolder()
    {
        Reader = new SourceReader(_digests);
        Memory = MemoryAt(TimeProvider.System);
        var searchFolders = new SearchFolders(_probe);
        Scanner = new IncludeScanner(searchFolders, Memory);
        Discovery = DiscoveryTo(new DependencyCollector(_probe, searchFolders, Reader));
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("scanned").FullName;

    public SourceReader Reader { get; }

    public InputMemory Memory { get; }

    public IncludeScanner Scanner { get; }

    /// <summary>All stages.</summary>
    public InputDiscovery Discovery { get; }

    public InputCounters Counters { get; } = new();

    public InputMemory MemoryAt(TimeProvider time) => new(_digests, Reader, time);

    /// <summary>The stages with another one in the place of the compiler's.</summary>
    public InputDiscovery DiscoveryTo(IInputCollector compiler) =>
        new(new ManifestStore(Memory), Scanner, compiler, Memory, Counters);

    /// <summary>All stages as the agent of a user has them.</summary>
    public InputDiscovery DiscoveryOf(string home)
    {
        var searchFolders = new SearchFolders(_probe);
        return new InputDiscovery(
            new ManifestStore(Memory), Scanner, new DependencyCollector(_probe, searchFolders, Reader), Memory, Counters,
            new PrivateFiles(new PrivateRoots(null, home)));
    }

    /// <summary>All stages as another process would have them, that remembers what the file says.</summary>
    public (InputDiscovery Discovery, ManifestStore Manifests) DiscoveryFrom(string path)
    {
        InputMemory memory = MemoryAt(TimeProvider.System);
        var searchFolders = new SearchFolders(_probe);
        var manifests = new ManifestStore(memory, path);
        return (new InputDiscovery(
            manifests, new IncludeScanner(searchFolders, memory), new DependencyCollector(_probe, searchFolders, Reader),
            memory, Counters), manifests);
    }

    public void Dispose()
    {
        _digests.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    public void Write(string name, string text)
    {
        string path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public CompileJob Job(params ImmutableArray<string> command)
    {
        CompilerFamily family = command[0].StartsWith("clang", StringComparison.Ordinal) ? CompilerFamily.Clang : CompilerFamily.Gcc;
        CommandLineReading reading = CommandLineReader.Read(command, family, Root, static path => File.Exists(path) ? File.ReadAllText(path) : null);
        Assert.NotNull(reading.Invocation);
        return new CompileJob
        {
            CommandLine = command, Compiler = "/usr/bin/" + command[0], WorkingDirectory = Root, Environment = [.. Variables], Invocation = reading.Invocation,
        };
    }

    public async Task<ScanResult> ScanAsync(params ImmutableArray<string> command) => await Scanner.ScanAsync(Job(command));

    /// <summary>What the compiler itself says; null when the source is wrong.</summary>
    public async Task<ImmutableArray<string>?> AskAsync(CompileJob job)
    {
        ProbeAnswer answer = await _probe.AskAsync(job.Compiler, job.Invocation!.DependencyArguments, Root, job.Environment);
        return answer.ExitCode == 0 ? MakeRule.Prerequisites(answer.Output) : null;
    }

    /// <summary>The files that the compiler reads and the scanner does not know.</summary>
    public string[] Missed(IEnumerable<string> read, IEnumerable<string> scanned)
    {
        var known = scanned.Select(Real).ToHashSet(StringComparer.Ordinal);
        return [.. read.Where(file => !known.Contains(Real(file)))];
    }

    /// <summary>The path with its links followed as the kernel does, which is not what joining texts gives where it says <c>..</c>.</summary>
    public string Real(string path)
    {
        string reached = "/";
        var ahead = new Stack<string>(Path.Combine(Root, path).Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        while (ahead.TryPop(out string? name))
        {
            string next = name switch { "." => reached, ".." => Path.GetDirectoryName(reached) ?? "/", _ => Path.Combine(reached, name) };
            if (name is not ("." or "..") && new FileInfo(next).LinkTarget is { } target)
            {
                reached = target.StartsWith('/') ? "/" : reached;
                foreach (string part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                {
                    ahead.Push(part);
                }
            }
            else
            {
                reached = next;
            }
        }

        return reached;
    }
}
