using System.Collections.Concurrent;
using IceCream.Caching;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Tests.Caching;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>A farm whose workers tell what they compile, and agents that may only read it. The compiler is real.</summary>
public sealed class SharedFarmTests : MemoryFarm
{
    private static readonly string SearchPath = Environment.GetEnvironmentVariable("PATH")!;

    private readonly InMemoryResults _shared = new();
    private readonly ConcurrentBag<string> _compiled = [];

    [Fact]
    public async Task What_a_worker_compiled_for_one_agent_another_has()
    {
        Write("a.c", "#include \"h.h\"\n#if __has_include(\"o.h\")\nint w;\n#endif\nint v = V;\n");
        Write("h.h", "#define V 1\n");
        await StartWorkerAsync();
        DaemonNode ada = await AgentAsync("ada"), bob = await AgentAsync("bob");
        (JobPlace, string) first = await CompileAsync(ada, "a.c");
        await _shared.RecordsAsync(1).WaitAsync(Patience);
        Assert.Equal((JobPlace.Cached, first.Item2), await CompileAsync(bob, "a.c"));
        Assert.Equal((JobPlace.Remote, 1), (first.Item1, _compiled.Count));

        // Its own record says of the inputs what is true here: a name that was looked for in vain, and is there now.
        Write("o.h", "");
        DaemonNode eve = await AgentAsync("eve");
        Assert.Equal(JobPlace.Remote, (await CompileAsync(eve, "a.c")).Item1);
    }

    /// <summary>Whether its user lets results be kept, the worker is told.</summary>
    [Theory]
    [InlineData(CacheMode.Off)]
    [InlineData(CacheMode.ReadOnly)]
    public async Task What_is_not_to_be_kept_is_not_told(object mode)
    {
        Write("a.c", "int v;\n");
        Write("b.c", "int w;\n");
        await StartWorkerAsync();
        DaemonNode ada = await AgentAsync("ada");
        Assert.Equal(JobPlace.Remote, (await CompileAsync(ada, "a.c", (CacheMode)mode)).Item1);
        Assert.Equal(JobPlace.Remote, (await CompileAsync(ada, "b.c")).Item1);
        await _shared.RecordsAsync(1).WaitAsync(Patience);
        Assert.Single(_shared.Things, static thing => thing.Key.Kind == SharedKind.Record);
    }

    /// <summary>What lay there before, and is rewritten, has the rights that it had: another agent's file has the usual ones, and is rewritten alike.</summary>
    [Fact]
    public async Task A_file_that_was_rewritten_is_known_where_one_like_it_lies()
    {
        Write("a.c", "int v;\n");
        Write("a.d", "old");
        await StartWorkerAsync();
        DaemonNode ada = await AgentAsync("ada"), bob = await AgentAsync("bob");
        (JobPlace, string) first = await CompileAsync(ada, "a.c", flags: "-MD");
        await _shared.RecordsAsync(1).WaitAsync(Patience);
        Write("a.d", "old");
        Assert.Equal((JobPlace.Cached, first.Item2), await CompileAsync(bob, "a.c", flags: "-MD"));
    }

    [Fact]
    public async Task Two_agents_that_build_the_same_at_once_have_each_file_compiled_once()
    {
        string[] sources = [.. Enumerable.Range(0, 6).Select(static number => $"s{number}.c")];
        foreach (string source in sources)
        {
            Write(source, $"int {source[..2]}(int x) {{ return x * {source[1]}; }}\n");
        }

        await StartWorkerAsync();
        DaemonNode[] agents = [await AgentAsync("ada"), await AgentAsync("bob")];
        (JobPlace Place, string)[] built = await Task.WhenAll(agents.SelectMany(agent => sources.Select(source => CompileAsync(agent, source))));
        Assert.Equal(sources, _compiled.Order(StringComparer.Ordinal));
        Assert.Equal((sources.Length, sources.Length), (built.Count(static job => job.Place == JobPlace.Remote), built.Count(static job => job.Place is JobPlace.Joined or JobPlace.Cached)));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    private Task<DaemonNode> StartWorkerAsync() => StartAsync(
        Options("blade") with { Listen = FarmAddress.Memory("blade"), Slots = 2 },
        new NodeServices { SharedResults = _shared, AroundCompiler = inner => new Counting(inner, _compiled) });

    private async Task<DaemonNode> AgentAsync(string name)
    {
        DaemonNode agent = await StartAsync(
            Options(name) with { User = name, Cache = new CacheOptions { Limit = 64 << 20 } }, new NodeServices { SharedResults = new InMemoryResultsReader(_shared) });
        Assert.True(await agent.AwaitFarmAsync(Patience));
        return agent;
    }

    /// <returns>Where it was done, and what it left.</returns>
    private async Task<(JobPlace Place, string Traces)> CompileAsync(DaemonNode agent, string source, CacheMode? mode = null, string flags = "-O1")
    {
        CompileResult result = await agent.ExecuteAsync(new CompileJob
        {
            CommandLine = ["gcc", flags, "-c", source],
            Compiler = CompilerLocator.Find("gcc", SearchPath, Folder, new HashSet<string>())!,
            WorkingDirectory = Folder,
            Environment = ["PATH=" + SearchPath, "PWD=" + Folder],
            Cache = mode,
        }).AsTask().WaitAsync(Patience);
        string[] written = [.. new[] { ".o", ".d" }.Select(end => Path.Combine(Folder, Path.ChangeExtension(source, end))).Where(File.Exists)];
        return (result.Place, $"{result.ExitCode} " + string.Join(' ', written.Select(static path => $"{File.GetUnixFileMode(path)} {Digest.Of(File.ReadAllBytes(path))}")));
    }

    private sealed class Counting(IJobExecutor inner, ConcurrentBag<string> compiled) : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            compiled.Add(job.CommandLine[^1]);
            return inner.ExecuteAsync(job, cancellationToken);
        }
    }
}
