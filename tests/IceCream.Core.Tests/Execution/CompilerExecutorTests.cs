using System.Collections.Immutable;
using System.Diagnostics;
using IceCream.CommandLine;
using IceCream.Execution;
using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Sandboxing;
using IceCream.Storage;
using IceCream.Toolchains;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>A worker's compile against the same compile at home, with the real compilers in the real sandbox.</summary>
public sealed class CompilerExecutorTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream test ").FullName;
    private readonly FileDigests _digests = new();
    private readonly DiskBlobStore _store;
    private readonly CompilerExecutor _executor;

    public CompilerExecutorTests()
    {
        _store = new DiskBlobStore(Path.Combine(_folder, "store"), new DiskBlobStoreOptions { BeforePublish = SpawnGate.AwaitSpawns });
        Directory.CreateDirectory(Path.Combine(_folder, "roots"));
        Directory.CreateDirectory(Source);
        _executor = new CompilerExecutor(
            _store, new RootBuilder(_store, new RootPool(Path.Combine(_folder, "roots"), keep: 2)), new BubblewrapSandbox(TimeProvider.System), 0, TimeProvider.System);
    }

    private string Source => Path.Combine(_folder, "größe src");

    /// <summary>As workers do.</summary>
    public async Task InitializeAsync() =>
        _executor.HugePages = await HugePages.PrepareAsync(_folder, new BubblewrapSandbox(TimeProvider.System), NullLogger.Instance);

    public Task DisposeAsync()
    {
        _digests.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("gcc", "a.c", "-O0", "-g")]
    [InlineData("g++", "a.cc", "-O2", "-Wall")]
    [InlineData("g++", "a.cc", "-g", "-gsplit-dwarf")]
    [InlineData("clang", "a.c", "-O2", "-Wall")]
    [InlineData("clang++", "a.cc", "-O0", "-g")]
    public async Task Object_depfile_and_diagnostics_are_those_of_home(string compiler, string source, string first, string second)
    {
        Write("a.h", "static inline int twice(int unused, int x) { return x + x; }\n");
        Write("a.c", "#include <stdio.h>\n#include \"a.h\"\nint f(void) { int unused; puts(__FILE__); return twice(1, 2); }\n");
        Write("a.cc", "#include <string>\n#include <vector>\n#include \"a.h\"\nstd::vector<std::string> f() { int unused; return {__FILE__}; }\n");
        ImmutableArray<string> command = [compiler, first, second, "-MD", "-c", source, "-o", "out.o"];

        CompileResult remote = await CompileAsync(command);
        (int exitCode, string errors) = AtHome(command);

        Assert.Null(remote.Failure);
        Assert.Equal((exitCode, errors), (remote.ExitCode, System.Text.Encoding.UTF8.GetString(remote.StandardError.Span)));
        Assert.Equal(0, exitCode);
        Assert.NotEmpty(remote.Outputs);
        Assert.All(remote.Outputs, output => Assert.Equal(File.ReadAllBytes(output.Path), output.Content.ToArray()));
        Assert.Equal(
            Directory.GetFiles(Source, "out*").Order(StringComparer.Ordinal), remote.Outputs.Select(output => output.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("gcc", true)]
    [InlineData("clang", false)]
    public async Task An_old_object_stays_or_goes_as_it_does_at_home(string compiler, bool stays)
    {
        Write("bad.c", "int x = ;\n");
        Write("out.o", "old");
        ImmutableArray<string> command = [compiler, "-c", "bad.c", "-o", "out.o"];

        CompileResult remote = await CompileAsync(command);
        (int exitCode, string errors) = AtHome(command);

        Assert.Equal((exitCode, errors), (remote.ExitCode, System.Text.Encoding.UTF8.GetString(remote.StandardError.Span)));
        Assert.Equal(stays, File.Exists(Path.Combine(Source, "out.o")));
        Assert.Equal(stays, remote.Removed.IsEmpty);
    }

    [Fact]
    public async Task Equal_headers_at_two_paths_stay_two_files()
    {
        Write("one/same.h", "#pragma once\n#include \"own.h\"\n");
        Write("two/same.h", "#pragma once\n#include \"own.h\"\n");
        Write("one/own.h", "int one;\n");
        Write("two/own.h", "int two;\n");
        File.SetLastWriteTimeUtc(Path.Combine(Source, "one/same.h"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Write("a.c", "#include \"one/same.h\"\n#include \"two/same.h\"\nint sum(void) { return one + two; }\n");
        ImmutableArray<string> command = ["clang", "-c", "a.c", "-o", "out.o"];

        CompileResult remote = await CompileAsync(command);
        Assert.Equal(0, AtHome(command).ExitCode);

        Assert.Equal(0, remote.ExitCode);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Source, "out.o")), Assert.Single(remote.Outputs).Content.ToArray());
    }

    [Fact]
    public async Task A_blob_that_is_gone_is_the_workers_failure()
    {
        Write("a.c", "int x;\n");
        CompileJob job = await PrepareAsync(["gcc", "-c", "a.c", "-o", "out.o"]);
        CompileResult result = await _executor.ExecuteAsync(job with { Toolchain = Digest.Of("nothing"u8) });

        Assert.Equal(FailureRemedy.AnotherWorker, result.Failure?.Remedy);
    }

    [Fact]
    public async Task A_job_leaves_its_root_and_nothing_of_its_own()
    {
        Write("a.c", "int x;\n");
        await CompileAsync(["gcc", "-c", "a.c", "-o", "out.o"]);

        string root = Assert.Single(Directory.GetFileSystemEntries(Path.Combine(_folder, "roots")));
        Assert.Equal([Path.Combine(root, "root")], Directory.GetFileSystemEntries(root));
    }

    [Theory]
    [InlineData("gcc")]
    [InlineData("clang")]
    public async Task Each_job_sees_its_own_headers_and_no_others(string compiler)
    {
        Write("one/.keep", "");
        Write("two/a.h", "int first;\n");
        Write("a.c", "#include <a.h>\n#if __has_include(<extra.h>)\nint extra;\n#endif\n");
        ImmutableArray<string> command = [compiler, "-Ione", "-Itwo", "-MD", "-c", "a.c", "-o", "build/out.o"];
        Directory.CreateDirectory(Path.Combine(Source, "build"));

        await SameAsHomeAsync(command);
        Write("two/a.h", "int a_second_version;\n");
        await SameAsHomeAsync(command);

        // A header that comes before the other, and one that is merely asked for: both there, then gone.
        Write("one/a.h", "int in_the_way;\n");
        Write("two/extra.h", "");
        await SameAsHomeAsync(command);
        File.Delete(Path.Combine(Source, "one/a.h"));
        File.Delete(Path.Combine(Source, "two/extra.h"));
        await SameAsHomeAsync(command);

        // What was a file is a folder, what was a folder is a link.
        Directory.Delete(Path.Combine(Source, "one"), recursive: true);
        File.CreateSymbolicLink(Path.Combine(Source, "one"), "three");
        Write("three/a.h/inner.h", "int inner;\n");
        Write("a.c", "#include <a.h/inner.h>\n");
        await SameAsHomeAsync(command);
        Assert.Single(Directory.GetFileSystemEntries(Path.Combine(_folder, "roots")));
    }

    [Fact]
    public async Task Compilers_that_take_turns_keep_their_roots()
    {
        Write("a.c", "int x;\n");
        Directory.CreateDirectory(Path.Combine(Source, "build"));
        foreach (string compiler in (string[])["gcc", "clang", "gcc", "clang"])
        {
            await SameAsHomeAsync([compiler, "-g", "-c", "a.c", "-o", "build/out.o"]);
        }

        Assert.Equal(2, Directory.GetFileSystemEntries(Path.Combine(_folder, "roots")).Length);
    }

    [Fact]
    public async Task Jobs_at_the_same_time_do_not_disturb_one_another()
    {
        Directory.CreateDirectory(Path.Combine(Source, "build"));
        var jobs = new List<CompileJob>();
        for (int i = 0; i < 6; i++)
        {
            Write("a.h", $"int version_{i};\n");
            Write("a.c", "#include \"a.h\"\n");
            jobs.Add(await PrepareAsync(["gcc", "-S", "a.c", "-o", "build/out.s"]));
        }

        CompileResult[] results = await Task.WhenAll(jobs.Select(job => Task.Run(async () => await _executor.ExecuteAsync(job))));
        for (int i = 0; i < results.Length; i++)
        {
            string assembly = System.Text.Encoding.UTF8.GetString(Assert.Single(results[i].Outputs).Content.Span);
            Assert.Contains($"version_{i}", assembly, StringComparison.Ordinal);
        }
    }

    private async Task SameAsHomeAsync(ImmutableArray<string> command)
    {
        CompileResult remote = await CompileAsync(command);
        Assert.Null(remote.Failure);
        Assert.Equal((0, 0), (AtHome(command).ExitCode, remote.ExitCode));
        Assert.NotEmpty(remote.Outputs);
        Assert.All(remote.Outputs, output => Assert.Equal(File.ReadAllText(output.Path), System.Text.Encoding.UTF8.GetString(output.Content.Span)));
    }

    private async Task<CompileResult> CompileAsync(ImmutableArray<string> command) => await _executor.ExecuteAsync(await PrepareAsync(command));

    /// <summary>What the origin does: reads the command, describes the compiler, collects the inputs.</summary>
    private async Task<CompileJob> PrepareAsync(ImmutableArray<string> command)
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
        Toolchain toolchain = await new ToolchainCache(probe, _digests).GetAsync(job);
        job = job with { Toolchain = toolchain.Digest };
        CollectedInputs inputs = job.Invocation!.Source == "bad.c"
            ? new CollectedInputs(["bad.c"], [])
            : await new DependencyCollector(probe, new SearchFolders(probe), new HiddenReads(_digests)).CollectAsync(job, default);
        Assert.Null(inputs.LocalOnly);
        var collector = new FileTreeCollector(_digests);
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

    private (int ExitCode, string Errors) AtHome(ImmutableArray<string> command)
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

    private void Write(string name, string text)
    {
        string path = Path.Combine(Source, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
