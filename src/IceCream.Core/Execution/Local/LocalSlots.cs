using IceCream.CommandLine;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Execution.Local;

/// <summary>What a command does to its own machine. Each class has its own slots: a long link does not keep compiles waiting.</summary>
internal enum LocalSlotClass
{
    /// <summary>Compiles.</summary>
    Compile,

    /// <summary>Links, or does something unknown.</summary>
    Link,

    /// <summary>Preprocesses only.</summary>
    Preprocess,

    /// <summary>
    /// Reads from a pipe or writes to one. It waits for nothing and counts for nothing: whoever is at the other end may need a slot, and each would wait
    /// for the other.
    /// </summary>
    Stream,
}

/// <summary>
/// How many commands may run on the submitting machine at once, class by class. Who asked first is served first. Where memory is short they run one after the other:
/// none that is begun beside another is to make the machine swap.
/// </summary>
internal sealed class LocalSlots
{
    /// <summary>A link names thousands of objects, and none of them is a pipe.</summary>
    private const int MostFilesLookedAt = 256;

    private static readonly Slotless None = new();

    private readonly SlotQueue[] _queues = new SlotQueue[(int)LocalSlotClass.Stream];

    /// <param name="perClass">Slots of each class, at least 1.</param>
    /// <param name="hasRoom">Whether there is memory for one more command beside those that run; null: nobody looks.</param>
    public LocalSlots(int perClass, Func<bool>? hasRoom = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perClass, 1);
        for (int i = 0; i < _queues.Length; i++)
        {
            _queues[i] = new SlotQueue(perClass, i == (int)LocalSlotClass.Preprocess || hasRoom is null ? static () => true : hasRoom, () => Freed?.Invoke());
        }
    }

    /// <summary>Called when a slot was given back that nobody waits for.</summary>
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

    /// <summary>Waits for a slot. Disposing the return value, once or often, gives it back.</summary>
    /// <exception cref="OperationCanceledException">The caller left the queue.</exception>
    public ValueTask<IDisposable> AcquireAsync(LocalSlotClass slotClass, CancellationToken cancellationToken = default) =>
        slotClass == LocalSlotClass.Stream ? ValueTask.FromResult<IDisposable>(None) : _queues[(int)slotClass].AcquireAsync(cancellationToken);

    /// <summary>A slot, when one is free; else null.</summary>
    public IDisposable? TryAcquire(LocalSlotClass slotClass) => _queues[(int)slotClass].TryAcquire();

    /// <summary>How many slots are taken.</summary>
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

        /// <summary>The first may begin whatever the memory is: whoever waits for one that runs does not wait in vain.</summary>
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
