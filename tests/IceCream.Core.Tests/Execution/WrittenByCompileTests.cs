using System.Diagnostics;
using System.Text;
using IceCream.Diagnostics;
using IceCream.Execution.Worker;
using IceCream.Jobs;
using IceCream.Roots;
using IceCream.Sandboxing;
using IceCream.Storage;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>What a compile leaves in its root, the wildest included: what of it travels, and that the worker gets rid of all the rest.</summary>
public sealed class WrittenByCompileTests : IDisposable
{
    private const string Work = "/work";

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
    private readonly MemoryBlobStore _store = new();
    private readonly Writer _sandbox = new();
    private readonly CompilerExecutor _executor;
    private readonly CompileJob _job;

    public WrittenByCompileTests()
    {
        byte[] tools = FileTreeCodec.Encode(FileTree.Empty);
        using (IBlobWriter writer = _store.Create(Digest.Of(tools), tools.Length))
        {
            writer.Write(tools);
            writer.Commit();
        }

        _executor = new CompilerExecutor(_store, new RootBuilder(_store, new RootPool(_folder, keep: 1)), _sandbox, observer: null, hugePages: false, 0, TimeProvider.System);
        _job = new CompileJob
        {
            CommandLine = ["cc", "-c", "a.c"],
            Compiler = "/cc",
            WorkingDirectory = Work,
            Toolchain = Digest.Of(tools),
            Inputs = new FileTree { Directories = [Work + "/inner"] },
            Outputs = [new JobOutput(Work + "/a.o", false), new JobOutput(Work + "/a.d", true)],
        };
    }

    public void Dispose() => Sh("rm -rf \"$1\"", _folder);

    [Fact]
    public async Task Outputs_travel_with_their_rights_and_no_more_than_that()
    {
        CompileResult result = await CompileAsync("printf object > a.o; chmod 4711 a.o; printf words > a.d");

        Assert.Null(result.Failure);
        Assert.Equal([(Work + "/a.d", "words"), (Work + "/a.o", "object")], result.Outputs.Select(file => (file.Path, Encoding.UTF8.GetString(file.Content.ToArray()))).Order());
        Assert.Equal(0b111_001_001, result.Outputs.Single(file => file.Path == Work + "/a.o").Mode);
        Assert.True(result.Outputs.Single(file => file.Path == Work + "/a.d").IsRewritten);
        Assert.Empty(result.Removed);
    }

    [Theory]
    [InlineData("touch other", "/work/other")]
    [InlineData("touch other; exit 1", "/work/other")]
    [InlineData("touch inner/other", "/work/inner/other")]
    [InlineData("mkdir -p new/folder; touch new/folder/other", "/work/new/folder/other")]
    [InlineData("ln -s a.o other", "/work/other")]
    [InlineData("mkfifo other", "/work/other")]
    [InlineData("rm -f a.o; ln -s /etc/passwd a.o", "/work/a.o")]
    [InlineData("touch \"$(printf 'a\\377b')\"", "no text")]
    [InlineData("mkdir -p \"inner/$(printf '\\376')/further\"", "no text")]
    public async Task What_a_command_does_not_announce_sends_its_job_home(string script, string named)
    {
        CompileResult result = await CompileAsync("printf object > a.o;" + script);

        Assert.Equal((FailedParty.Worker, JobStep.Collect, FailureRemedy.CompileHere), (result.Failure!.Party, result.Failure.Step, result.Failure.Remedy));
        Assert.Contains(named, result.Failure.Message, StringComparison.Ordinal);
        await NextIsDoneAsync();
    }

    /// <summary>GCC removes the counts of earlier runs when <c>--coverage</c> is there together with <c>-frandom-seed</c>.</summary>
    [Theory]
    [InlineData("rm -f a.gcda")]
    [InlineData("rm -f a.gcda; exit 1")]
    [InlineData("mv -f a.gcda a.o")]
    public async Task A_command_that_removes_what_it_was_given_sends_its_job_home(string script)
    {
        byte[] counts = [1, 2, 3];
        using (IBlobWriter writer = _store.Create(Digest.Of(counts), counts.Length))
        {
            writer.Write(counts);
            writer.Commit();
        }

        FileTree inputs = _job.Inputs! with { Files = [new TreeFile(Work + "/a.gcda", Digest.Of(counts), counts.Length, 0)] };
        _sandbox.Script = "printf object > a.o;" + script;
        CompileResult result = await _executor.ExecuteAsync(_job with { Inputs = inputs });

        Assert.Equal((FailedParty.Worker, JobStep.Collect, FailureRemedy.CompileHere), (result.Failure!.Party, result.Failure.Step, result.Failure.Remedy));
        Assert.Contains("removes " + Work + "/a.gcda", result.Failure.Message, StringComparison.Ordinal);
        await NextIsDoneAsync();
    }

