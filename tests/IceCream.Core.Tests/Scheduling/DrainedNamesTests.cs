using IceCream.Jobs;
using IceCream.Scheduling;
using IceCream.Simulation;
using Xunit;

namespace IceCream.Tests.Scheduling;

/// <summary>Where a farm is insecure, anybody may drain any name.</summary>
public sealed class DrainedNamesTests
{
    [Fact]
    public void Names_that_nobody_has_make_room_for_one_another_and_cost_nobody_else_anything()
    {
        var farm = new SimulatedFarm();
        farm.WorkerJoins("here", 1);
        farm.Drains("here", "a new disk");
        FarmKnowledge knowledge = farm.Scheduler.Knowledge;
        for (int stranger = 0; stranger <= FarmKnowledge.MostAbsent; stranger++)
        {
            farm.Drains($"x{stranger}", "x");
        }

        Assert.Equal("drained", Assert.Single(farm.Scheduler.Describe()).State);
        Assert.Equal("x", knowledge.Of($"x{FarmKnowledge.MostAbsent}").Drained);
        Assert.Equal("x", knowledge.Of("x1").Drained);
        Assert.Null(knowledge.Of("x0").Drained);
        farm.Drains("here", null);
        Assert.Equal("ready", Assert.Single(farm.Scheduler.Describe()).State);
    }

    [Fact]
    public void The_most_that_is_kept_can_be_read_again()
    {
        var most = new FarmKnowledge();
        for (int command = 0; command < CostBook.MostCommands; command++)
        {
            most.Costs.Learn(new CostKeys((ulong)command, (ulong)command), 1, 1);
        }

        for (int worker = 0; worker < FarmKnowledge.MostWorkers; worker++)
        {
            most.Of($"{worker}".PadRight(256, 'x')).Drained = new string('\u20AC', 200);
        }

        var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        most.Save(writer);
        Assert.InRange(file.Length, 16 << 20, FarmKnowledge.MostBytes - 4096);
        file.Position = FarmKnowledge.Header.Length;
        using var reader = new BinaryReader(file);
        Assert.NotNull(FarmKnowledge.Load(reader).Of("0".PadRight(256, 'x')).Drained);
    }
}
