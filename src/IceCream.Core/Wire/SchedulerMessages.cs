using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>The messages of the scheduler protocol, between nodes and their scheduler: <c>[tag, fields…]</c>.</summary>
internal abstract partial record SchedulerMessage
{
    /// <summary>The version in each node's greeting; a scheduler of another version refuses the node.</summary>
    public const int ProtocolVersion = 4;

    private const int KeyLimit = 256;

    public sealed record WorkerHello(int Version, string Network, string Name, FarmAddress Address, string Platform, int Slots, ReadOnlyMemory<byte> Key, string Remark, long Memory)
        : SchedulerMessage;

    public sealed record AgentHello(int Version, string Network, string Name, string User, string Platform, ImmutableArray<SlotLease> Held) : SchedulerMessage
    {
        /// <summary>The priority of the agent's jobs.</summary>
        public PriorityClass Class { get; init; }
    }

    public sealed record MonitorHello(int Version, string Network) : SchedulerMessage;

    public sealed record Welcome(string ServerVersion, string Network, bool Insecure) : SchedulerMessage;

    public sealed record Refused(string Message) : SchedulerMessage;

    /// <param name="Wanted">How many jobs wait or run.</param>
    /// <param name="LeastMemory">The memory that the least demanding waiting job needs, in bytes; 0 when any worker will do.</param>
    public sealed record Demand(int Wanted, long LeastMemory = 0) : SchedulerMessage;

    public sealed record ReturnLease(long Id) : SchedulerMessage;

    public sealed record Grant(SlotLease Lease) : SchedulerMessage;

    public sealed record Renew(SlotLease Lease) : SchedulerMessage;

    public sealed record Recall(long Id) : SchedulerMessage;

    public sealed record Revoke(long Id) : SchedulerMessage;

    /// <param name="Slots">How many slots the workers have.</param>
    /// <param name="LargestMemory">The most memory that one of the workers has, in bytes; <see cref="long.MaxValue"/> when one is unknown.</param>
    public sealed record Capacity(int Slots, long LargestMemory) : SchedulerMessage;

    public sealed record WorkerLoad(NodeLoad Load) : SchedulerMessage;

    public sealed record StatusRequest : SchedulerMessage;

    public sealed record StatusReply(FarmStatus Status) : SchedulerMessage;

    /// <summary>The agent's leases that its greeting has room for. The others expire, and the scheduler replaces them.</summary>
    public static ImmutableArray<SlotLease> ThatFit(IEnumerable<SlotLease> held)
    {
        // Bytes that the agent's own names may take, and bytes of a lease besides its texts.
        const int Names = 8 << 10, Rest = 60;
        int left = WireLimits.ToScheduler - Names;
        return [.. held.Take(WireLimits.HeldLeases).TakeWhile(lease =>
            (left -= Encoding.UTF8.GetByteCount(lease.Worker) + Encoding.UTF8.GetByteCount(lease.Address.ToString()) + lease.Capability.Length + Rest) >= 0)];
    }