    [Fact]
    public async Task A_folder_deeper_than_a_path_can_be_is_got_rid_of()
    {
        _sandbox.Then = work =>
        {
            string tree = Directory.CreateDirectory(Path.Combine(_folder, "0")).FullName;
            for (int i = 1; i <= 300; i++)
            {
                string above = Directory.CreateDirectory(Path.Combine(_folder, $"{i}")).FullName;
                Directory.Move(tree, Path.Combine(above, "level-of-some-length"));
                tree = above;
            }

            Directory.Move(tree, Path.Combine(work, "inner", "deep"));
        };
        CompileResult result = await CompileAsync("printf object > a.o");

        Assert.Equal(FailureRemedy.CompileHere, result.Failure?.Remedy);
        _sandbox.Then = null;
        await NextIsDoneAsync();
    }

    [Fact]
    public async Task Large_outputs_stay_on_disk_however_many_they_are()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        CompileResult result = await CompileAsync("truncate -s 400M a.o; truncate -s 400M a.d");
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Null(result.Failure);
        Assert.All(result.Outputs, file => Assert.Equal(400L << 20, file.Content.Length));
        Assert.InRange(allocated, 0, 20 << 20);

        // Their names are gone with the job, their bytes are not.
        byte[] end = [1, 2, 3, 4];
        Assert.Equal(4, result.Outputs[0].Content.Read((400L << 20) - 4, end));
        Assert.Equal(new byte[4], end);
        result.Discard();
        await NextIsDoneAsync();
    }

    [Fact]
    public async Task More_than_travels_is_not_read_and_stays_at_home()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        CompileResult result = await CompileAsync("truncate -s 800M a.o; truncate -s 800M a.d");
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((JobStep.Collect, FailureRemedy.CompileHere), (result.Failure!.Step, result.Failure.Remedy));
        Assert.Contains($"{800L << 20} bytes", result.Failure.Message, StringComparison.Ordinal);
        Assert.InRange(allocated, 0, 20 << 20);
        await NextIsDoneAsync();
    }

    [Fact]
    public async Task More_outputs_than_any_command_has_are_not_held_open()
    {
        _sandbox.Script = "i=0; while [ $i -lt 100 ]; do echo > a.$i; i=$((i+1)); done";
        CompileResult result = await _executor.ExecuteAsync(_job with { Outputs = [.. Enumerable.Range(0, 100).Select(static i => new JobOutput($"{Work}/a.{i}", false))] });

        Assert.Equal((JobStep.Collect, FailureRemedy.CompileHere), (result.Failure!.Step, result.Failure.Remedy));
        await NextIsDoneAsync();
    }

    private async Task NextIsDoneAsync()
    {
        CompileResult next = await CompileAsync("printf object > a.o; rm a.d");
        Assert.Null(next.Failure);
        Assert.Equal(Work + "/a.o", Assert.Single(next.Outputs).Path);
        Assert.Equal(Work + "/a.d", Assert.Single(next.Removed));

        // One root is kept, and in it nothing that a job has written.
        string root = Assert.Single(Directory.GetFileSystemEntries(_folder));
        Assert.DoesNotContain(Directory.GetFiles(root, "*", SearchOption.AllDirectories), static file => true);
    }

    private async Task<CompileResult> CompileAsync(string script)
    {
        _sandbox.Script = script;
        return await _executor.ExecuteAsync(_job);
    }

    private static int Sh(string script, string argument)
    {
        using Process process = Process.Start("/bin/sh", ["-c", script, "sh", argument]);
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Confines nothing: what a script writes where the sandbox would show the working directory is what the compile wrote.</summary>
    private sealed class Writer : ISandbox
    {
        public string Script { get; set; } = "";

        public Action<string>? Then { get; set; }

        public ValueTask<Obstacle?> FindObstacleAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<Obstacle?>(null);

        public ValueTask<SandboxOutcome> RunAsync(SandboxCommand command, CancellationToken cancellationToken = default)
        {
            string work = command.Mounts.Single(static mount => mount is { Target: Work, Writable: true }).Source;
            int exitCode = Sh($"cd \"$1\" && {{ {Script}\n}}", work);
            Then?.Invoke(work);
            return ValueTask.FromResult(new SandboxOutcome { ExitCode = exitCode });
        }
    }
}
