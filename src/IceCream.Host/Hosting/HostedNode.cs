using IceCream.Host.Rendering;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Host.Hosting;

/// <summary>What daemon and scheduler have in common as programs: one line when ready, and an exit code.</summary>
/// <param name="console">Receives the node's messages.</param>
internal abstract class HostedNode(TextWriter console) : IHostedService, IAsyncDisposable
{
    private IHostApplicationLifetime? _lifetime;

    public int ExitCode { get; private set; }

    protected ILoggerFactory Loggers { get; private set; } = NullLoggerFactory.Instance;

    public void Attach(IHostApplicationLifetime lifetime, ILoggerFactory loggers) => (_lifetime, Loggers) = (lifetime, loggers);

    public abstract Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Does nothing: the host disposes of the node right after.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public abstract ValueTask DisposeAsync();

    /// <summary>Ends the program with its node: exit code 0, or 1 and the reason if the node failed.</summary>
    /// <param name="what">The node's kind, for the message.</param>
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
            // The exit code makes a service manager restart the program.
            Say($"the {what} broke off: {e.Message}");
            End(1);
        }
    }

    /// <summary>Tells one line, in which other machines' words may be.</summary>
    protected void Say(string line) => console.WriteLine($"icehost: {Terminal.Line(line)}");

    protected void End(int exitCode)
    {
        ExitCode = exitCode;
        _lifetime?.StopApplication();
    }
}
