using System.Diagnostics;

namespace IceCream.Benchmarks.Processes;

/// <summary>Waiting for programs that do not say when they are ready.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60), Pause = TimeSpan.FromMilliseconds(200);

    /// <param name="condition">Looked at again and again.</param>
    /// <param name="complaint">What to say when it does not come true.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="UnfitException">It did not come true within a minute.</exception>
    public static async Task AwaitAsync(Func<Task<bool>> condition, Func<string> complaint, CancellationToken cancellationToken)
    {
        for (long since = Stopwatch.GetTimestamp(); !await condition(); await Task.Delay(Pause, cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(since) > Limit)
            {
                throw new UnfitException(complaint());
            }
        }
    }
}
