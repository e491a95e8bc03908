using System.Collections.Immutable;
using System.Diagnostics;
using IceCream.CommandLine;
using IceCream.Digests;
using IceCream.Execution.Worker;
using IceCream.FileSystem;
using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Roots;
using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;
using IceCream.Storage;
using IceCream.Toolchains;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>A worker's compiles against the same compiles at home, with the real compilers in the real sandbox.</summary>
public abstract class CompiledElsewhere : IAsyncLifetime
{
    /// <summary>One for all tests: compilers are large, and each would read them anew.</summary>
    private static readonly FileDigests KnownDigests = new();

    private readonly DiskBlobStore _store;
    private Observer? _observer;

    protected CompiledElsewhere()
    {
        _store = new DiskBlobStore(Path.Combine(Folder, "store"), new DiskBlobStoreOptions { BeforePublish = SpawnGate.AwaitSpawns });
        Directory.CreateDirectory(Path.Combine(Folder, "roots"));
        Directory.CreateDirectory(Source);
    }

    protected string Folder { get; } = Directory.CreateTempSubdirectory("icecream test ").FullName;

    protected string Source => Path.Combine(Folder, "größe src");

    private protected CompilerExecutor Executor { get; private set; } = null!;

    /// <summary>As workers do.</summary>
    public async Task InitializeAsync()
    {
        var sandbox = new BubblewrapSandbox(TimeProvider.System);
        _observer = await Observer.PrepareAsync(Folder, Folder, sandbox, NullLogger.Instance);
        Executor = new CompilerExecutor(
            _store, new RootBuilder(_store, new RootPool(Path.Combine(Folder, "roots"), keep: 2)), sandbox, _observer, HugePages.AreGiven(), 0, TimeProvider.System);
    }

    public Task DisposeAsync()
    {
        _observer?.Dispose();
        Directory.Delete(Folder, recursive: true);
        return Task.CompletedTask;
    }

    protected async Task SameAsHomeAsync(ImmutableArray<string> command)
    {
        CompileResult remote = await CompileAsync(command);
        Assert.Null(remote.Failure);
        Assert.Equal("", System.Text.Encoding.UTF8.GetString(remote.StandardError.Span));
        Assert.Equal((0, 0), (AtHome(command).ExitCode, remote.ExitCode));
        Assert.NotEmpty(remote.Outputs);
        Assert.All(remote.Outputs, output => Assert.Equal(File.ReadAllText(output.Path), System.Text.Encoding.UTF8.GetString(output.Content.ToArray())));
    }

    protected async Task<CompileResult> CompileAsync(ImmutableArray<string> command) => await Executor.ExecuteAsync(await PrepareAsync(command));

    /// <summary>What the origin does: reads the command, describes the compiler, collects the inputs.</summary>
    protected async Task<CompileJob> PrepareAsync(ImmutableArray<string> command)
    {
        string path = Environment.GetEnvironmentVariable("PATH")!;
        string compiler = CompilerLocator.Find(command[0], path, Source, new HashSet<string>())!;
        var probe = new ProcessCompilerProbe();
        string[] environment = ["PATH=" + path, "PWD=" + Source];
        CompilerIdentity identity = (await CompilerIdentity.AskAsync(probe, compiler, Source, environment, default))!;
        CompilerInvocation invocation = CommandLineReader.Read(command, identity.Family, Source, static _ => null).Invocation!;
        var job = new CompileJob
        {
            CommandLine = command,
            Compiler = compiler,
            WorkingDirectory = Source,
            Environment = [.. environment],
            Invocation = invocation,
            Outputs = [.. invocation.Outputs.Select(output => Path.Combine(Source, output)).Select(output => new JobOutput(output, File.Exists(output)))],
        };
        Toolchain toolchain = await new ToolchainCache(probe, KnownDigests).GetAsync(job);
        job = job with { Toolchain = toolchain.Digest };
        CollectedInputs inputs = job.Invocation!.Source == "bad.c"
            ? new CollectedInputs(["bad.c"], [])
            : await new DependencyCollector(probe, new SearchFolders(probe), new SourceReader(KnownDigests)).CollectAsync(job, default);
        Assert.Null(inputs.LocalOnly);
        var collector = new FileTreeCollector(KnownDigests);
        Assert.All(inputs.Files, file => Assert.True(collector.Add(file, Source), file));
        foreach (string directory in inputs.Directories)
        {
            collector.AddDirectory(directory, Source);
        }

        job = job with { Inputs = collector.ToTree() };
        using (IBlobWriter tree = _store.Create(toolchain.Digest, toolchain.Encoded.Length))
        {
            tree.Write(toolchain.Encoded.Span);
            tree.Commit();
        }

        Assert.All([.. toolchain.Tree.Files, .. job.Inputs.Files], file => Assert.True(_store.TryImport(file.Digest, file.Path), file.Path));
        return job;
    }

    protected (int ExitCode, string Errors) AtHome(ImmutableArray<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { WorkingDirectory = Source, RedirectStandardError = true };
        string path = Environment.GetEnvironmentVariable("PATH")!;
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        start.Environment["PWD"] = Source;
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }

    protected void Write(string name, string text)
    {
        string path = Path.Combine(Source, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
