namespace IceCream.Diagnostics;

/// <summary>Every log event's number, by room in hundreds. A retired number stays reserved.</summary>
internal static class EventIds
{
    // Transport and sessions: 100
    public const int ConnectionLost = 100;

    // Scheduling: 200
    // Storage: 300
    public const int BlobCorrupt = 300, BlobsEvicted = 301, BlobStoreOpened = 302, DigestIndexIgnored = 303, StaleTemporaryRemoved = 304, BlobNotEvicted = 305;

    // Sandboxing: 400
    public const int SandboxLimitReached = 400, NoHugePages = 401;

    // Toolchains and inputs: 500
    public const int ToolchainDescribed = 500;
    public const int ToolchainChanged = 501;
    public const int ManifestsIgnored = 502;

    // Clients: 600
    // Execution: 700
    public const int RootStays = 700;

    // Sessions: 800
    // Nodes: 900
    public const int SchedulerJoined = 900, SchedulerLost = 901, WorkerRefuses = 902, AgentListens = 903, WorkerListens = 904, SessionFailed = 905,
        SchedulerListens = 906, SchedulerHidden = 907, NodeLost = 908;
}
