using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics;
using IceCream.Platform;

namespace IceCream.Processes;

/// <summary>A program to start, without a shell.</summary>
internal sealed record ChildCommand
{
    /// <summary>The program's absolute path, which is also its first argument.</summary>
    public required string Program { get; init; }

    /// <summary>The arguments after the program's name.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>The whole environment, as <c>NAME=value</c>.</summary>
    public ImmutableArray<string> Environment { get; init; } = [];

    public required string WorkingDirectory { get; init; }

    /// <summary>The content of its standard input; empty by default.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>The most bytes that are kept of each output stream; a program that writes more is killed.</summary>
    public int TextLimit { get; init; } = 64 << 20;

    /// <summary>Receives the process number as soon as the process exists; may be null.</summary>
    public Action<int>? Started { get; init; }
}

/// <summary>How a child ended.</summary>
/// <param name="ExitCode">Its exit code; 128 + signal when a signal ended it.</param>
/// <param name="StandardOutput">What it wrote, up to the limit.</param>
/// <param name="StandardError">What it wrote, up to the limit.</param>
/// <param name="TextLimitReached">Whether it was killed because it exceeded the limit.</param>
internal sealed record ChildOutcome(int ExitCode, ReadOnlyMemory<byte> StandardOutput, ReadOnlyMemory<byte> StandardError, bool TextLimitReached);

/// <summary>Runs a program to its end.</summary>
internal static class ChildProcess
{
    private const int StopSignal = 19;

    /// <summary>Runs a program. Cancellation kills it; the call returns after it and all processes that share its output have ended.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static async Task<ChildOutcome> RunAsync(ChildCommand command, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var process = new Process { StartInfo = Describe(command) };
        await SpawnGate.StartAsync(process).ConfigureAwait(false);
        command.Started?.Invoke(process.Id);

        using CancellationTokenRegistration killing = cancellationToken.Register(static state => KillWithChildren((Process)state!), process);
        using var output = new Capture(process, process.StandardOutput.BaseStream, command.TextLimit);
        using var error = new Capture(process, process.StandardError.BaseStream, command.TextLimit);
        await FeedAsync(process.StandardInput.BaseStream, command.Input).ConfigureAwait(false);

        // Neither wait takes the token: when this returns, a killed child must have ended and not merely be abandoned.
        await Task.WhenAll(output.Done, error.Done).ConfigureAwait(false);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);

        cancellationToken.ThrowIfCancellationRequested();
        return new ChildOutcome(process.ExitCode, output.Bytes, error.Bytes, output.Overflowed || error.Overflowed);
    }

    /// <summary>Writes a child's input. A child that was killed, or that reads no more, ends the write.</summary>
    private static async Task FeedAsync(Stream to, ReadOnlyMemory<byte> input)
    {
        try
        {
            await to.WriteAsync(input).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Nobody reads the pipe any more. The child's exit code tells the rest.
        }
        finally
        {
            await to.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Kills the descendants too: a child of bwrap that has not yet asked to die with its parent would wait for it forever, and hold the pipes open. Throws nothing,
    /// because callers have a reason to report already, such as a cancellation.
    /// </summary>
    public static void KillWithChildren(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                KillBelow(process.Id);
            }

            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is AggregateException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // Some of them ended at the same moment, or belong to others by now. The reader of the pipes learns when all have ended.
        }
    }

    /// <summary>The framework identifies children by their start time too, and misses one that started at the same moment as its parent.</summary>
    private static void KillBelow(int process)
    {
        if (!Linux.Kill(process, StopSignal))
        {
            return;
        }

        foreach (int child in ProcessFamily.ChildrenOf(process))
        {
            KillBelow(child);
            Linux.Kill(child, Linux.SIGKILL);
        }
    }

    private static ProcessStartInfo Describe(ChildCommand command)
    {
        var start = new ProcessStartInfo(command.Program)
        {
            WorkingDirectory = command.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in command.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (string variable in command.Environment)
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                start.Environment[variable[..equals]] = variable[(equals + 1)..];
            }
        }

        return start;
    }

    /// <summary>One output stream of a child. It is read to its end even beyond the limit, because only the end proves that all its writers have ended.</summary>
    private sealed class Capture : IDisposable
    {
        private readonly MemoryStream _bytes = new();

        public Capture(Process process, Stream source, int limit) => Done = ReadAsync(process, source, limit);

        public Task Done { get; }

        public bool Overflowed { get; private set; }

        public ReadOnlyMemory<byte> Bytes => _bytes.ToArray();

        public void Dispose() => _bytes.Dispose();

        private async Task ReadAsync(Process process, Stream source, int limit)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
            try
            {
                int read;
                while ((read = await source.ReadAsync(buffer).ConfigureAwait(false)) > 0)
                {
                    int room = Math.Min(read, limit - (int)_bytes.Length);
                    _bytes.Write(buffer, 0, room);
                    if (room < read && !Overflowed)
                    {
                        Overflowed = true;
                        KillWithChildren(process);
                    }
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
