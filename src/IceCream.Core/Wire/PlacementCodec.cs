using System.Collections.Immutable;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>How a job's worker was chosen, as a field of its record.</summary>
internal static class PlacementCodec
{
    public static void Write(ref MessagePackWriter writer, JobPlacement? placement)
    {
        if (placement is null)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(6);
        writer.WriteFinite(placement.Forecast);
        writer.Write(Math.Clamp(placement.PeakMemory, 0, WireLimits.Memory));
        writer.Write((int)placement.Basis);
        writer.Write(placement.HasWaited);
        writer.WriteArrayHeader(placement.Options.Length);
        foreach (PlacementOption option in placement.Options)
        {
            writer.WriteArrayHeader(3);
            writer.Write(option.Worker);
            writer.WriteFinite(option.Speed);
            writer.WriteFinite(option.Expected);
        }

        if (placement.Race is { } race)
        {
            writer.WriteArrayHeader(3);
            writer.Write(race.Other);
            writer.WriteFinite(race.After);
            writer.Write(race.SecondWon);
        }
        else
        {
            writer.WriteNil();
        }
    }

    public static JobPlacement? Read(ref MessagePackReader reader)
    {
        if (reader.TryReadNil())
        {
            return null;
        }

        reader.ReadFields(6);
        double forecast = reader.ReadFinite();
        long memory = reader.ReadLength(WireLimits.Memory);
        ForecastBasis basis = reader.ReadEnum<ForecastBasis>();
        bool hasWaited = reader.ReadBoolean();
        int count = reader.ReadCount(JobPlacement.MostOptions);
        var options = ImmutableArray.CreateBuilder<PlacementOption>(count);
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(3);
            options.Add(new PlacementOption(reader.ReadText(WireLimits.Name), reader.ReadFinite(), reader.ReadFinite()));
        }

        return new JobPlacement(forecast, memory, basis, hasWaited, options.DrainToImmutable()) { Race = ReadRace(ref reader) };
    }

    private static JobRace? ReadRace(ref MessagePackReader reader)
    {
        if (reader.TryReadNil())
        {
            return null;
        }

        reader.ReadFields(3);
        return new JobRace(reader.ReadText(WireLimits.Name), reader.ReadFinite(), reader.ReadBoolean());
    }
}
