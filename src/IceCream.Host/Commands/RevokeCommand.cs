using System.CommandLine;
using IceCream.Clients;
using IceCream.Host.Configuration;
using IceCream.Host.Endpoints;

namespace IceCream.Host.Commands;

/// <summary><c>icehost revoke NODE</c>: removes a machine from the farm. Exit code 1 if it was not in it.</summary>
internal static class RevokeCommand
{
    public static Command Build()
    {
        var node = new Argument<string>("NODE") { Description = "Its name, as 'icehost status' shows it: NODE means the machine with all its users, USER@NODE one user's agent." }.NotEmpty();
        var command = new Command("revoke", "Withdraw a machine's certificates: its connections end at once, and it can join again by a new token only.") { node, Options.Network(), Options.StateDirectory() };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string name = parsed.GetRequiredValue(node);
            string socket = SchedulerFolder.Running(parsed.Settings()).Socket;
            int certificates = await Answers.AwaitAsync($"The scheduler at '{socket}'", ending => new SchedulerOwner(socket).RevokeAsync(name, ending), TimeProvider.System, cancellationToken);
            if (certificates == 0)
            {
                throw new IOException($"No node of this farm has a certificate for the name '{name}'. 'icehost status' lists those that are connected.");
            }

            await parsed.InvocationConfiguration.Output.WriteLineAsync($"{name} is in the farm no more ({certificates} certificate{(certificates == 1 ? "" : "s")}).");
            return 0;
        });
        return command;
    }
}
