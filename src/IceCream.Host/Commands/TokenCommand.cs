using System.CommandLine;
using System.Globalization;
using IceCream.Clients;
using IceCream.Host.Configuration;
using IceCream.Host.Endpoints;
using IceCream.Identity;

namespace IceCream.Host.Commands;

/// <summary><c>icehost token</c>: prints a token with which a machine joins the farm of this user's scheduler. Exit code 1 if no such scheduler runs here.</summary>
internal static class TokenCommand
{
    private const int MostUses = 10_000;

    /// <summary>The role of a dashboard reader on another machine, which is not a node and joins nothing.</summary>
    private const string Reader = "reader";

    /// <summary>All roles but scheduler: a standby scheduler does not join, it has a copy of the authority.</summary>
    private static readonly string[] Roles = [.. NodeRoleWords.All.Where(static word => word != NodeRoleWords.Of(NodeRoles.Scheduler)), Reader];

    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(366);

    public static Command Build()
    {
        Option<string> role = Options.Value("--role", "ROLE", $"What the token is for: {string.Join(", ", Roles)}. Default: both (agent and worker). No machine joins by the token of a reader: it opens the dashboard of a secure farm until its time is over.");
        Option<string> lifetime = Options.Value("--ttl", "TIME", "For how long it is good, such as 30m, 24h or 7d. Default: 24h.");
        Option<string> uses = Options.Value("--uses", "N", "How many machines may join by it. Default: 1.");
        var command = new Command("token", "Print a token by which machines join the farm of the scheduler that runs here. It is a secret: hand it on as a file, for --join-file.")
        {
            role, lifetime, uses, Options.Network(), Options.StateDirectory(),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Settings settings = parsed.Settings();
            string word = parsed.GetValue(role) ?? "both";
            NodeRoles roles = Roles.Contains(word) ? NodeRoleWords.Parse(word) ?? NodeRoles.None : throw new ConfigurationException($"--role: '{word}' is not allowed. Allowed: {string.Join(", ", Roles)}.");
            TimeSpan life = ReadTime(parsed.GetValue(lifetime) ?? "24h");
            int number = int.TryParse(parsed.GetValue(uses) ?? "1", NumberStyles.None, CultureInfo.InvariantCulture, out int given) && given is >= 1 and <= MostUses ? given
                : throw new ConfigurationException($"--uses: '{parsed.GetValue(uses)}' is not allowed. Allowed: a whole number from 1 to {MostUses}.");
            if (roles == NodeRoles.None && parsed.GetValue(uses) is not null)
            {
                throw new ConfigurationException("--uses: a read token is good for any number of looks. Allowed: without --role reader.");
            }

            string socket = SchedulerFolder.Running(settings).Socket;
            var owner = new SchedulerOwner(socket);
            string token = await Answers.AwaitAsync(
                $"The scheduler at '{socket}'",
                ending => roles == NodeRoles.None ? owner.CreateReadTokenAsync(life, ending) : owner.CreateTokenAsync(roles, life, number, ending), TimeProvider.System, cancellationToken);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(token);
            return 0;
        });
        return command;
    }

    internal static TimeSpan ReadTime(string text)
    {
        TimeSpan? unit = text.Length < 2 ? null : text[^1] switch { 'm' => TimeSpan.FromMinutes(1), 'h' => TimeSpan.FromHours(1), 'd' => TimeSpan.FromDays(1), _ => null };
        return unit is { } one && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 && count <= LongestLife / one
            ? count * one
            : throw new ConfigurationException($"--ttl: '{text}' is not allowed. Allowed: a whole number with m, h or d behind it, up to {LongestLife.TotalDays}d.");
    }
}
