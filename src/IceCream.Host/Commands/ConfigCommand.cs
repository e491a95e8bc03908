using System.CommandLine;
using IceCream.Host.Caching;
using IceCream.Host.Configuration;
using IceCream.Host.Rendering;

namespace IceCream.Host.Commands;

/// <summary><c>icehost config</c>: shows the effective settings and where each comes from. Exit code 2 if one of them is invalid.</summary>
internal static class ConfigCommand
{
    public static Command Build()
    {
        Option<bool> json = Options.Json();
        var command = new Command("config", "Show the settings that are in force, and where each was written. Options count as they would for 'icehost daemon'.") { json };
        foreach (Option option in DaemonCommand.SettingOptions())
        {
            command.Add(option);
        }

        command.SetAction(parsed =>
        {
            Settings settings = parsed.Settings();
            var places = Places.Own();
            IReadOnlyList<SettingInForce> nodes = InForce.OfNodes(settings, places), launcher = InForce.OfLauncher(HostConfiguration.Variables());
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(ConfigurationReport.From(settings.Files, nodes, launcher).ToJson());
            }
            else
            {
                SettingsTable.Write(output, settings.Files, nodes, launcher);
            }

            // The output shows the raw values. Validation comes last, with the same errors that the nodes would report.
            settings.LogLevel(verbose: false);
            SchedulerCommand.DescribeDashboard(settings, SchedulerCommand.Describe(settings), SchedulerCommand.FindState(settings, places, static _ => { }));
            DaemonCommand.Describe(settings, Defaults.IsManagedService(), places);
            SharedStores.Of(settings)?.Dispose();
            return 0;
        });
        return command;
    }
}