    public static byte[] Encode(SchedulerMessage message)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(bytes);
        switch (message)
        {
            case WorkerHello m:
                Begin(ref writer, 1, 9);
                writer.Write(m.Version);
                writer.Write(m.Network);
                writer.Write(m.Name);
                writer.Write(m.Address.ToString());
                writer.Write(m.Platform);
                writer.Write(m.Slots);
                writer.Write(m.Key.Span);
                writer.Write(m.Remark);
                writer.Write(m.Memory);
                break;
            case AgentHello m:
                Begin(ref writer, 2, 7);
                writer.Write(m.Version);
                writer.Write(m.Network);
                writer.Write(m.Name);
                writer.Write(m.User);
                writer.Write(m.Platform);
                writer.WriteArrayHeader(m.Held.Length);
                foreach (SlotLease lease in m.Held)
                {
                    WriteLease(ref writer, lease);
                }

                writer.Write((int)m.Class);
                break;
            case MonitorHello m:
                Begin(ref writer, 3, 2);
                writer.Write(m.Version);
                writer.Write(m.Network);
                break;
            case Welcome m:
                Begin(ref writer, 4, 3);
                writer.Write(m.ServerVersion);
                writer.Write(m.Network);
                writer.Write(m.Insecure);
                break;
            case Refused m:
                Begin(ref writer, 5, 1);
                writer.Write(m.Message);
                break;
            case Demand m:
                Begin(ref writer, 6, 2);
                writer.Write(m.Wanted);
                writer.Write(m.LeastMemory);
                break;
            case ReturnLease m:
                WriteNumber(ref writer, 7, m.Id);
                break;
            case Grant m:
                Begin(ref writer, 8, 1);
                WriteLease(ref writer, m.Lease);
                break;
            case Renew m:
                Begin(ref writer, 9, 1);
                WriteLease(ref writer, m.Lease);
                break;
            case Recall m:
                WriteNumber(ref writer, 10, m.Id);
                break;
            case Revoke m:
                WriteNumber(ref writer, 11, m.Id);
                break;
            case Capacity m:
                Begin(ref writer, 12, 2);
                writer.Write(m.Slots);
                writer.Write(m.LargestMemory);
                break;
            case WorkerLoad m:
                Begin(ref writer, 13, 1);
                WriteLoad(ref writer, m.Load);
                break;
            case StatusRequest:
                Begin(ref writer, 14, 0);
                break;
            case StatusReply m:
                Begin(ref writer, 15, 1);
                WriteStatus(ref writer, m.Status);
                break;
            case JobEnded m:
                Begin(ref writer, 16, 1);
                WriteReport(ref writer, m.Report);
                break;
            case Blame m:
                Begin(ref writer, 17, 1);
                writer.Write(m.Worker);
                break;
            case DrainRequest m:
                Begin(ref writer, 18, 2);
                writer.Write(m.Node);
                writer.WriteOptionalText(m.Reason, WireLimits.Reason / 4);
                break;
            case DrainReply m:
                Begin(ref writer, 19, 1);
                writer.Write(m.IsKnown);
                break;
            case Outrun m:
                Begin(ref writer, OutrunTag, 2);
                writer.Write(m.Worker);
                writer.Write(ToThousandths(m.Speed));
                break;
            case Costs m:
                WriteCosts(ref writer, m);
                break;
            case var _ when TryWriteJobs(ref writer, message) || TryWriteIdentity(ref writer, message):
                break;
            default:
                throw new ArgumentException($"{message.GetType().Name} has no form on the wire.", nameof(message));
        }

        writer.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    /// <exception cref="WireFormatException">The bytes are no such message.</exception>
    public static SchedulerMessage Decode(in ReadOnlySequence<byte> bytes) => WireFields.Decode(bytes, Read);

