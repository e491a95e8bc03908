using System.CommandLine;
using IceCream.Host.Configuration;
using IceCream.Host.Migration;

namespace IceCream.Host.Commands;

/// <summary><c>icehost migrate</c>: translates icecream's configuration into ours and prints it on standard output.</summary>
internal static class MigrateCommand
{
    private static readonly string[] UsualFiles = ["/etc/icecc/icecc.conf", "/etc/default/icecc", "/etc/sysconfig/icecream"];

    public static Command Build()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = $"Files of icecream's. Default: those that exist of {string.Join(", ", UsualFiles)}.",
            Arity = ArgumentArity.ZeroOrMore,
        }.NotEmpty();
        var command = new Command("migrate", "Print an icecream.conf made from icecream's own configuration. What has no equal is named, with the reason.") { files };
        command.SetAction(parsed =>
        {
            string[] named = parsed.GetValue(files) ?? [];
            string[] found = named.Length > 0 ? named : [.. UsualFiles.Where(File.Exists)];
            if (found.Length == 0)
            {
                throw new ConfigurationException($"None of {string.Join(", ", UsualFiles)} exists. Name the file: icehost migrate FILE.");
            }

            TextWriter output = parsed.InvocationConfiguration.Output;
            foreach (string file in found)
            {
                foreach (string line in FileMigration.Translate(file, File.ReadAllText(file)))
                {
                    output.WriteLine(line);
                }
            }

            return 0;
        });
        return command;
    }
}
