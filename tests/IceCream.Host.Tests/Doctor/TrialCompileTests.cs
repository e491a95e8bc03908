using IceCream.Host.Doctor;
using IceCream.Host.Tests.Kit;
using Mono.Unix.Native;
using Xunit;

namespace IceCream.Host.Tests.Doctor;

public sealed class TrialCompileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_compiler_that_leaves_a_program_behind_is_judged_all_the_same()
    {
        string held = $"{_folder.Path}/held";
        Assert.Equal(0, Syscall.mkfifo(held, FilePermissions.S_IRUSR | FilePermissions.S_IWUSR));
        string launcher = _folder.Write("icelaunch", $"#!/bin/sh\ncat '{held}' &\nexit 3\n", executable: true);
        using var trial = new TrialCompile(launcher, null, static _ => ValueTask.FromResult<string?>(null));
        TrialOutcome outcome = await trial.RunAsync("cc", CancellationToken.None).WaitAsync(HostProcess.Patience);
        Assert.Equal((3, "no agent knows of it"), (outcome.ExitCode, outcome.Reason));

        // The program that was left behind ends with its input.
        await using var end = new FileStream(held, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
    }
}
