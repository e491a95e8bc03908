using System.Buffers;
using System.Globalization;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Wire;
using Xunit;
using Xunit.Abstractions;

namespace IceCream.Tests.Wire;

/// <summary>
/// Every decoder of what comes over a wire, against frames that are made to break it: they end in a message or in a format error, and take no memory beyond what
/// came. <c>./ice fuzz --frames N</c> says how many each is given.
/// </summary>
public sealed class FrameFuzzTests(ITestOutputHelper output)
{
    private const int UsualFrames = 20_000;

    /// <summary>What a frame of so many bytes may cost: lists are made for what a message promises, up to some thousands, before its end is seen.</summary>
    private const long BytesOfMemory = 1 << 20, BytesPerByte = 256;

    private static readonly CompileJob Job = new()
    {
        CommandLine = ["g++", "-c", "größe.cc"], Compiler = "/usr/bin/g++", WorkingDirectory = "/src", Environment = ["LANG=C"], User = "ada", Toolchain = Digest.Of("tree"u8),
        Inputs = Tree, Outputs = [new JobOutput("/src/größe.o", true)],
    };

    private static readonly CompileResult Result = new()
    {
        Place = JobPlace.Remote, ExitCode = 1, StandardError = "warning"u8.ToArray(), Outputs = [new OutputFile("/src/größe.o", 0b110_100_100, OutputContent.Of(new byte[] { 1, 2, 3 }))],
        Removed = ["/src/old.d"], Timeline = JobTimeline.Empty.With(JobStep.Compile, TimeSpan.FromSeconds(1)),
    };

    private static readonly LookupLists Lookups = new([new AbsentNames("/usr/include", ["a.h", "sys/../b.h"])], ["/opt"], ["HOME"]);

    private static FileTree Tree => new()
    {
        Files = [new TreeFile("/src/größe.cc", Digest.Of("x"u8), 1, 2), new TreeFile("/a b", Digest.Of("y"u8), 2, -1)], Links = [new TreeLink("/lib", "usr/lib")], Directories = ["/src/empty"],
    };

    public static TheoryData<string> EachDecoder => [.. Decoders.Keys];

    private static Dictionary<string, (byte[][] Good, Action<byte[]> Decode)> Decoders { get; } = new()
    {
        ["scheduler"] = ([.. SchedulerSamples().Select(SchedulerMessage.Encode)], static bytes => SchedulerMessage.Decode(new ReadOnlySequence<byte>(bytes))),
        ["peer"] = ([.. PeerSamples()], static bytes => PeerMessage.Decode(new ReadOnlySequence<byte>(bytes))),
        ["launcher"] = ([.. LauncherSamples().Select(message => LauncherCodec.Encode(message)[LauncherCodec.HeaderSize..])], static bytes => LauncherCodec.Decode(bytes)),
        ["join"] = ([.. JoinSamples().Select(JoinMessage.Encode)], static bytes => JoinMessage.Decode(new ReadOnlySequence<byte>(bytes))),
        ["discovery"] = ([.. DiscoverySamples().Select(DiscoveryMessage.Encode)], static bytes => _ = DiscoveryMessage.TryDecode(bytes, out DiscoveryMessage? message) ? message : throw new WireFormatException("No message.")),
        ["tree"] = ([FileTreeCodec.Encode(Tree)], static bytes => FileTreeCodec.Decode(bytes)),
        ["lookups"] = ([LookupsCodec.Encode(Lookups).WrittenSpan.ToArray()], static bytes => LookupsCodec.Decode(bytes)),
        ["job"] = JobDecoder(),
    };

    [Theory]
    [MemberData(nameof(EachDecoder))]
    public void Hostile_frames_are_messages_or_refused_and_take_no_more_memory_than_they_bring(string decoder)
    {
        int frames = int.TryParse(Environment.GetEnvironmentVariable("ICECREAM_FRAMES"), CultureInfo.InvariantCulture, out int asked) ? asked : UsualFrames;
        int seed = int.TryParse(Environment.GetEnvironmentVariable("ICECREAM_SEED"), CultureInfo.InvariantCulture, out int given) ? given : 1;
        (byte[][] good, Action<byte[]> decode) = Decoders[decoder];
        var mutator = new FrameMutator(good, new Random(seed));
        int messages = 0;
        long dearest = 0;
        for (int i = 0; i < frames; i++)
        {
            byte[] frame = mutator.Next();
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                decode(frame);
                messages++;
            }
            catch (WireFormatException)
            {
                // As it should be.
            }
            catch (Exception e)
            {
                Assert.Fail($"Frame {i} of seed {seed}, {Convert.ToHexString(frame)}: {e}");
            }

            long cost = GC.GetAllocatedBytesForCurrentThread() - before;
            dearest = Math.Max(dearest, cost);
            Assert.True(cost <= BytesOfMemory + (BytesPerByte * frame.Length), $"Frame {i} of seed {seed} has {frame.Length} bytes and took {cost}: {Convert.ToHexString(frame)}");
        }

