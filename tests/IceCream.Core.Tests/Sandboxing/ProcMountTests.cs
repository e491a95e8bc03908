using System.Text;
using IceCream.Sandboxing;
using Xunit;

namespace IceCream.Tests.Sandboxing;

/// <summary>What a command has at <c>/proc</c>, one mount after the other, and what it can do with it.</summary>
public sealed class ProcMountTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icelib-proc-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Mounts() => [.. Enum.GetNames<ProcMount>()];

    [Theory]
    [MemberData(nameof(Mounts))]
    public async Task A_compile_gives_the_same_object_on_each(string mount)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "a.c"), "#include <stdio.h>\nint f(void) { return puts(__FILE__); }\n");
        SandboxCommand compile = Command("gcc -O2 -g -c a.c -o a.o", _folder) with { WorkingDirectory = "/mnt" };
        SandboxOutcome here = await Sandbox(ProcMount.New).RunAsync(compile);
        byte[] expected = await File.ReadAllBytesAsync(Path.Combine(_folder, "a.o"));
        File.Delete(Path.Combine(_folder, "a.o"));

        SandboxOutcome outcome = await Sandbox(mount).RunAsync(compile);
        Assert.Equal((0, 0), (here.ExitCode, outcome.ExitCode));
        Assert.Equal(expected, await File.ReadAllBytesAsync(Path.Combine(_folder, "a.o")));
    }

    [Theory]
    [MemberData(nameof(Mounts))]
    public async Task What_is_lost_is_said(string mount)
    {
        BubblewrapSandbox sandbox = Sandbox(mount);
        Assert.Null(await sandbox.FindObstacleAsync());
        Assert.Equal(mount, (await sandbox.FindProcAsync()).ToString());
        string? weakness = await sandbox.FindWeaknessAsync();
        Assert.Equal(mount != nameof(ProcMount.New), weakness?.Contains("/proc", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public async Task A_new_one_shows_no_process_of_the_worker()
    {
        SandboxOutcome outcome = await Sandbox(ProcMount.New).RunAsync(Command("for p in /proc/[0-9]*; do echo x; done", _folder));
        Assert.InRange(Text(outcome).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length, 1, 3);
    }

    [Fact]
    public async Task A_bound_one_shows_names_and_gives_nothing_away()
    {
        int worker = Environment.ProcessId;
        SandboxOutcome outcome = await Sandbox(ProcMount.Bound).RunAsync(Command(
            $"cat /proc/{worker}/comm >/dev/null && echo seen; ls /proc/{worker}/root/ /proc/{worker}/cwd/; cat /proc/{worker}/fd/0 /proc/{worker}/environ /proc/{worker}/mem;"
            + $" kill -0 {worker}; echo 1 >/proc/{worker}/oom_score_adj; echo x >/proc/sys/kernel/core_pattern; echo y >/proc/self/comm", _folder));
        Assert.Equal("seen\n", Text(outcome));

        // Nine attempts, nine refusals: the last, of the command's own name, by the file system, and the others by the kernel, for the worker is in another user namespace.
        Assert.Equal(9, Encoding.UTF8.GetString(outcome.StandardError.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Without_one_the_folder_is_empty()
    {
        string root = Path.Combine(_folder, "root");
        foreach (string folder in (string[])["proc", "dev", "usr", "mnt"])
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
        }

        foreach (string link in (string[])["bin", "lib", "lib64"])
        {
            File.CreateSymbolicLink(Path.Combine(root, link), "usr/" + link);
        }

        SandboxCommand command = Command("echo /proc/*", _folder) with { Root = root, Mounts = [new SandboxMount("/usr", "/usr", false)] };
        Assert.Equal("/proc/*\n", Text(await Sandbox(ProcMount.None).RunAsync(command)));
    }

    private static BubblewrapSandbox Sandbox(string mount) => Sandbox(Enum.Parse<ProcMount>(mount));

    private static BubblewrapSandbox Sandbox(ProcMount mount) => new(TimeProvider.System, proc: mount);

    private static SandboxCommand Command(string script, string folder) => new()
    {
        Root = "/", CommandLine = ["/bin/sh", "-c", script], WorkingDirectory = "/", Mounts = [new SandboxMount(folder, "/mnt", true)],
        Environment = ["PATH=/usr/bin:/bin", "LC_ALL=C"],
    };

    private static string Text(SandboxOutcome outcome) => Encoding.UTF8.GetString(outcome.StandardOutput.Span);
}
