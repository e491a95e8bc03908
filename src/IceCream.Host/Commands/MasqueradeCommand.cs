using System.CommandLine;
using IceCream.Host.Compilers;

namespace IceCream.Host.Commands;

/// <summary><c>icehost masquerade DIR</c>: fills a folder with links that put the launcher in front of the compilers.</summary>
internal static class MasqueradeCommand
{
    public static Command Build()
    {
        var folder = new Argument<string>("DIR") { Description = "The folder; made when absent. Files in it that are no links to icelaunch stay as they are." }.NotEmpty();
        var command = new Command("masquerade", "Link the name of every compiler on PATH to icelaunch in DIR. Put DIR first in PATH to compile through the farm.")
        {
            folder,
        };
        command.SetAction(parsed =>
        {
            string directory = Path.GetFullPath(parsed.GetRequiredValue(folder));
            MasqueradeOutcome outcome = MasqueradeFolder.Fill(
                directory, LauncherProgram.Find(), CompilersOnPath.Find(Environment.GetEnvironmentVariable("PATH") ?? "").Select(found => found.Name));
            foreach (string kept in outcome.Kept)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"icehost: warning: {Path.Combine(directory, kept)} is no link to icelaunch and stays as it is.");
            }

            parsed.InvocationConfiguration.Output.WriteLine($"{directory}: {string.Join(' ', outcome.Linked)}");
            return 0;
        });
        return command;
    }
}