        output.WriteLine($"{decoder}: {frames} frames, {messages} of them messages, the dearest took {dearest} bytes");
    }

    [Theory]
    [MemberData(nameof(EachDecoder))]
    public void What_is_cut_at_any_byte_is_refused(string decoder)
    {
        (byte[][] good, Action<byte[]> decode) = Decoders[decoder];
        foreach (byte[] frame in decoder == "discovery" ? [] : good)
        {
            decode(frame);
            for (int length = 0; length < frame.Length; length++)
            {
                Assert.Throws<WireFormatException>(() => decode(frame[..length]));
            }
        }
    }

    private static (byte[][] Good, Action<byte[]> Decode) JobDecoder()
    {
        var sent = new EntryEncoder();
        var heard = new EntryDecoder();
        var news = new ArrayBufferWriter<byte>();
        JobOffer offer = sent.Introduce(default, Job, news);
        heard.Hear((NewEntries)PeerMessage.Decode(new ReadOnlySequence<byte>(news.WrittenMemory)));
        return ([offer.Job.ToArray()], bytes => heard.TryRead(offer with { Job = bytes }));
    }

    private static IEnumerable<SchedulerMessage> SchedulerSamples()
    {
        var lease = new SlotLease(7, "w", FarmAddress.Tcp("::1", 7), DateTimeOffset.UnixEpoch, new byte[] { 1, 2, 3 });
        var node = new NodeInfo { Name = "n", Address = "a", Platform = "p", Slots = 3, Running = 1, Waiting = 2, State = "s", Remark = "r", Speed = 0.25, Memory = 3, Load = new NodeLoad(1, 2, -1, 4) };
        yield return new SchedulerMessage.WorkerHello(SchedulerMessage.ProtocolVersion, "net", "w", FarmAddress.Unix("/s"), "x86_64", 3, new byte[32], "why", 3);
        yield return new SchedulerMessage.AgentHello(SchedulerMessage.ProtocolVersion, "net", "a", "ann", "x86_64", [lease, lease with { Id = 5 }]);
        yield return new SchedulerMessage.MonitorHello(SchedulerMessage.ProtocolVersion, "net");
        yield return new SchedulerMessage.Welcome("1.2", "net", true);
        yield return new SchedulerMessage.Grant(lease);
        yield return new SchedulerMessage.WorkerLoad(new NodeLoad(1, 2, 3, 4));
        yield return new SchedulerMessage.StatusReply(new FarmStatus { Network = "net", Version = "1", Nodes = [node, node with { Name = "m" }] });
        yield return new SchedulerMessage.DrainRequest("n", "a new disk");
        yield return new SchedulerMessage.Outrun("w", 0.25);
        yield return new SchedulerMessage.Costs([new KnownCost(7, true, 1.5, 0), new KnownCost(8, false, 0.1, 1 << 20)]);
        yield return new SchedulerMessage.RevokedKeys([Digest.Of("a"u8), Digest.Of("b"u8)]);
        yield return new SchedulerMessage.TokenRequest(NodeRoles.Agent | NodeRoles.Worker, TimeSpan.FromHours(24), 3);
        yield return new SchedulerMessage.TokenReply("icelib1.a.b");
        yield return new SchedulerMessage.RevokeRequest("blade");
        yield return new SchedulerMessage.RevokeReply(2);
        yield return new SchedulerMessage.ReadTokenRequest(TimeSpan.FromDays(7));
        yield return new SchedulerMessage.BuildsReply("[]"u8.ToArray());
        yield return new SchedulerMessage.BuildJobsRequest(7);
        yield return new SchedulerMessage.JobEvents(DateTimeOffset.UnixEpoch, 3, [new HeadersRead { At = DateTimeOffset.UnixEpoch, Job = new JobId("a", 1), Headers = [new HeaderCost("/a.h", 3, 4, TimeSpan.FromSeconds(5))] }]);
    }

    private static IEnumerable<byte[]> PeerSamples()
    {
        PeerMessage[] messages =
        [
            new PeerHello(PeerMessage.Version, "ICECREAM", "desk", new byte[] { 7, 8 }), new PeerWelcome(PeerMessage.Version, "blade"), new PeerRefused("no"),
            new JobOffer(new byte[] { 1, 2 }, 3, 400, new byte[] { 5, 6 }), new NewEntries(1, Tree, ["-O2", "größe"]), new MissingBlobs([Digest.Of("a"u8), Digest.Of("b"u8)]),
            new BlobHead(Digest.Of("a"u8), 5), new BlobAbsent(Digest.Of("a"u8), "changed"), JobDone.Of(Result),
            JobDone.Of(CompileResult.Failed(new JobFailure(FailedParty.Worker, JobStep.Fetch, FailureRemedy.AnotherWorker, "disk full"))),
        ];
        foreach (PeerMessage message in messages)
        {
            var bytes = new ArrayBufferWriter<byte>();
            message.Encode(bytes);
            yield return bytes.WrittenSpan.ToArray();
        }
    }

    private static IEnumerable<LauncherMessage> LauncherSamples() =>
    [
        new LauncherMessage.Request { CommandLine = ["gcc", "-c", "ä.c"], Compiler = "/usr/bin/gcc", WorkingDirectory = "/src", Environment = ["LANG=C"], View = new FileView("mnt:[7]", "1:2") },
        new LauncherMessage.RunHere("links"), new LauncherMessage.Finished { ExitCode = 1, Signal = 9, StandardOutput = new byte[] { 1 }, StandardError = new byte[] { 2 } },
        new LauncherMessage.StatisticsReply(new JobStatistics { Remote = 7, Reasons = [new NamedCount("NoFarm", 3)] }), new LauncherMessage.YieldRequest(),
    ];

    private static IEnumerable<JoinMessage> JoinSamples() =>
    [
        new JoinMessage.Authority(new byte[300]), new JoinMessage.Request(JoinMessage.Version, NodeRoles.Worker, "blade", "ada", "secret", new byte[200]),
        new JoinMessage.Granted(new byte[300]), new JoinMessage.Refused("no"),
    ];

    private static IEnumerable<DiscoveryMessage> DiscoverySamples() =>
        [new DiscoveryMessage.Question(5, "net"), new DiscoveryMessage.Answer(5, "net", "1.0", 8765, DateTimeOffset.UnixEpoch)];
}
