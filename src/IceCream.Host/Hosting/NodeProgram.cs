using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IceCream.Host.Hosting;

/// <summary>Runs a node as a program until a signal, or until the node ends by itself.</summary>
internal static class NodeProgram
{
    /// <summary>Starts a node and waits for its end.</summary>
    /// <param name="node">The node.</param>
    /// <param name="level">The lowest level that is logged.</param>
    /// <param name="cancellationToken">Ends it as a signal does.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(HostedNode node, LogLevel level, CancellationToken cancellationToken)
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        ConsoleLog.Configure(builder.Logging, level);
        builder.Services.Configure<ConsoleLifetimeOptions>(static lifetime => lifetime.SuppressStatusMessages = true);
        builder.Services.AddSingleton<IHostedService>(services =>
        {
            node.Attach(services.GetRequiredService<IHostApplicationLifetime>(), services.GetRequiredService<ILoggerFactory>());
            return node;
        });

        // RunAsync disposes of the host, which disposes of the node.
        try
        {
            await builder.Build().RunAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // A signal came while the node was still starting.
        }

        return node.ExitCode;
    }
}
