using IceCream.Jobs;
using IceCream.Nodes.Discovery;
using Xunit;

namespace IceCream.Tests.Nodes;

public sealed class SharedSearchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Those_who_search_together_ask_once()
    {
        int searches = 0;
        var answer = new TaskCompletionSource<FarmAddress?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var search = new SharedSearch(() =>
        {
            searches++;
            return new(answer.Task);
        });
        using var leaving = new CancellationTokenSource();
        Task<FarmAddress?> first = search.FindAsync(default).AsTask(), second = search.FindAsync(leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        answer.SetResult(FarmAddress.Tcp("a", 1));
        Assert.Equal(FarmAddress.Tcp("a", 1), await first.WaitAsync(Patience));
        Assert.Equal(1, searches);

        // What was found before is asked for anew: the scheduler may have moved.
        await search.FindAsync(default).AsTask().WaitAsync(Patience);
        Assert.Equal(2, searches);
    }
}
