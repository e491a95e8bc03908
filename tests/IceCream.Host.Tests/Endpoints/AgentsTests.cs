using System.Net.Sockets;
using IceCream.Host.Endpoints;
using IceCream.Host.Tests.Kit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Host.Tests.Endpoints;

/// <summary>A process that a signal has stopped can be connected to, and never answers: no command waits for it without end.</summary>
public sealed class AgentsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_agent_that_takes_the_question_and_says_nothing_is_given_up()
    {
        string path = Path.Combine(_folder.Path, "agent.socket");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        Task asking = Agents.AskAsync([path], _time, CancellationToken.None).AsTask();
        using var patience = new CancellationTokenSource(Patience);
        using Socket asked = await listener.AcceptAsync(patience.Token);
        _time.Advance(Answers.Patience - TimeSpan.FromSeconds(1));
        Assert.False(asking.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        IOException late = await Assert.ThrowsAsync<IOException>(() => asking.WaitAsync(Patience));
        Assert.Contains($"The agent at '{path}' did not answer within 10 s", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_asks_may_leave_before_that()
    {
        using var leaving = new CancellationTokenSource();
        Task<int> asking = Answers.AwaitAsync("Nobody", static async ending =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, ending);
            return 1;
        }, _time, leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(Patience));
    }
}
