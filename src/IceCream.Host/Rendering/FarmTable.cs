using System.Globalization;
using IceCream.Jobs;
using Spectre.Console;

namespace IceCream.Host.Rendering;

/// <summary>Prints a farm with a line for each node.</summary>
internal static class FarmTable
{
    public static void Write(TextWriter output, FarmAddress scheduler, FarmStatus status)
    {
        output.WriteLine(Terminal.Line($"network '{status.Network}', scheduler {scheduler}, version {status.Version}"));
        if (status.Insecure)
        {
            output.WriteLine("insecure: nodes speak in the clear, and whoever reaches them may use them");
        }

        if (status.Nodes.IsEmpty)
        {
            output.WriteLine("no nodes yet: start some with 'icehost daemon --scheduler HOST'");
            return;
        }

        Table table = Terminal.Table("name", "address", "platform", "slots", "running", "waiting", "speed", "memory", "pressure", "state", "remark");
        foreach (NodeInfo node in status.Nodes)
        {
            table.Row(node.Name, node.Address, node.Platform, Count(node.Slots), Count(node.Running), Count(node.Waiting), Speed(node), Memory(node), Pressure(node.Load), node.State, node.Remark);
        }

        Terminal.Write(output, table);
    }

    /// <summary>The speed relative to the average worker; empty before the first measured job.</summary>
    private static string Speed(NodeInfo node) => node.SpeedJobs == 0 ? "" : node.Speed.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Memory(NodeInfo node) => node.Memory == 0 ? "" : Gigabytes(node.Memory) + (node.Load.FreeMemory < 0 ? "" : $", {Gigabytes(node.Load.FreeMemory)} free");

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0}G");

    /// <summary>The part of the time in which some process waited for a processor, and for memory.</summary>
    private static string Pressure(NodeLoad load) => load is { CpuPressure: < 0, MemoryPressure: < 0 } ? ""
        : string.Create(CultureInfo.InvariantCulture, $"cpu {Math.Max(0, load.CpuPressure) / 10}%, memory {Math.Max(0, load.MemoryPressure) / 10}%");

    private static string Count(int number) => number.ToString(CultureInfo.InvariantCulture);
}
