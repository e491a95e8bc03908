using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Platform;
using Xunit;

namespace IceCream.Tests.Execution;

public sealed partial class WriteExecutorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;

    private string Object => Path.Combine(_folder, "a.o");

    private string Dependencies => Path.Combine(_folder, "a.d");

    private CompileJob Job => new()
    {
        CommandLine = ["gcc", "-c", "a.c"], Compiler = "/usr/bin/gcc", WorkingDirectory = _folder, Outputs = [new JobOutput(Object, true), new JobOutput(Dependencies, true)],
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Nothing_is_written_once_whoever_asked_has_left()
    {
        File.WriteAllText(Object, "somebody else's");
        File.WriteAllText(Dependencies, "somebody else's");
        int asked = 0;
        bool IsAwaited() => ++asked > 1;
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await new WriteExecutor(new Done(Object, Dependencies), TimeProvider.System).ExecuteAsync(Job with { IsAwaited = IsAwaited }));

        Assert.Equal(["somebody else's", "somebody else's"], [File.ReadAllText(Object), File.ReadAllText(Dependencies)]);
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder).Length);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Nothing_is_written_after_the_job_was_cancelled()
    {
        using var leaving = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await new WriteExecutor(new Done(Object) { Then = leaving.Cancel }, TimeProvider.System).ExecuteAsync(Job, leaving.Token));

        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task What_is_awaited_is_written()
    {
        CompileResult result = await new WriteExecutor(new Done(Object, Dependencies), TimeProvider.System).ExecuteAsync(Job with { IsAwaited = static () => true });

        Assert.Null(result.Failure);
        Assert.Equal(["x", "x"], [File.ReadAllText(Object), File.ReadAllText(Dependencies)]);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(0, true)]
    public async Task A_failing_compile_whose_output_has_other_names_is_done_here(int exitCode, bool hasOtherName)
    {
        File.WriteAllText(Object, "old");
        if (hasOtherName)
        {
            using var link = Process.Start("ln", [Object, Path.Combine(_folder, "other")]);
            await link.WaitForExitAsync();
        }

        CompileResult result = await new WriteExecutor(new Done { ExitCode = exitCode, Removed = exitCode == 0 ? [] : [Object] }, TimeProvider.System).ExecuteAsync(Job);
        bool stays = hasOtherName && exitCode != 0;
        Assert.Equal(stays ? LocalOnlyKind.Output : null, result.LocalOnly?.Kind);
        Assert.Equal(stays || exitCode == 0, File.Exists(Object));
    }

    [Fact]
    public async Task A_default_access_list_gives_an_output_its_permissions_as_it_gives_them_to_a_compilers_file()
    {
        // Version 2; then a kind, permissions and no name for the owner, the group, the mask and all others: rwxrwxr-x.
        byte[] list =
        [
            2, 0, 0, 0,
            1, 0, 7, 0, 255, 255, 255, 255,
            4, 0, 7, 0, 255, 255, 255, 255,
            16, 0, 7, 0, 255, 255, 255, 255,
            32, 0, 5, 0, 255, 255, 255, 255,
        ];
        if (SetAttribute(_folder, "system.posix_acl_default", list, (nuint)list.Length, 0) != 0)
        {
            // The file system has no such lists.
            return;
        }

        const int Umask = 0b000_010_010;
        string plain = Path.Combine(_folder, "plain");
        File.WriteAllText(plain, "as any program makes it");
        CompileResult result = await new WriteExecutor(new Done(Object), TimeProvider.System).ExecuteAsync(Job with { Umask = Umask });

        Assert.Null(result.Failure);
        Assert.Equal((UnixFileMode)0b110_110_100, File.GetUnixFileMode(plain));
        Assert.Equal(File.GetUnixFileMode(plain), File.GetUnixFileMode(Object));

        // Permissions that a compiler gives to a file itself are not the list's affair, nor is a folder without one.
        Assert.Equal(0b111_101_101, Linux.PermissionsIn(_folder, 0b111_101_101, Umask));
        Assert.Equal(0b110_100_100, Linux.PermissionsIn(Path.GetTempPath(), 0b110_100_100, Umask));
    }

    /// <summary>A command under <c>sg</c> has another group than its agent.</summary>
    [Fact]
    public async Task A_new_file_gets_the_commands_group_and_neither_in_a_folder_that_gives_its_own_nor_where_a_file_is_rewritten()
    {
        uint own = Linux.EffectiveGroup();
        string groups = File.ReadLines("/proc/self/status").First(static line => line.StartsWith("Groups:", StringComparison.Ordinal));
        uint group = Environment.IsPrivilegedProcess ? own + 1
            : groups.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1..].Select(static word => uint.Parse(word, CultureInfo.InvariantCulture)).FirstOrDefault(other => other != own, own);
        string giving = Directory.CreateDirectory(Path.Combine(_folder, "giving")).FullName, given = Path.Combine(giving, "b.o");
        File.SetUnixFileMode(giving, UnixFileMode.SetGroup | (UnixFileMode)0b111_101_101);
        File.WriteAllText(Dependencies, "old");
        CompileJob job = Job with { Group = group };

        Assert.Null((await new WriteExecutor(new Done(Object, given), TimeProvider.System).ExecuteAsync(job)).Failure);
        Assert.Null((await new WriteExecutor(new Done(Dependencies) { Rewrites = true }, TimeProvider.System).ExecuteAsync(job)).Failure);
        Assert.Equal((group, own, own), (GroupOf(Object), GroupOf(given), GroupOf(Dependencies)));
        Assert.Equal((UnixFileMode)0b110_100_100, File.GetUnixFileMode(Object));
        Assert.Equal("x", File.ReadAllText(Dependencies));

        static uint GroupOf(string path)
        {
            Assert.Equal(0, Linux.Stat(path, followLinks: false, out FileStatus status));
            return status.Group;
        }
    }

    [LibraryImport("libc", EntryPoint = "setxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetAttribute(string path, string name, byte[] value, nuint size, int flags);

    private sealed class Done(params string[] outputs) : IJobExecutor
    {
        public Action? Then { get; init; }

        public int ExitCode { get; init; }

        public bool Rewrites { get; init; }

        public ImmutableArray<string> Removed { get; init; } = [];

        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            Then?.Invoke();
            return ValueTask.FromResult(new CompileResult
            {
                Place = JobPlace.Remote, ExitCode = ExitCode, Removed = Removed, Outputs = [.. outputs.Select(path => new OutputFile(path, 420, OutputContent.Of("x"u8.ToArray())) { IsRewritten = Rewrites })],
            });
        }
    }
}
