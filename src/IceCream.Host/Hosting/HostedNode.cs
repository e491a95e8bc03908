using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Host.Hosting;

/// <summary>What the two nodes have in common as programs: one line when ready, and an end.</summary>
/// <param name="console">Where the line goes.</param>
internal abstract class HostedNode(TextWriter console) : IHostedService, IAsyncDisposable
{
    private IHostApplicationLifetime? _lifetime;

    public int ExitCode { get; private set; }

    protected ILoggerFactory Loggers { get; private set; } = NullLoggerFactory.Instance;

    public void Attach(IHostApplicationLifetime lifetime, ILoggerFactory loggers) => (_lifetime, Loggers) = (lifetime, loggers);

    public abstract Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Nothing to do yet: the host disposes of the node right after.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public abstract ValueTask DisposeAsync();

    /// <summary>Ends the program with its node: well, or with the reason why the node broke off.</summary>
    /// <param name="what">The node, for people.</param>
    /// <param name="completion">The node's end.</param>
    protected async Task WatchAsync(string what, Task completion)
    {
        try
        {
            await completion;
            End(0);
        }
        catch (OperationCanceledException)
        {
            End(0);
        }
        catch (Exception e)
        {
            // A service manager restarts it because of the exit code.
            Say($"the {what} broke off: {e.Message}");
            End(1);
        }
    }

    protected void Say(string line) => console.WriteLine($"icehost: {line}");

    /// <summary>Ends the program from within.</summary>
    protected void End(int exitCode)
    {
        ExitCode = exitCode;
        _lifetime?.StopApplication();
    }
}
