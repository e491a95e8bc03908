using System.Collections.Immutable;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

// The job costs that agents have learned, for a scheduler that replaces another.
internal abstract partial record SchedulerMessage
{
    private const int CostsTag = 30;

    /// <summary>Agent: what its jobs have cost.</summary>
    public sealed record Costs(ImmutableArray<KnownCost> Known) : SchedulerMessage;

    private static void WriteCosts(ref MessagePackWriter writer, Costs message)
    {
        Begin(ref writer, CostsTag, 1);
        writer.WriteArrayHeader(message.Known.Length);
        foreach (KnownCost cost in message.Known)
        {
            writer.WriteArrayHeader(4);
            writer.Write(cost.Key);
            writer.Write(cost.IsGroup);
            writer.WriteFinite(cost.Seconds);
            writer.Write(Math.Clamp(cost.PeakMemory, 0, WireLimits.Memory));
        }
    }

    private static Costs ReadCosts(ref MessagePackReader reader)
    {
        int count = reader.ReadCount(KnownCost.MostTold);
        var costs = ImmutableArray.CreateBuilder<KnownCost>(Math.Min(count, 256));
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(4);
            costs.Add(new KnownCost(reader.ReadUInt64(), reader.ReadBoolean(), reader.ReadFinite(), ReadMemory(ref reader)));
        }

        return new Costs(costs.DrainToImmutable());
    }
}
