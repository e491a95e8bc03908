using System.Net.Sockets;
using IceCream.Execution.Local;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Sessions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Sessions;

/// <summary>How a command ended that its launcher did.</summary>
public sealed class HandBackTests
{
    private static readonly CompileJob Job = new() { CommandLine = ["gcc"], Compiler = "/usr/bin/gcc", WorkingDirectory = "/", LocalOnly = new LocalOnlyReason(LocalOnlyKind.NotACompile) };

    [Theory]
    [InlineData(0, JobPlace.Local, 0)]
    [InlineData(37 << 8, JobPlace.Local, 37)]
    [InlineData(2, JobPlace.Cancelled, 130)]
    [InlineData(15, JobPlace.Cancelled, 143)]
    [InlineData(9, JobPlace.Local, 137)]
    [InlineData(11 | 0x80, JobPlace.Local, 139)]
    [InlineData(null, JobPlace.Local, null)]
    public void A_status_is_told_as_shells_tell_it_and_one_that_is_not_known_is_not_zero(int? status, JobPlace place, int? exitCode)
    {
        CompileResult result = HandBackExecutor.ResultOf(Job, status);
        Assert.Equal((place, exitCode), (result.Place, result.IsExitKnown ? result.ExitCode : null));
        Assert.Equal(Job.LocalOnly, result.LocalOnly);
    }

    [Fact]
    public async Task Whoever_asks_what_was_done_waits_for_what_has_ended_but_not_for_ever()
    {
        var time = new FakeTimeProvider();
        var ending = new EndingCommands(time);
        Assert.True(ending.EnteredAsync(default).IsCompletedSuccessfully);
        var entered = new TaskCompletionSource();
        ending.Add(entered.Task);
        Task asking = ending.EnteredAsync(default), impatient = ending.EnteredAsync(default);
        Assert.False(asking.IsCompleted);
        time.Advance(EndingCommands.Patience);
        await impatient.WaitAsync(TimeSpan.FromSeconds(60));

        asking = ending.EnteredAsync(default);
        entered.SetResult();
        await asking.WaitAsync(TimeSpan.FromSeconds(60));
        ending.Remove(entered.Task);
        Assert.True(ending.EnteredAsync(default).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_launcher_within_this_process_is_not_waited_for()
    {
        string folder = Directory.CreateTempSubdirectory("peer").FullName;
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "s")));
        listener.Listen(1);
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(folder, "s")));
        using var stream = new NetworkStream(await listener.AcceptAsync(), ownsSocket: true);
        Assert.Null(PeerProcess.Of(stream));
        Assert.Null(PeerProcess.Of(Stream.Null));
        Directory.Delete(folder, recursive: true);
    }
}
