using Microsoft.Extensions.Logging;

namespace IceCream.Tests;

/// <summary>Remembers what is logged, and tells those who wait for it.</summary>
internal sealed class LogBook : ILoggerFactory
{
    private readonly Lock _lock = new();
    private readonly List<LogEntry> _entries = [];
    private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<LogEntry> Entries
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries];
            }
        }
    }

    /// <summary>The first entry of this kind, as soon as there is one.</summary>
    public async Task<LogEntry> FirstAsync(Func<LogEntry, bool> condition, TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        while (true)
        {
            Task written;
            lock (_lock)
            {
                if (_entries.Find(entry => condition(entry)) is { } found)
                {
                    return found;
                }

                written = _written.Task;
            }

            await written.WaitAsync(deadline.Token);
        }
    }

    public ILogger CreateLogger(string categoryName) => new Writer(this);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private void Write(LogEntry entry)
    {
        TaskCompletionSource written;
        lock (_lock)
        {
            _entries.Add(entry);
            (written, _written) = (_written, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        written.SetResult();
    }

    private sealed class Writer(LogBook book) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            book.Write(new LogEntry(logLevel, eventId.Id, formatter(state, exception), exception));
    }
}

/// <summary>What was logged.</summary>
internal sealed record LogEntry(LogLevel Level, int Event, string Text, Exception? Exception);
