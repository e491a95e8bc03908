namespace IceCream.Diagnostics;

/// <summary>The number of every log event, in one block of a hundred per area. A retired number stays reserved.</summary>
internal static class EventIds
{
    // Transport and sessions: 100
    public const int ConnectionLost = 100, ConnectionBroken = 101, AcceptPaused = 102, TooManyHandshakes = 103, TooManyConnections = 104, NoGreeting = 105,
        ConnectionFailed = 106;

    // Scheduling: 200
    // Storage: 300
    public const int BlobCorrupt = 300, BlobsEvicted = 301, BlobStoreOpened = 302, DigestIndexIgnored = 303, StaleTemporaryRemoved = 304, BlobNotEvicted = 305;

    // Sandboxing: 400
    public const int SandboxLimitReached = 400, NoHugePages = 401, NotObserving = 402, NotPreloading = 403, SandboxLacks = 404;

    // Toolchains and inputs: 500
    public const int ToolchainDescribed = 500;
    public const int ToolchainChanged = 501;
    public const int ManifestsIgnored = 502, ToolchainReconsidered = 503, ToolchainStays = 504;

    // Caching: 550
    public const int ResultsClosed = 550, ResultWrong = 551, SharedBypassed = 553, SharedUntold = 554;

    // Clients: 600
    // Execution: 700
    public const int RootStays = 700, RootSetAside = 701, ExecutorFailed = 702, WorkerFailed = 703, WrapperDiffers = 704, AuditAgrees = 705, AuditDiffers = 706, AuditUnsteady = 707;

    // Sessions: 800
    public const int NodeJoined = 800, NodeLeft = 801, NodeReplaced = 802, NodeRefused = 803, AgentGreeted = 804, AgentLeft = 805, AgentRefused = 806, JobFailed = 807,
        NodeDrained = 808;

    // Hedging: 7400
    public const int JobHedged = 7400, WorkerOutrun = 7401;

    // Monitoring: 7100
    public const int BuildsNotKept = 7100, JobsNotKept = 7101;

    // Nodes: 900, without 905 and 908
    public const int SchedulerJoined = 900, SchedulerLost = 901, WorkerRefuses = 902, AgentListens = 903, WorkerListens = 904,
        SchedulerListens = 906, SchedulerHidden = 907, LoopBroken = 909, SchedulersDiffer = 910, WorkerTakes = 911,
        AgentYields = 920, SchedulerFound = 921,
        LearnedIgnored = 930, LearnedNotKept = 931, CostsIgnored = 932;

    // Interop: 7200
    public const int ClassicMonitorCame = 7200, ClassicMonitorLeft = 7201, ClassicPeerRefused = 7202;

    // Identity: 7300
    public const int ConnectionRefused = 7300, CertificateGranted = 7301, CertificateRefused = 7302, JoinBroken = 7303, CertificateRenewed = 7304, CertificateNotRenewed = 7305,
        TokenMade = 7306, NodeRevoked = 7307;
}
