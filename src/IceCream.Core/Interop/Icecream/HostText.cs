using System.Globalization;
using System.Net;
using System.Text;
using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Interop.Icecream;

/// <summary>Describes a node in the lines that a classic monitor reads.</summary>
internal static class HostText
{
    /// <summary>The text for a host that has gone.</summary>
    public const string Offline = "State:Offline\n";

    private const int FullLoad = 1000;

    /// <summary>The average node's speed as monitors see it. icecream measures bytes of output per second, so only ratios have a meaning.</summary>
    private const double AverageSpeed = 100;

    private const int LongestName = 255;

    /// <summary>The lines of a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="name">The name to show.</param>
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

    /// <summary>Makes a text for one line of a monitor. Characters that would end the line, move the cursor or reverse words are replaced.</summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">How many characters are kept, from the end.</param>
    public static string Line(string text, int longest)
    {
        ReadOnlySpan<char> end = text.AsSpan(Math.Max(0, text.Length - longest));
        return string.Create(end.Length, end, static (line, from) =>
        {
            for (int i = 0; i < line.Length; i++)
            {
                // The cut may have separated the halves of a surrogate pair.
                line[i] = PlainText.IsHarmful(from[i]) || (i == 0 && char.IsLowSurrogate(from[i])) ? '?' : from[i];
            }
        });
    }

    /// <summary>The host of the address at which the node answers; a node that only submits has no address.</summary>
    private static string AddressOf(NodeInfo node) =>
        !FarmAddress.TryParse(node.Address, FarmAddress.DaemonPort, out FarmAddress? address) || address.Scheme != "tcp" ? "-"
        : IPAddress.TryParse(address.Host, out IPAddress? ip) && ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4().ToString()
        : Line(address.Host, LongestName);

    /// <summary>In thousandths: full load for a node that takes no jobs, otherwise the share of the last seconds in which a task waited for a processor or for memory.</summary>
    private static int LoadOf(NodeInfo node) =>
        node.Slots == 0 || node.State is "refusing" or "drained" or "quarantined" ? FullLoad
        : Math.Clamp(Math.Max(node.Load.CpuPressure, node.Load.MemoryPressure), 0, FullLoad);
}
