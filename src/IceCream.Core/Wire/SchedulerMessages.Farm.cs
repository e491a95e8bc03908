using System.Collections.Immutable;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

// Messages about jobs and nodes: costs, loads, and the farm as a monitor sees it.
internal abstract partial record SchedulerMessage
{
    private const int OutrunTag = 29, MostThousandths = 1_000_000_000;

    /// <summary>A worker: a job has ended.</summary>
    public sealed record JobEnded(CostReport Report) : SchedulerMessage;

    /// <summary>An agent: a worker failed at a job that another worker then did.</summary>
    public sealed record Blame(string Worker) : SchedulerMessage;

    /// <summary>An agent: a worker had not finished a job when another worker had.</summary>
    /// <param name="Worker">The slower worker's name.</param>
    /// <param name="Speed">An upper bound on its speed, where the average worker has 1.</param>
    public sealed record Outrun(string Worker, double Speed) : SchedulerMessage;

    /// <summary>A monitor: a node shall take no more jobs.</summary>
    /// <param name="Node">The node's name.</param>
    /// <param name="Reason">The reason, may be empty; null: the node may take jobs again.</param>
    public sealed record DrainRequest(string Node, string? Reason) : SchedulerMessage;

    /// <summary>The scheduler: the drain request is recorded.</summary>
    /// <param name="IsKnown">Whether a worker of that name is connected. The request also applies to one that connects later.</param>
    public sealed record DrainReply(bool IsKnown) : SchedulerMessage;

    private static long ToThousandths(double speed) => (long)Math.Clamp(Math.Round(speed * 1000), 1, MostThousandths);

    private static double ReadSpeed(ref MessagePackReader reader) =>
        reader.ReadLength(MostThousandths) is > 0 and long thousandths ? thousandths / 1000.0 : throw new WireFormatException("A speed of 0.");

    private static long ReadMemory(ref MessagePackReader reader) => reader.ReadLength(WireLimits.Memory);

    private static void WriteReport(ref MessagePackWriter writer, CostReport report)
    {
        writer.WriteArrayHeader(11);
        writer.Write(report.Lease);
        writer.Write(report.Keys.Command);
        writer.Write(report.Keys.Group);
        writer.Write((int)report.Outcome);
        writer.Write(Math.Clamp(report.Usage.Cpu.Ticks, 0, WireLimits.JobTicks));
        writer.Write(Math.Clamp(report.Usage.Wall.Ticks, 0, WireLimits.JobTicks));
        writer.Write(Math.Clamp(report.Usage.PeakMemory, 0, WireLimits.Memory));
        writer.Write(Math.Clamp(report.Fetch.Ticks, 0, WireLimits.JobTicks));
        writer.Write(Math.Clamp(report.BytesIn, 0, WireLimits.Memory));
        writer.Write(Math.Clamp(report.BytesOut, 0, WireLimits.Memory));
        writer.Write(Math.Clamp(report.Running, 1, WireLimits.Slots));
    }

    private static CostReport ReadReport(ref MessagePackReader reader)
    {
        reader.ReadFields(11);
        return new CostReport
        {
            Lease = reader.ReadInt64(),
            Keys = new CostKeys(reader.ReadUInt64(), reader.ReadUInt64()),
            Outcome = reader.ReadEnum<JobOutcome>(),
            Usage = new JobUsage(new TimeSpan(reader.ReadLength(WireLimits.JobTicks)), new TimeSpan(reader.ReadLength(WireLimits.JobTicks)), ReadMemory(ref reader)),
            Fetch = new TimeSpan(reader.ReadLength(WireLimits.JobTicks)),
            BytesIn = ReadMemory(ref reader),
            BytesOut = ReadMemory(ref reader),
            Running = ReadSlots(ref reader) is > 0 and int running ? running : throw new WireFormatException("A job that ended among none."),
        };
    }

    private static void WriteLoad(ref MessagePackWriter writer, in NodeLoad load)
    {
        writer.WriteArrayHeader(5);
        writer.Write(load.Running);
        WriteKnown(ref writer, load.CpuPressure, 1000);
        WriteKnown(ref writer, load.MemoryPressure, 1000);
        WriteKnown(ref writer, load.FreeMemory, WireLimits.Memory);
        writer.WriteTexts(load.Toolchains);
    }

    private static NodeLoad ReadLoad(ref MessagePackReader reader)
    {
        reader.ReadFields(5);
        return new NodeLoad(ReadSlots(ref reader), (int)ReadKnown(ref reader, 1000), (int)ReadKnown(ref reader, 1000), ReadKnown(ref reader, WireLimits.Memory))
        {
            Toolchains = reader.ReadTexts(NodeLoad.MostToolchains, WireLimits.Name),
        };
    }

    private static void WriteKnown(ref MessagePackWriter writer, long number, long most)
    {
        if (number < 0)
        {
            writer.WriteNil();
        }
        else
        {
            writer.Write(Math.Min(number, most));
        }
    }

    private static long ReadKnown(ref MessagePackReader reader, long most) => reader.TryReadNil() ? -1 : reader.ReadLength(most);

    private static void WriteStatus(ref MessagePackWriter writer, FarmStatus status)
    {
        writer.WriteArrayHeader(4);
        writer.Write(status.Network);
        writer.Write(status.Version);
        writer.Write(status.Insecure);
        writer.WriteArrayHeader(status.Nodes.Length);
        foreach (NodeInfo node in status.Nodes)
        {
            writer.WriteArrayHeader(12);
            writer.Write(node.Name);
            writer.Write(node.Address);
            writer.Write(node.Platform);
            writer.Write(node.Slots);
            writer.Write(node.Running);
            writer.Write(node.Waiting);
            writer.Write(node.State);
            writer.Write(node.Remark);
            writer.Write(ToThousandths(node.Speed));
            writer.Write(node.SpeedJobs);
            writer.Write(node.Memory);
            WriteLoad(ref writer, node.Load);
        }
    }

    private static FarmStatus ReadStatus(ref MessagePackReader reader)
    {
        reader.ReadFields(4);
        string network = ReadName(ref reader), version = ReadName(ref reader);
        bool insecure = reader.ReadBoolean();
        int count = reader.ReadCount(WireLimits.Items);
        var nodes = ImmutableArray.CreateBuilder<NodeInfo>(Math.Min(count, 4096));
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(12);
            nodes.Add(new NodeInfo
            {
                Name = ReadName(ref reader),
                Address = reader.ReadText(WireLimits.Path),
                Platform = ReadName(ref reader),
                Slots = ReadNumber(ref reader),
                Running = ReadNumber(ref reader),
                Waiting = ReadNumber(ref reader),
                State = ReadName(ref reader),
                Remark = reader.ReadText(WireLimits.Text),
                Speed = ReadSpeed(ref reader),
                SpeedJobs = ReadNumber(ref reader),
                Memory = ReadMemory(ref reader),
                Load = ReadLoad(ref reader),
            });
        }

        return new FarmStatus { Network = network, Version = version, Insecure = insecure, Nodes = nodes.DrainToImmutable() };
    }
}
