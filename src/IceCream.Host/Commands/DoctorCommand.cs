using System.CommandLine;
using IceCream.Host.Configuration;
using IceCream.Host.Doctor;
using IceCream.Host.Rendering;

namespace IceCream.Host.Commands;

/// <summary>
/// <c>icehost doctor</c>: reports what this machine can do, where a compile by each of its compilers runs, and what to change. Exit code 0 if
/// there is no problem, 1 if compiles stay here or something does not work, 2 if no agent could be asked.
/// </summary>
internal static class DoctorCommand
{
    public static Command Build()
    {
        Option<bool> json = Options.Json();
        var command = new Command("doctor", "Compile something by each compiler on PATH over the farm, and say what stays here, why, and what to change. Exit code 0: all well, 1: something stays here, 2: no agent could be asked.")
        {
            Options.Scheduler(), Options.Network(), Options.Socket(), Options.StateDirectory(), Options.Insecure(), json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            parsed.Warn(TemporaryFolder.Mend());
            Examination examination = await Examination.MakeAsync(parsed.Settings(), TimeProvider.System, cancellationToken);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(DoctorReport.From(examination).ToJson());
                return examination.ExitCode;
            }

            foreach (Finding finding in examination.Findings)
            {
                output.WriteLine(Terminal.Line($"{Reports.Word(finding.Level),-8} {finding.Check}: {finding.What}"));
                if (finding.Remedy.Length > 0)
                {
                    output.WriteLine(Terminal.Line($"         {finding.Remedy}"));
                }
            }

            return examination.ExitCode;
        });
        return command;
    }
}
