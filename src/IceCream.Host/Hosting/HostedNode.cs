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

    protected void Say(string line) => console.WriteLine($"icehost: {line}");

    /// <summary>Ends the program from within.</summary>
    protected void End(int exitCode)
    {
        ExitCode = exitCode;
        _lifetime?.StopApplication();
    }
}
