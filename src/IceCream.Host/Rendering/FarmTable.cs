using System.Globalization;
using IceCream.Jobs;
using Spectre.Console;

namespace IceCream.Host.Rendering;

/// <summary>A farm, a line for each node.</summary>
internal static class FarmTable
{
    public static void Write(TextWriter output, FarmAddress scheduler, FarmStatus status)
    {
        output.WriteLine($"network '{status.Network}', scheduler {scheduler}, version {status.Version}");
        if (status.Insecure)
        {
            output.WriteLine("insecure: nodes speak in the clear, and whoever reaches them may use them");
        }

        if (status.Nodes.IsEmpty)
        {
            output.WriteLine("no nodes yet: start some with 'icehost daemon --scheduler HOST'");
            return;
        }

        Table table = Terminal.Table("name", "address", "platform", "slots", "running", "waiting", "state", "remark");
        foreach (NodeInfo node in status.Nodes)
        {
            table.Row(node.Name, node.Address, node.Platform, Count(node.Slots), Count(node.Running), Count(node.Waiting), node.State, node.Remark);
        }

        Terminal.On(output).Write(table);
    }

    private static string Count(int number) => number.ToString(CultureInfo.InvariantCulture);
}
