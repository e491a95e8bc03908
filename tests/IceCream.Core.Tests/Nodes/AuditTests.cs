using System.Diagnostics;
using IceCream.Jobs;
using IceCream.Nodes;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>An agent that compiles jobs again finds out who lies, and accuses nobody else.</summary>
public sealed class AuditTests : MemoryFarm
{
    private const string Object = "a.o";

    [Fact]
    public async Task A_worker_that_lies_is_named_and_gets_no_more_jobs()
    {
        int jobs = 0;
        await StartWorkerAsync("liar", new Compiler((job, _) =>
        {
            Interlocked.Increment(ref jobs);
            return Task.FromResult(Compiler.Written(job, "a lie"));
        }));
        DaemonNode agent = await StartAuditorAsync();

        CompileResult result = await RunAsync(agent, "-c");
        Assert.Equal((JobPlace.Local, 0, LocalOnlyKind.FarmFailure), (result.Place, result.ExitCode, result.LocalOnly!.Kind));
        Assert.Contains("'liar' gives other bytes", result.LocalOnly.ToString(), StringComparison.Ordinal);
        Assert.Equal(await CompileHereAsync("-c"), await File.ReadAllBytesAsync(Path.Combine(Folder, Object)));

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(JobPlace.Local, (await RunAsync(agent, "-c", $"-DV={i}")).Place);
        }

        Assert.Equal(1, jobs);
    }

    [Fact]
    public async Task An_honest_worker_is_believed()
    {
        await StartWorkerAsync("blade", new Compiler(async (job, _) => Written(job, await CompileHereAsync([.. job.CommandLine.Skip(1)]))));
        DaemonNode agent = await StartAuditorAsync();
        for (int i = 0; i < 3; i++)
        {
            CompileResult result = await RunAsync(agent, "-c", $"-DV={i}");
            Assert.Equal((JobPlace.Remote, "blade", 0), (result.Place, result.Worker, result.ExitCode));
        }
    }

    [Fact]
    public async Task A_worker_that_says_that_a_good_source_is_at_fault_is_found_out()
    {
        await StartWorkerAsync("liar", new Compiler((job, _) => Task.FromResult(
            new CompileResult { Place = JobPlace.Remote, ExitCode = 1, StandardError = "a.c:1: error"u8.ToArray(), Lookups = ObservedLookups.Clean })));
        CompileResult result = await RunAsync(await StartAuditorAsync(), "-c");
        Assert.Equal((JobPlace.Local, 0), (result.Place, result.ExitCode));
        Assert.Contains("exit code 1 where 0 is right", result.LocalOnly!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compiler_that_never_gives_the_same_bytes_proves_nothing()
    {
        // Sections of the intermediate language have names by chance.
        await StartWorkerAsync("blade", new Compiler(async (job, _) => Written(job, await CompileHereAsync([.. job.CommandLine.Skip(1)]))));
        DaemonNode agent = await StartAuditorAsync();
        Assert.Equal("blade", (await RunAsync(agent, "-flto", "-c")).Worker);
        Assert.Equal("blade", (await RunAsync(agent, "-flto", "-c", "-DV")).Worker);
    }

    [Fact]
    public async Task Who_compiled_what_was_edited_since_is_not_accused()
    {
        int jobs = 0;
        await StartWorkerAsync("blade", new Compiler(async (job, _) =>
        {
            byte[] right = await CompileHereAsync([.. job.CommandLine.Skip(1)]);
            if (Interlocked.Increment(ref jobs) == 1)
            {
                await File.WriteAllTextAsync(Path.Combine(Folder, "a.c"), "int edited;\n", CancellationToken.None);
            }

            return Written(job, right);
        }));
        DaemonNode agent = await StartAuditorAsync();
        Assert.Equal("blade", (await RunAsync(agent, "-c")).Worker);
        Assert.Equal("blade", (await RunAsync(agent, "-c", "-DV")).Worker);
    }

    [Fact]
    public async Task What_tells_the_time_is_not_compared()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "a.c"), "const char *now = __TIME__;\n");
        await StartWorkerAsync("blade", new Compiler((job, _) => Task.FromResult(Compiler.Written(job, "another time"))));
        Assert.Equal("blade", (await RunAsync(await StartAuditorAsync(), "-c")).Worker);
    }

    private static CompileResult Written(CompileJob job, byte[] bytes)
    {
        CompileResult written = Compiler.Written(job, "");
        return written with { Outputs = [written.Outputs[0] with { Content = OutputContent.Of(bytes) }] };
    }

    private Task<DaemonNode> StartAuditorAsync() => StartAgentAsync(auditEvery: 1);

    private async Task<CompileResult> RunAsync(DaemonNode agent, params string[] flags) =>
        await agent.ExecuteAsync(Job(["gcc", .. flags, "a.c", "-o", Object])).AsTask().WaitAsync(Patience);

    /// <summary>What the compiler of this machine makes of the source, put where nobody looks.</summary>
    private async Task<byte[]> CompileHereAsync(params string[] arguments)
    {
        string output = Path.Combine(Folder, $"elsewhere{Guid.NewGuid():N}");
        string[] flags = [.. arguments.Where(static word => word is not ("a.c" or "-o" or Object))];
        using var compiler = Process.Start(new ProcessStartInfo("gcc", [.. flags, "a.c", "-o", output]) { WorkingDirectory = Folder })!;
        await compiler.WaitForExitAsync();
        return await File.ReadAllBytesAsync(output);
    }
}
