using System.Text;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Storage;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Embedding.Tests;

/// <summary>A worker's compiler of the embedder's own, and compilers that the embedder describes: no sandbox and no survey of compilers of ours is used.</summary>
public sealed class OwnCompilerTests
{
    /// <summary>"Compiles" by writing the source's text, in capitals, into each output. It finds the files of a job in the worker's store, by their digests.</summary>
    private sealed class Capitals : IJobExecutor
    {
        private IBlobStore? _store;

        public bool IsBroken { get; set; }

        /// <summary>Is shown the store of each node, the worker's first.</summary>
        public IBlobStore See(IBlobStore store) => _store ??= store;

        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            if (IsBroken)
            {
                return ValueTask.FromResult(CompileResult.Failed(new JobFailure(FailureRemedy.CompileHere, "the licence has ended")));
            }

            FileTree inputs = job.Inputs!;
            TreeFile source = inputs.Files.Single(file => file.Path == Path.Combine(job.WorkingDirectory, job.CommandLine[^1]));
            byte[] text = _store!.TryRead(source.Digest, limit: 1 << 20) ?? throw new InvalidOperationException("What a job reads is in the store.");
            byte[] capitals = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text).ToUpperInvariant());
            return ValueTask.FromResult(new CompileResult
            {
                Place = JobPlace.Remote,
                Outputs = [.. job.Outputs.Select((JobOutput output) => new OutputFile(output.Path, 0b110_100_100, OutputContent.Of(capitals)))],
                Lookups = ObservedLookups.Clean,
            });
        }
    }

    /// <summary>A compiler that is one file, and a link to it.</summary>
    private sealed class OneFile(string path) : IToolchainCache
    {
        public ValueTask<Toolchain> GetAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            if (job.CommandLine.Contains("-DUNSUPPORTED"))
            {
                throw new ToolchainException("this compiler is not supported any more");
            }

            byte[] content = File.ReadAllBytes(path);
            var tree = new FileTree { Files = [new TreeFile(path, Digest.Of(content), content.Length, Modified: 0)], Links = [new TreeLink($"{path}-1.0", Path.GetFileName(path))] };
            return ValueTask.FromResult(Toolchain.Of(tree, "cc 1.0"));
        }
    }

    [Fact]
    public async Task A_compiler_of_ones_own_does_the_jobs_and_what_cannot_go_there_is_compiled_here()
    {
        using var project = new Project();
        string program = Path.Combine(project.Folder, "cc"), source = Path.Combine(project.Folder, "a.c"), output = Path.Combine(project.Folder, "a.o");
        File.WriteAllText(program, "bytes of a compiler");
        var compiler = new Capitals();
        await using EmbeddedFarm farm = await EmbeddedFarm.StartAsync(
            project.Farm, new NodeServices { Toolchains = new OneFile(program), Compiler = compiler, AroundStore = compiler.See });

        CompileResult result = await farm.CompileAsync(new CompileRequest(["gcc", "-c", "a.c"], project.Folder));
        Assert.Equal((JobPlace.Remote, 0, null), (result.Place, result.ExitCode, result.LocalOnly));
        Assert.Equal(File.ReadAllText(source).ToUpperInvariant(), File.ReadAllText(output));

        result = await farm.CompileAsync(new CompileRequest(["gcc", "-DUNSUPPORTED", "-c", "a.c"], project.Folder));
        LocalOnlyReason why = Assert.IsType<LocalOnlyReason>(result.LocalOnly);
        Assert.Equal((JobPlace.Local, LocalOnlyKind.Toolchain, "this compiler is not supported any more"), (result.Place, why.Kind, why.Detail));

        compiler.IsBroken = true;
        result = await farm.CompileAsync(new CompileRequest(["gcc", "-DANOTHER", "-c", "a.c"], project.Folder));
        Assert.Equal((JobPlace.Local, 0, LocalOnlyKind.FarmFailure), (result.Place, result.ExitCode, result.LocalOnly?.Kind));

        // Whoever wants no job to be compiled here is told how the farm failed.
        result = await farm.ExecuteAsync(new CompileRequest(["gcc", "-DA_THIRD", "-c", "a.c"], project.Folder).ToJob() with { Mode = JobMode.Remote });
        Assert.Equal((JobPlace.Failed, FailureRemedy.CompileHere), (result.Place, result.Failure?.Remedy));
        Assert.Contains("the licence has ended", result.Failure?.Message, StringComparison.Ordinal);
    }
}
