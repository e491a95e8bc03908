using IceCream.CommandLine;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Execution.Local;

/// <summary>The kinds of load of commands on their own machine. Each class has its own slots, so that a long link does not block compiles.</summary>
internal enum LocalSlotClass
{
    /// <summary>A compile.</summary>
    Compile,

    /// <summary>A link, or an unknown command.</summary>
    Link,

    /// <summary>Preprocessing only.</summary>
    Preprocess,

    /// <summary>
    /// The command reads from a pipe or writes to one. It neither waits for a slot nor occupies one: the process at the other end may need a slot,
    /// and the two would deadlock.
    /// </summary>
    Stream,
}

/// <summary>
/// The slots for commands on the submitting machine, by class, served in the order of requests. When memory is short, commands run one at a time, so
/// that none that starts beside another makes the machine swap.
/// </summary>
internal sealed class LocalSlots
{
    /// <summary>The most files that are checked. A link names thousands of objects, and none of them is a pipe.</summary>
    private const int MostFilesLookedAt = 256;

    private static readonly Slotless None = new();

    private readonly SlotQueue[] _queues = new SlotQueue[(int)LocalSlotClass.Stream];

    /// <param name="perClass">The slots of each class, at least 1.</param>
    /// <param name="hasRoom">Whether there is memory for one more command beside the running ones; null: no check.</param>
    public LocalSlots(int perClass, Func<bool>? hasRoom = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perClass, 1);
        for (int i = 0; i < _queues.Length; i++)
        {
            _queues[i] = new SlotQueue(perClass, i == (int)LocalSlotClass.Preprocess || hasRoom is null ? static () => true : hasRoom, () => Freed?.Invoke());
        }
    }

    /// <summary>Raised when a slot was returned and nobody waits for it.</summary>
    public event Action? Freed;

    /// <summary>The class of a command that stays here.</summary>
    public static LocalSlotClass ClassOf(CompileJob job) => job.LocalOnly?.Kind switch
    {
        LocalOnlyKind.StandardInput or LocalOnlyKind.Stream => LocalSlotClass.Stream,
        LocalOnlyKind.Output when StreamWords.IsStream(job.LocalOnly.Detail) => LocalSlotClass.Stream,
        _ when StreamWords.In(job.CommandLine) || NamesPipe(job) => LocalSlotClass.Stream,
        LocalOnlyKind.NotACompile => LocalSlotClass.Link,
        LocalOnlyKind.PreprocessOnly => LocalSlotClass.Preprocess,
        _ => LocalSlotClass.Compile,
    };

    /// <summary>Waits for a slot. Disposing the result, once or several times, returns it.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled the wait.</exception>
    public ValueTask<IDisposable> AcquireAsync(LocalSlotClass slotClass, CancellationToken cancellationToken = default) =>
        slotClass == LocalSlotClass.Stream ? ValueTask.FromResult<IDisposable>(None) : _queues[(int)slotClass].AcquireAsync(cancellationToken);

    /// <summary>A slot if one is free; otherwise null.</summary>
    public IDisposable? TryAcquire(LocalSlotClass slotClass) => _queues[(int)slotClass].TryAcquire();

    public int InUse(LocalSlotClass slotClass) => _queues[(int)slotClass].InUse;

    private static bool NamesPipe(CompileJob job) => StreamWords.Files(job.CommandLine).Take(MostFilesLookedAt)
        .Any(file => Linux.Stat(Path.Combine(job.WorkingDirectory, file), followLinks: true, out FileStatus status) == 0 && status.IsPipe);

    private sealed class Slotless : IDisposable
    {
        public void Dispose()
        {
            // No slot was taken.
        }
    }

    private sealed class SlotQueue(int slots, Func<bool> hasRoom, Action freed)
    {
        private readonly Lock _lock = new();
        private readonly LinkedList<TaskCompletionSource<IDisposable>> _waiting = new();
        private readonly int _slots = slots;
        private int _free = slots;

        public int InUse
        {
            get
            {
                lock (_lock)
                {
                    return _slots - _free;
                }
            }
        }

        public IDisposable? TryAcquire()
        {
            lock (_lock)
            {
                return _waiting.Count == 0 && MayBegin() && _free-- > 0 ? new Slot(this) : null;
            }
        }

        public async ValueTask<IDisposable> AcquireAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var turn = new TaskCompletionSource<IDisposable>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lock)
            {
                if (_waiting.Count == 0 && MayBegin())
                {
                    _free--;
                    return new Slot(this);
                }

                _waiting.AddLast(turn);
            }

            using CancellationTokenRegistration registration = cancellationToken.Register(() => Leave(turn, cancellationToken));
            return await turn.Task.ConfigureAwait(false);
        }

        private void Leave(TaskCompletionSource<IDisposable> turn, CancellationToken cancellationToken)
        {
            bool waited;
            lock (_lock)
            {
                waited = _waiting.Remove(turn);
            }

            if (waited)
            {
                turn.SetCanceled(cancellationToken);
            }
        }

        /// <summary>Whether a command may start. The first one may start regardless of memory, so that a waiting command always waits for a running one.</summary>
        private bool MayBegin() => _free > 0 && (_free == _slots || hasRoom());

        private void Return()
        {
            var served = new List<TaskCompletionSource<IDisposable>>();
            bool isIdle;
            lock (_lock)
            {
                _free++;
                while (_waiting.First is { } next && MayBegin())
                {
                    _waiting.RemoveFirst();
                    _free--;
                    served.Add(next.Value);
                }

                isIdle = _waiting.Count == 0 && _free > 0;
            }

            served.ForEach(next => next.SetResult(new Slot(this)));
            if (isIdle)
            {
                freed();
            }
        }

        private sealed class Slot(SlotQueue queue) : IDisposable
        {
            private SlotQueue? _queue = queue;

            public void Dispose() => Interlocked.Exchange(ref _queue, null)?.Return();
        }
    }
}
