namespace IceCream.Host.Live;

/// <summary>Reads the keys that are pressed while a view is open.</summary>
internal static class Keyboard
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Reports each key until cancelled; returns at once if standard input is redirected.</summary>
    /// <param name="pressed">Called with the character, in lower case.</param>
    /// <param name="time">The clock.</param>
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
            // Polls, because a blocking read cannot be cancelled and would leave the terminal in its own mode.
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
            // The view was closed.
        }
    }
}
