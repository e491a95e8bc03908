using System.Collections.Concurrent;
using System.Diagnostics;

namespace IceCream.Processes;

/// <summary>
/// Starts every child of this process, on one thread that lives as long as the process.
/// <para>
/// A child that asked to die with its parent (<c>bwrap --die-with-parent</c>) is killed when the <em>thread</em> that forked it ends
/// (prctl(2), <c>PR_SET_PDEATHSIG</c>), and pool threads end when there is little to do.
/// </para>
/// <para>
/// Between fork and exec a child holds every file that this process had open. After writing a program a caller must wait until no such
/// child is left, or executing the program fails with ETXTBSY.
/// </para>
/// </summary>
internal static class SpawnGate
{
    private static readonly ReaderWriterLockSlim Gate = new(LockRecursionPolicy.NoRecursion);
    private static readonly BlockingCollection<(Process Process, TaskCompletionSource Started)> Waiting = Open();

    /// <summary>Starts a process. The framework returns only after the child's exec has closed its inherited files.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public static Task StartAsync(Process process)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Waiting.Add((process, started));
        return started.Task;
    }

    /// <summary>Returns when every child that was being started has closed the files that were open then.</summary>
    public static void AwaitSpawns()
    {
        Gate.EnterWriteLock();
        Gate.ExitWriteLock();
    }

    private static BlockingCollection<(Process, TaskCompletionSource)> Open()
    {
        var waiting = new BlockingCollection<(Process, TaskCompletionSource)>();
        var thread = new Thread(() => StartAll(waiting)) { IsBackground = true, Name = "spawn" };
        thread.Start();
        return waiting;
    }

    private static void StartAll(BlockingCollection<(Process Process, TaskCompletionSource Started)> waiting)
    {
        foreach ((Process process, TaskCompletionSource started) in waiting.GetConsumingEnumerable())
        {
            Gate.EnterReadLock();
            try
            {
                process.Start();
                started.SetResult();
            }
            catch (Exception exception)
            {
                // The exception belongs to the caller; this thread continues for the others.
                started.SetException(exception);
            }
            finally
            {
                Gate.ExitReadLock();
            }
        }
    }
}
