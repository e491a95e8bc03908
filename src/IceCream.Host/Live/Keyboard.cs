namespace IceCream.Host.Live;

/// <summary>The keys that are pressed while something is shown.</summary>
internal static class Keyboard
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Hands on each key until cancelled; does nothing where there is no keyboard.</summary>
    /// <param name="pressed">Called with the letter, in lower case.</param>
    /// <param name="time">The time.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task ReadAsync(Action<char> pressed, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Console.IsInputRedirected)
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            // A read that waits cannot be ended, and would keep the terminal as it needs it: so it is asked whether there is something to read.
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                while (Console.KeyAvailable)
                {
                    pressed(char.ToLowerInvariant(Console.ReadKey(intercept: true).KeyChar));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody looks any more.
        }
    }
}
