using System.Globalization;
using System.Net;
using System.Text;
using IceCream.Jobs;

namespace IceCream.Interop.Icecream;

/// <summary>A node in the lines that a classic monitor reads.</summary>
internal static class HostText
{
    /// <summary>What is said of a host that has gone.</summary>
    public const string Offline = "State:Offline\n";

    private const int FullLoad = 1000;

    /// <summary>The average node's speed as monitors see it. icecream measures bytes of output by the second, so that only ratios mean something.</summary>
    private const double AverageSpeed = 100;

    private const int LongestName = 255;

    /// <summary>The lines of a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="name">What it is called.</param>
    public static string Of(NodeInfo node, string name)
    {
        var text = new StringBuilder();
        Add("Name", Line(name, LongestName));
        Add("IP", AddressOf(node));
        Add("MaxJobs", node.Slots);
        Add("NoRemote", node.Slots == 0 ? "true" : "false");
        Add("Platform", Line(node.Platform, LongestName));
        Add("Version", ClassicVersion.Newest);
        Add("Features", "--");
        Add("Speed", string.Create(CultureInfo.InvariantCulture, $"{(node.SpeedJobs == 0 ? 0 : node.Speed * AverageSpeed):0.000000}"));
        Add("Load", LoadOf(node));
        if (node.Load.FreeMemory >= 0)
        {
            Add("FreeMem", node.Load.FreeMemory >> 20);
        }

        return text.ToString();

        void Add(string key, object value) => text.Append(CultureInfo.InvariantCulture, $"{key}:{value}\n");
    }

    /// <summary>A text for one line of a monitor's: what would end it, or move its cursor, is replaced.</summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">How many letters are kept, from the end.</param>
    public static string Line(string text, int longest)
    {
        ReadOnlySpan<char> end = text.AsSpan(Math.Max(0, text.Length - longest));
        return string.Create(end.Length, end, static (line, from) =>
        {
            for (int i = 0; i < line.Length; i++)
            {
                // Two halves of one letter may have been parted by the cut.
                line[i] = char.IsControl(from[i]) || (i == 0 && char.IsLowSurrogate(from[i])) ? '?' : from[i];
            }
        });
    }

    /// <summary>The host of the address at which it answers; a node that only submits has said none.</summary>
    private static string AddressOf(NodeInfo node) =>
        !FarmAddress.TryParse(node.Address, FarmAddress.DaemonPort, out FarmAddress? address) || address.Scheme != "tcp" ? "-"
        : IPAddress.TryParse(address.Host, out IPAddress? ip) && ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4().ToString()
        : Line(address.Host, LongestName);

    /// <summary>In thousandths: all of it for a node that takes no jobs, else the part of the last seconds in which somebody waited for a processor or for memory.</summary>
    private static int LoadOf(NodeInfo node) =>
        node.Slots == 0 || node.State is "refusing" or "drained" or "quarantined" ? FullLoad
        : Math.Clamp(Math.Max(node.Load.CpuPressure, node.Load.MemoryPressure), 0, FullLoad);
}
