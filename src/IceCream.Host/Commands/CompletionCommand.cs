using System.CommandLine;
using IceCream.Host.Reference;

namespace IceCream.Host.Commands;

/// <summary><c>icehost completion SHELL</c> and <c>icehost manual</c>: shell completions and the manual page, generated from the command definitions.</summary>
internal static class CompletionCommand
{
    private const string Program = "icehost";

    public static Command Build()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong([.. Completions.Shells]);
        var command = new Command("completion", "Print what completes icehost's commands and options in a shell: source it, or put it where the shell looks.") { shell };
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.Write(Completions.Write(parsed.GetRequiredValue(shell), Program, [.. CommandEntry.AllOf(IceHost.Build())]));
            return 0;
        });
        return command;
    }

    /// <summary>The hidden command <c>manual</c>, for package builds.</summary>
    public static Command BuildManual()
    {
        var command = new Command("manual", "Print the manual page, in the macros of man(7).") { Hidden = true };
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.Write(ManualPage.Write(Program, typeof(IceHost).Assembly.GetName().Version!.ToString(3), [.. CommandEntry.AllOf(IceHost.Build())]));
            return 0;
        });
        return command;
    }
}
