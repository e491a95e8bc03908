using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>The launcher at the other end of a channel, while its command is under way.</summary>
/// <param name="channel">The channel to the launcher.</param>
/// <param name="left">Completes when the launcher's end is closed.</param>
/// <param name="stream">The connection, which identifies the launcher's process where that can be watched.</param>
/// <param name="time">The clock.</param>
/// <param name="closing">Cancelled when the agent closes, so that a busy parent does not delay the agent.</param>
internal sealed class WaitingLauncher(AgentChannel channel, Task left, Stream stream, TimeProvider time, CancellationToken closing) : IJobLauncher, IDisposable
{
    private const int LongestReason = 4000;

    private PeerProcess? _process;

    /// <summary>Whether the launcher has been told to execute the compiler: then nothing more may be sent to it.</summary>
    public bool IsCompiler { get; private set; }

    /// <inheritdoc/>
    public async ValueTask BecomeCompilerAsync(string reason, CancellationToken cancellationToken)
    {
        IsCompiler = true;
        _process = PeerProcess.Of(stream);
        try
        {
            await channel.SendAsync(
                new LauncherMessage.RunHere(ShortText.Cut(reason, LongestReason)), cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new OperationCanceledException("The launcher has left.", e, cancellationToken);
        }

        await Task.WhenAny(left, Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken)).ConfigureAwait(false);
        if (!left.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<int?> EndAsync() => _process is null ? null : await _process.EndAsync(time, closing).ConfigureAwait(false);

    /// <inheritdoc/>
    public void Dispose() => _process?.Dispose();
}
