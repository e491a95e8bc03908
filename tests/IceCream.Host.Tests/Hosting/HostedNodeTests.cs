using IceCream.Host.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace IceCream.Host.Tests.Hosting;

/// <summary>How a program ends with its node.</summary>
public sealed class HostedNodeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_node_that_breaks_off_ends_its_program_with_the_reason() =>
        Assert.Equal((1, "icehost: the thing broke off: The socket is gone."), await RunAsync(Task.FromException(new InvalidOperationException("The socket is gone."))));

    [Fact]
    public async Task A_node_that_breaks_off_later_does_too()
    {
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<(int, string)> running = RunAsync(completion.Task);
        completion.SetException(new InvalidOperationException("Now."));
        Assert.Equal((1, "icehost: the thing broke off: Now."), await running);
    }

    [Fact]
    public async Task A_node_that_is_through_ends_its_program_well() => Assert.Equal((0, ""), await RunAsync(Task.CompletedTask));

    private static async Task<(int ExitCode, string Said)> RunAsync(Task completion)
    {
        using var console = new StringWriter();
        int exitCode = await NodeProgram.RunAsync(new Thing(completion, console), LogLevel.None, CancellationToken.None).WaitAsync(Patience);
        return (exitCode, console.ToString().TrimEnd());
    }

    private sealed class Thing(Task completion, TextWriter console) : HostedNode(console)
    {
        private Task _watching = Task.CompletedTask;

        public override Task StartAsync(CancellationToken cancellationToken)
        {
            _watching = WatchAsync("thing", completion);
            return Task.CompletedTask;
        }

        public override async ValueTask DisposeAsync() => await _watching;
    }
}
