using System.Collections.Immutable;
using System.Text;
using IceCream.CommandLine;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Roots;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>A wrapper is tried on a worker before its first job leaves.</summary>
public sealed class WrapperTrialExecutorTests : IDisposable
{
    private const string Words = "COLLECT_GCC=/usr/bin/gcc\n cc1 -o /tmp/ccAb12yZ.s\nGGC heuristics: --param ggc-min-expand=100\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("trials").FullName;
    private readonly RetriedLazy<RootsFolder> _roots;

    public WrapperTrialExecutorTests() => _roots = new RetriedLazy<RootsFolder>(() => new RootsFolder(_folder), TimeProvider.System);

    public void Dispose()
    {
        if (_roots.IsValueCreated)
        {
            _roots.Value.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(Words, "object", null)]
    [InlineData("COLLECT_GCC=/usr/bin/gcc\n cc1 -o /home/me/tmp/cc999999.s\nGGC heuristics: --param ggc-min-expand=30\n", "object", null)]
    [InlineData("COLLECT_GCC=gcc\n cc1 -o /tmp/cc999999.s\nGGC heuristics: x\n", "object", null)]
    [InlineData("COLLECT_GCC=/usr/bin/gcc\n cc1 -O2 -o /tmp/ccAb12yZ.s\nGGC heuristics: x\n", "object", "cc1 -O2")]
    [InlineData("COLLECT_GCC=/usr/bin/gcc\n", "object", "' cc1 -o ")]
    [InlineData(Words, "another", "its object")]
    public async Task Its_words_and_its_object_must_be_those_of_home(string words, string content, string? named)
    {
        var worker = new Worker(words, content);
        var home = new Home();
        var executor = new WrapperTrialExecutor(worker, home, _roots, NullLogger<WrapperTrialExecutor>.Instance);
        for (int i = 0; i < 2; i++)
        {
            CompileResult result = await executor.ExecuteAsync(Job());
            Assert.Equal(named is null, result.LocalOnly is null);
            Assert.Contains(named ?? "", result.LocalOnly?.Detail ?? "", StringComparison.Ordinal);
        }

        Assert.Equal((1, named is null ? 3 : 1), (home.Asked, worker.Jobs));
    }

    [Fact]
    public async Task A_farm_that_fails_says_nothing_of_the_wrapper()
    {
        var worker = new Worker(Words, "object") { Failure = new JobFailure(FailedParty.Worker, JobStep.Compile, FailureRemedy.CompileHere, "the power went") };
        var executor = new WrapperTrialExecutor(worker, new Home(), _roots, NullLogger<WrapperTrialExecutor>.Instance);
        Assert.Contains("the power went", (await executor.ExecuteAsync(Job())).LocalOnly?.Detail, StringComparison.Ordinal);

        worker.Failure = null;
        Assert.Null((await executor.ExecuteAsync(Job())).LocalOnly);
    }

    [Fact]
    public async Task A_trial_that_was_disturbed_counts_where_its_answer_is_that_of_home()
    {
        var worker = new Worker(Words, "object") { Trouble = "a signal came" };
        Assert.Null((await new WrapperTrialExecutor(worker, new Home(), _roots, NullLogger<WrapperTrialExecutor>.Instance).ExecuteAsync(Job())).LocalOnly);

        var other = new Worker(Words, "another") { Trouble = "a signal came" };
        var executor = new WrapperTrialExecutor(other, new Home(), _roots, NullLogger<WrapperTrialExecutor>.Instance);
        for (int i = 1; i <= 2; i++)
        {
            Assert.Contains("a signal came", (await executor.ExecuteAsync(Job())).LocalOnly?.Detail, StringComparison.Ordinal);
            Assert.Equal(i, other.Jobs);
        }
    }

    [Fact]
    public async Task A_farm_that_goes_away_during_the_trial_says_nothing_of_the_wrapper()
    {
        var worker = new Worker(Words, "object")
        {
            Failure = new JobFailure(FailedParty.Scheduler, JobStep.Lease, FailureRemedy.CompileHere, "the farm went away"),
            Reason = LocalOnlyReason.NoFarm("the farm went away"),
        };
        var executor = new WrapperTrialExecutor(worker, new Home(), _roots, NullLogger<WrapperTrialExecutor>.Instance);
        Assert.Contains("the farm went away", (await executor.ExecuteAsync(Job())).LocalOnly?.Detail, StringComparison.Ordinal);

        (worker.Failure, worker.Reason) = (null, null);
        Assert.Null((await executor.ExecuteAsync(Job())).LocalOnly);
    }

    [Fact]
    public async Task Other_compilers_are_not_tried()
    {
        var home = new Home();
        var executor = new WrapperTrialExecutor(new Worker("", ""), home, _roots, NullLogger<WrapperTrialExecutor>.Instance);
        Assert.Null((await executor.ExecuteAsync(Job() with { IsWrapped = false })).LocalOnly);
        Assert.Equal((0, false), (home.Asked, _roots.IsValueCreated));
    }

    private static CompileJob Job()
    {
        ImmutableArray<string> command = ["gcc", "-c", "a.c"];
        return new CompileJob
        {
            CommandLine = command,
            Compiler = "/tools/gcc",
            WorkingDirectory = "/",
            Environment = ["PATH=/usr/bin:/bin"],
            Invocation = CommandLineReader.Read(command, CompilerFamily.Gcc, "/", static _ => null).Invocation,
            Toolchain = Digest.Of("toolchain"u8),
            IsWrapped = true,
        };
    }

    private sealed class Home : ICompilerProbe
    {
        public int Asked { get; private set; }

        public ValueTask<ProbeAnswer> AskAsync(
            string program, IReadOnlyList<string> arguments, string workingDirectory, IReadOnlyList<string> environment, CancellationToken cancellationToken)
        {
            Asked++;
            Assert.Contains("-v", arguments);
            File.WriteAllText(arguments[arguments.ToList().IndexOf("-o") + 1], "object");
            return ValueTask.FromResult(new ProbeAnswer(0, "", Words));
        }
    }

    private sealed class Worker(string words, string content) : IJobExecutor
    {
        public int Jobs { get; private set; }

        public JobFailure? Failure { get; set; }

        public LocalOnlyReason? Reason { get; set; }

        public string? Trouble { get; init; }

        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken)
        {
            Jobs++;
            return ValueTask.FromResult(Failure is { } failure ? CompileResult.Failed(failure) with { LocalOnly = Reason } : new CompileResult
            {
                Place = JobPlace.Remote,
                StandardError = Encoding.UTF8.GetBytes(words),
                Lookups = ObservedLookups.Clean with { Trouble = Trouble },
                Outputs = [.. job.Outputs.Select(output => new OutputFile(output.Path, 0b110_100_100, OutputContent.Of(Encoding.UTF8.GetBytes(content)), false))],
            });
        }
    }
}
