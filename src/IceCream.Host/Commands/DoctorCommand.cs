using System.CommandLine;
using IceCream.Host.Configuration;
using IceCream.Host.Doctor;
using IceCream.Host.Rendering;

namespace IceCream.Host.Commands;

/// <summary><c>icehost doctor</c>: what this machine can do, and what to install. Exit code 1 when a check finds a problem.</summary>
internal static class DoctorCommand
{
    public static Command Build()
    {
        Option<bool> json = Options.Json();
        var command = new Command("doctor", "Say what this machine can do for a farm, and what to install or allow.")
        {
            Options.Scheduler(), Options.Network(), Options.Socket(), Options.StateDirectory(), json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            IReadOnlyList<Finding> findings = await ExamineAsync(parsed.Settings(), TimeProvider.System);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(Reports.ToJson(DoctorReport.From(findings)));
            }
            else
            {
                foreach (Finding finding in findings)
                {
                    output.WriteLine($"{Reports.Word(finding.Level),-8} {finding.Check}: {finding.What}");
                    if (finding.Remedy.Length > 0)
                    {
                        output.WriteLine($"         {finding.Remedy}");
                    }
                }
            }

            return findings.Any(static finding => finding.Level == FindingLevel.Problem) ? 1 : 0;
        });
        return command;
    }

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(Settings settings, TimeProvider time)
    {
        var findings = new List<Finding>();
        await foreach (Finding finding in SandboxChecks.RunAsync(time))
        {
            findings.Add(finding);
        }

        await foreach (Finding finding in CompilerChecks.RunAsync())
        {
            findings.Add(finding);
        }

        await foreach (Finding finding in FarmChecks.RunAsync(settings))
        {
            findings.Add(finding);
        }

        findings.AddRange(MachineChecks.Run(Path.GetFullPath(settings.Text(Setting.StateDirectory) ?? Defaults.StateDirectory()), time));
        return findings;
    }
}
