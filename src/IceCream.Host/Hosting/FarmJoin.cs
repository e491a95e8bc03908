using System.Collections.Immutable;
using IceCream.Clients;
using IceCream.Host.Configuration;
using IceCream.Host.Rendering;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Nodes.Discovery;
using IceCream.Transport;

namespace IceCream.Host.Hosting;

/// <summary>Joins a machine to a farm with a token before its daemon starts; retries every second until a scheduler of the farm answers.</summary>
/// <param name="options">The machine's name, its state directory, and the scheduler's address.</param>
/// <param name="token">The token.</param>
/// <param name="roles">Its roles.</param>
/// <param name="say">Receives each new reason for a delay.</param>
internal sealed class FarmJoin(DaemonNodeOptions options, JoinToken token, NodeRoles roles, Action<string> say)
{
    /// <summary>The second covers a whole exchange with a scheduler that is slow at it.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1), Patience = TimeSpan.FromSeconds(20);

    /// <summary>The roles that the daemon's options ask for.</summary>
    public static NodeRoles RolesOf(DaemonNodeOptions options) =>
        (options.Socket is null ? NodeRoles.None : NodeRoles.Agent) | (options.Listen is null ? NodeRoles.None : NodeRoles.Worker);

    /// <summary>Reads a token from a file, or from standard input if the file is <c>-</c>.</summary>
    /// <exception cref="ConfigurationException">There is no token.</exception>
    public static JoinToken Read(string file, TextReader input)
    {
        try
        {
            return JoinToken.TryParse(file == "-" ? input.ReadToEnd() : File.ReadAllText(file), out JoinToken? token) ? token
                : throw new ConfigurationException($"--join-file: what is in '{file}' is no token. Allowed: a file that holds what 'icehost token' printed, or - for standard input.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"--join-file: '{file}' cannot be read: {e.Message.TrimEnd('.')}. Allowed: a file that holds what 'icehost token' printed, or - for standard input.");
        }
    }

    /// <summary>
    /// Joins for a command that is no node, unless its user has credentials that are good or can be renewed: then the token is not even read, because it may be spent and gone.
    /// </summary>
    /// <param name="settings">The network, the scheduler, the machine's name and the state directory.</param>
    /// <param name="file">The token's file, or <c>-</c>.</param>
    /// <param name="roles">The roles.</param>
    /// <param name="error">Receives each new reason for a delay.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ConfigurationException">There is no token.</exception>
    /// <exception cref="IOException">The farm refuses the machine, or no scheduler of it answers within 20 s.</exception>
    public static async Task EnsureAsync(Settings settings, string file, NodeRoles roles, TextWriter error, CancellationToken cancellationToken)
    {
        string state = Places.Own().StateDirectory(settings).Path;
        using NodeCredentials? present = NodeCredentials.Load(NodeCredentials.FolderIn(state));
        if (present is not null && TimeProvider.System.GetUtcNow() < present.NotAfter + FarmTrust.Renewable)
        {
            return;
        }

        ImmutableArray<FarmAddress> schedulers = settings.Addresses(Setting.Scheduler, FarmAddress.SchedulerPort);
        var options = new DaemonNodeOptions
        {
            StateDirectory = state,
            Network = settings.Network(),
            Scheduler = schedulers.IsEmpty ? null : schedulers[0],
            Standbys = schedulers.IsEmpty ? [] : schedulers[1..],
            Credentials = present,
        };
        options = options with { Name = settings.Name() ?? options.Name };
        JoinToken token = Read(file, Console.In);
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            (await new FarmJoin(options, token, roles, line => error.WriteLine($"icehost: {Terminal.Line(line)}")).RunAsync(either.Token)).Dispose();
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new IOException($"No scheduler of the farm answered within {Patience.TotalSeconds:0} s.");
        }
    }

    /// <summary>Whether the credentials already grant what the token would: then no join is needed, and the token may be spent.</summary>
    public bool IsDone(NodeCredentials? credentials) =>
        credentials is not null && credentials.Trust.Fingerprint == token.Authority
        && credentials.Identity.Roles.HasFlag(roles) && credentials.Identity.Name == options.Name
        && TimeProvider.System.GetUtcNow() < credentials.NotAfter + FarmTrust.Renewable;

    /// <exception cref="IOException">The farm refuses the machine.</exception>
    public async Task<NodeCredentials> RunAsync(CancellationToken cancellationToken)
    {
        string? told = null;
        var client = new JoinClient(new TcpTransport(), TimeProvider.System);
        var wanted = new NodeIdentity(options.Network, roles, options.Name, options.User);
        string folder = NodeCredentials.FolderIn(options.StateDirectory);
        for (int attempt = 0; ; attempt++)
        {
            string reason;
            try
            {
                if (await FindAsync(attempt, cancellationToken) is { } scheduler)
                {
                    return await client.JoinAsync(scheduler, token, wanted, folder, options.Credentials, cancellationToken);
                }

                reason = "No scheduler of this network answers. Start one, or name its address by ICECREAM_SCHEDULER or --scheduler.";
            }
            catch (IOException e) when (e is not JoinRefusedException)
            {
                reason = e.Message;
            }

            if (reason != told)
            {
                say($"not in the farm yet: {reason}");
                told = reason;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    private async ValueTask<FarmAddress?> FindAsync(int attempt, CancellationToken cancellationToken) =>
        options.Scheduler is { } first
            ? attempt % (options.Standbys.Length + 1) is var at and > 0 ? options.Standbys[at - 1] : first
            : await SchedulerDiscovery.FindAsync(options.Network, options.Listen, cancellationToken);
}