    private static SchedulerMessage Read(ref MessagePackReader reader)
    {
        int count = reader.ReadArrayHeader();
        int tag = reader.ReadInt32();
        if (tag is > 0 and < 4 && count > 1 && !reader.TryReadVersion(count - 1, ProtocolVersion, out int version))
        {
            // Whoever it is: it is only answered with both numbers.
            return new MonitorHello(version, "");
        }

        int expected = tag switch { 1 => 10, 2 => 8, 3 or 6 or 12 or 18 or OutrunTag => 3, 4 => 4, 14 => 1, (> 0 and < 20) or CostsTag => 2, _ => JobsFields(tag) ?? IdentityFields(tag) ?? throw new WireFormatException($"{tag} is the tag of no message.") };
        if (count != expected)
        {
            throw new WireFormatException($"{expected} fields expected, {count} found.");
        }

        return tag switch
        {
            1 => new WorkerHello(ProtocolVersion, ReadName(ref reader), ReadName(ref reader), reader.ReadAddress(), ReadName(ref reader), ReadSlots(ref reader),
                reader.ReadBlob(KeyLimit), reader.ReadText(WireLimits.Text), ReadMemory(ref reader)),
            2 => new AgentHello(ProtocolVersion, ReadName(ref reader), ReadName(ref reader), ReadName(ref reader), ReadName(ref reader), ReadLeases(ref reader)) { Class = reader.ReadEnum<PriorityClass>() },
            3 => new MonitorHello(ProtocolVersion, ReadName(ref reader)),
            4 => new Welcome(ReadName(ref reader), ReadName(ref reader), reader.ReadBoolean()),
            5 => new Refused(reader.ReadText(WireLimits.Text)),
            6 => new Demand(ReadSlots(ref reader), ReadMemory(ref reader)),
            7 => new ReturnLease(reader.ReadInt64()),
            8 => new Grant(ReadLease(ref reader)),
            9 => new Renew(ReadLease(ref reader)),
            10 => new Recall(reader.ReadInt64()),
            11 => new Revoke(reader.ReadInt64()),
            12 => new Capacity(ReadNumber(ref reader), reader.ReadLength(long.MaxValue)),
            13 => new WorkerLoad(ReadLoad(ref reader)),
            14 => new StatusRequest(),
            15 => new StatusReply(ReadStatus(ref reader)),
            16 => new JobEnded(ReadReport(ref reader)),
            17 => new Blame(ReadName(ref reader)),
            18 => new DrainRequest(ReadName(ref reader), reader.ReadOptionalText(WireLimits.Reason)),
            OutrunTag => new Outrun(ReadName(ref reader), ReadSpeed(ref reader)),
            CostsTag => ReadCosts(ref reader),
            19 => new DrainReply(reader.ReadBoolean()),
            _ => JobsFields(tag) is null ? ReadIdentity(tag, ref reader) : ReadJobs(tag, ref reader),
        };
    }

    private static void Begin(ref MessagePackWriter writer, int tag, int fields)
    {
        writer.WriteArrayHeader(fields + 1);
        writer.Write(tag);
    }

    private static void WriteNumber(ref MessagePackWriter writer, int tag, long number)
    {
        Begin(ref writer, tag, 1);
        writer.Write(number);
    }

    private static string ReadName(ref MessagePackReader reader) => reader.ReadText(WireLimits.Name);

    /// <summary>Reads how many slots or leases one node has or wants.</summary>
    private static int ReadSlots(ref MessagePackReader reader) => (int)reader.ReadLength(WireLimits.Slots);

    private static int ReadNumber(ref MessagePackReader reader) => (int)reader.ReadLength(int.MaxValue);

    private static void WriteLease(ref MessagePackWriter writer, SlotLease lease)
    {
        writer.WriteArrayHeader(7);
        writer.Write(lease.Id);
        writer.Write(lease.Worker);
        writer.Write(lease.Address.ToString());
        writer.WriteMoment(lease.Expires);
        writer.Write(lease.Capability.Span);
        writer.Write(ToThousandths(lease.Speed));
        writer.Write(lease.Memory);
    }

    private static SlotLease ReadLease(ref MessagePackReader reader)
    {
        reader.ReadFields(7);
        return new SlotLease(reader.ReadInt64(), ReadName(ref reader), reader.ReadAddress(), reader.ReadMoment(), reader.ReadBlob(WireLimits.Capability))
        {
            Speed = ReadSpeed(ref reader),
            Memory = ReadMemory(ref reader),
        };
    }

    private static ImmutableArray<SlotLease> ReadLeases(ref MessagePackReader reader)
    {
        int count = reader.ReadCount(WireLimits.HeldLeases);
        var leases = ImmutableArray.CreateBuilder<SlotLease>(count);
        for (int i = 0; i < count; i++)
        {
            leases.Add(ReadLease(ref reader));
        }

        return leases.DrainToImmutable();
    }
}
