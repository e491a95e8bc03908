namespace IceCream.Execution;

/// <summary>
/// A value that is created at first use, in the file system. A failure may be due to a bad minute, such as a full disk: for <see cref="Pause"/> it is reported to
/// whoever asks, and after that the next one to ask tries again. Thread-safe.
/// </summary>
/// <param name="create">Creates the value; an <see cref="IOException"/> or an <see cref="UnauthorizedAccessException"/> says why it cannot.</param>
/// <param name="time">The clock.</param>
internal sealed class RetriedLazy<T>(Func<T> create, TimeProvider time)
    where T : class
{
    /// <summary>How long a failure is not followed by another trial: a build asks for each of its jobs.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private volatile T? _value;
    private Exception? _failure;
    private long _failed;

    public bool IsValueCreated => _value is not null;

    /// <exception cref="IOException">It cannot be created, or could not a moment ago.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not allow it.</exception>
    public T Value => _value ?? Create();

    private T Create()
    {
        lock (_lock)
        {
            if (_value is { } created)
            {
                return created;
            }

            if (_failure is { } failure && time.GetElapsedTime(_failed) < Pause)
            {
                throw new IOException(failure.Message, failure);
            }

            try
            {
                return _value = create();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                (_failure, _failed) = (e, time.GetTimestamp());
                throw;
            }
        }
    }
}
