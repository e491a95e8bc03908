using System.Collections.Immutable;
using IceCream.Interop.Icecream;
using IceCream.Jobs;

namespace IceCream.Tests.Interop.Icecream;

/// <summary>What a scheduler of icecream 1.4 told its monitors, frame by frame, and the farm of three nodes of which it did.</summary>
internal static class RecordedSessions
{
    private const string Node1 = "4e616d653a6e6f6465310a49503a31302e37372e302e310a4d61784a6f62733a320a4e6f52656d6f74653a66616c73650a506c6174666f726d3a7838365f36340a56657273696f6e3a34330a46656174757265733a656e765f787a20656e765f7a7374640a53706565643a302e3030303030300a4c6f61643a32350a00";
    private const string Node3 = "4e616d653a6e6f6465330a49503a31302e37372e302e330a4d61784a6f62733a320a4e6f52656d6f74653a66616c73650a506c6174666f726d3a7838365f36340a56657273696f6e3a34330a46656174757265733a656e765f787a20656e765f7a7374640a53706565643a302e3030303030300a4c6f61643a3531390a00";

    /// <summary>A job that a node compiles for another, and a local one: version 43.</summary>
    public static string[] Version43 { get; } =
    [
        "0000008900000057000000010000007d" + Node1,
        "0000008a00000057000000020000007e" + Node3,
        "00000022000000530000000e6963652f762f636c65616e2e6900000000000000000100000001",
        "0000001000000054000000016b03f63500000002",
        "0000003400000055000000010000000000000000000000000000000000000049000000370000002e0000002e0000002e0000000000000001",
        "0000001f0000005600000001000000026b03f6350000000b6963652f762f63342e6f00",
        "000000080000004f00000002",
        "0000001b000000570000000100000" + "00f53746174653a4f66666c696e650a00",
    ];

    /// <summary>The same at version 28, where what waits is told as the whole request.</summary>
    public static string[] Version28 { get; } =
    [
        "0000008900000057000000010000007d" + Node1,
        "0000008a00000057000000020000007e" + Node3,
        "000000420000005300000000" + "0000000e6963652f762f636c65616e2e6900" + "0000000000000001" + "000000077838365f363400" + "0000000000000000" + "0000000100" + "0000000100000001",
        "0000001000000054000000016b03f63500000002",
        "0000003000000055000000010000000000000000000000000000000000000049000000370000002e0000002e0000002e00000000",
        "0000001f0000005600000001000000026b03f6350000000b6963652f762f63342e6f00",
        "000000080000004f00000002",
        "0000001b000000570000000100000" + "00f53746174653a4f66666c696e650a00",
    ];

    public static byte[] Bytes(IEnumerable<string> frames) => Convert.FromHexString(string.Concat(frames));

    public static DateTimeOffset Started { get; } = DateTimeOffset.FromUnixTimeSeconds(0x6b03f635);

    /// <summary>The nodes of the recordings, in the order of their numbers.</summary>
    public static ImmutableArray<NodeInfo> Nodes { get; } = [Node("node1", "10.77.0.1", 25), Node("node3", "10.77.0.3", 519)];

    /// <summary>What our side says of the same farm and the same jobs.</summary>
    public static IReadOnlyList<MonitorMessage> Replay()
    {
        var farm = new MonitoredFarm();
        JobId remote = new("node1", 1), local = new("node1", 2);
        List<MonitorMessage> said = [.. farm.See(Nodes)];
        foreach (JobEvent happened in new JobEvent[]
        {
            Begun(remote, "ice/v/clean.i"),
            Step(remote, JobStep.Lease),
            Step(remote, JobStep.Send, "node3"),
            Finished(remote, JobPlace.Remote),
            Begun(local, "ice/v/c4.o"),
            Step(local, JobStep.LocalCompile),
            Finished(local, JobPlace.Local),
        })
        {
            said.AddRange(farm.Hear(happened));
        }

        said.AddRange(farm.See([Nodes[1]]));
        return said;
    }

    public static JobBegun Begun(JobId job, string subject) => new() { At = Started, Job = job, Subject = subject };

    public static JobStepBegun Step(JobId job, JobStep step, string worker = "") => new() { At = Started, Job = job, Step = step, Worker = worker };

    public static JobFinished Finished(JobId job, JobPlace place, int exitCode = 0) =>
        new() { At = Started, Job = job, Record = new JobRecord { Subject = "", Place = place, ExitCode = exitCode } };

    private static NodeInfo Node(string name, string address, int load) => new()
    {
        Name = name,
        Address = $"tcp://{address}:10245",
        Platform = "x86_64",
        Slots = 2,
        Load = new NodeLoad(0, load, -1, -1),
    };
}
