using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Toolchains;
using IceCream.Toolchains.Wrappers;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>A job whose compiler turns out to be a wrapper while it is described.</summary>
public sealed class ToolchainExecutorTests
{
    private const string Program = "/bin/true";

    [Fact]
    public async Task What_a_wrapper_was_just_found_to_obey_goes_along_with_the_job_that_found_it()
    {
        var variables = new WrapperVariables();
        var seen = new List<CompileJob>();
        var farm = new Farm(seen);
        CompileResult result = await new ToolchainExecutor(farm, new Curious(variables, "EXTRA"), variables, TimeProvider.System).ExecuteAsync(Job);

        Assert.Equal(JobPlace.Remote, result.Place);
        Assert.Equal(["PATH=/bin", "EXTRA=1"], seen.Single().Environment.ToArray());
        Assert.Equal(["OTHER=2"], seen.Single().WithheldVariables.ToArray());
    }

    [Fact]
    public async Task A_compiler_that_cannot_be_described_keeps_its_job_here_whatever_was_learnt()
    {
        var variables = new WrapperVariables();
        CompileResult result = await new ToolchainExecutor(new Farm([]), new Curious(variables, "NOBODYS"), variables, TimeProvider.System).ExecuteAsync(Job);

        Assert.Equal((LocalOnlyKind.Toolchain, "it may obey NOBODYS"), (result.LocalOnly?.Kind, result.LocalOnly?.Detail));
    }

    private static CompileJob Job => new()
    {
        CommandLine = [Program], Compiler = Program, WorkingDirectory = "/", Environment = ["PATH=/bin"], WithheldVariables = ["EXTRA=1", "OTHER=2"],
    };

    /// <summary>Finds out by the first description that the program obeys a variable, and wants it along.</summary>
    private sealed class Curious(WrapperVariables variables, string name) : IToolchainCache
    {
        public ValueTask<Toolchain> GetAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            if (job.Environment.Any(variable => variable.StartsWith(name + "=", StringComparison.Ordinal)))
            {
                return new(new Toolchain { Digest = Digest.Of("t"u8), Tree = FileTree.Empty, Encoded = default, Description = "" });
            }

            variables.Learn(Program, new LearntWords([name], Composes: false));
            throw new ToolchainException($"it may obey {name}");
        }
    }

    private sealed class Farm(List<CompileJob> seen) : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            seen.Add(job);
            return new(new CompileResult { Place = JobPlace.Remote });
        }
    }
}
