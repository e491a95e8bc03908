using IceCream.Host.Configuration;
using Spectre.Console;

namespace IceCream.Host.Rendering;

internal static class SettingsTable
{
    public static void Write(TextWriter output, IReadOnlyList<string> files, IReadOnlyList<SettingInForce> nodes, IReadOnlyList<SettingInForce> launcher)
    {
        foreach (string file in files)
        {
            output.WriteLine($"{file}: {(File.Exists(file) ? "read" : "not there")}");
        }

        output.WriteLine();
        Write(output, "nodes", nodes);
        output.WriteLine();
        Write(output, "launcher", launcher);
    }

    private static void Write(TextWriter output, string whose, IReadOnlyList<SettingInForce> settings)
    {
        Table table = Terminal.Table(whose, "value", "from");
        foreach (SettingInForce setting in settings)
        {
            table.Row(setting.Name, setting.Value, setting switch
            {
                { Source: Layer.Default, Where.Length: 0 } => "default",
                { Source: Layer.Default } => $"default: {setting.Where}",
                { Source: Layer.Environment } => $"environment: {setting.Where}",
                _ => setting.Where,
            });
        }

        Terminal.Write(output, table);
    }
}
