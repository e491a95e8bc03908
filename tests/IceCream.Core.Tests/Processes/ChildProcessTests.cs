using System.ComponentModel;
using System.Text;
using IceCream.Processes;
using Xunit;

namespace IceCream.Tests.Processes;

public sealed class ChildProcessTests
{
    [Fact]
    public async Task Arguments_arrive_unchanged_and_there_is_nothing_to_read()
    {
        ChildOutcome outcome = await ChildProcess.RunAsync(Shell("cat; printf '<%s>' \"$@\"", "a b", "", "\"q\\"));
        Assert.Equal("<a b><><\"q\\>", Encoding.UTF8.GetString(outcome.StandardOutput.Span));
    }

    [Fact]
    public async Task The_exit_code_is_the_childs()
    {
        ChildOutcome outcome = await ChildProcess.RunAsync(Shell("exit 5"));
        Assert.Equal(5, outcome.ExitCode);
    }

    [Fact]
    public async Task A_program_that_is_not_there_cannot_be_started() =>
        await Assert.ThrowsAsync<Win32Exception>(() => ChildProcess.RunAsync(Shell(":") with { Program = "/nonexistent/program" }));

    [Fact]
    public async Task A_program_just_written_can_be_executed_once_spawns_are_awaited()
    {
        string folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
        try
        {
            await Parallel.ForAsync(0, 40, async (i, token) =>
            {
                string program = Path.Combine(folder, $"program{i}");
                File.Copy("/bin/true", program);
                SpawnGate.AwaitSpawns();
                Assert.Equal(0, (await ChildProcess.RunAsync(new ChildCommand { Program = program, WorkingDirectory = "/" }, token)).ExitCode);
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ChildCommand Shell(string script, params string[] arguments) => new()
    {
        Program = "/bin/sh",
        Arguments = ["-c", script, "sh", .. arguments],
        Environment = ["PATH=/usr/bin:/bin"],
        WorkingDirectory = "/",
    };
}
