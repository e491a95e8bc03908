namespace IceCream.Host.Configuration;

/// <summary>The settings and all their names: ours, and those that icecream's users have in their files.</summary>
internal static class Setting
{
    public const string Network = "network", Scheduler = "scheduler", Listen = "listen", Advertise = "advertise", Name = "name",
        Slots = "slots", LocalSlots = "local-slots", Dynamic = "dynamic", Class = "class", Shares = "shares", Socket = "socket", StateDirectory = "state-dir", Niceness = "nice",
        CacheLimit = "cache-limit", Worker = "worker", Agent = "agent", Insecure = "insecure", IdleExit = "idle-exit", Log = "log",
        HugePages = "huge-pages", Cache = "cache", CacheSize = "cache-size", CacheVerify = "cache-verify", CacheShared = "cache-shared",
        CacheLocal = "cache-local", CacheBaseDirectory = "cache-base-dir",
        PrivateFiles = "private-files", Audit = "audit", Placement = "placement", DashboardListen = "dashboard-listen", ClassicMonitor = "classic-monitor", JoinFile = "join-file";

    /// <summary>All names; if a file has two names of one setting, the later line wins.</summary>
    public static IReadOnlyDictionary<string, string> Names { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ICECREAM_NETWORK"] = Network,
        ["ICECREAM_SCHEDULER"] = Scheduler,
        ["ICECREAM_LISTEN"] = Listen,
        ["ICECREAM_ADVERTISE"] = Advertise,
        ["ICECREAM_NAME"] = Name,
        ["ICECREAM_SLOTS"] = Slots,
        ["ICECREAM_LOCAL_SLOTS"] = LocalSlots,
        ["ICECREAM_DYNAMIC"] = Dynamic,
        ["ICECREAM_CLASS"] = Class,
        ["ICECREAM_SHARES"] = Shares,
        ["ICECREAM_SOCKET"] = Socket,
        ["ICECREAM_STATE_DIR"] = StateDirectory,
        ["ICECREAM_NICE"] = Niceness,
        ["ICECREAM_CACHE_LIMIT"] = CacheLimit,
        ["ICECREAM_WORKER"] = Worker,
        ["ICECREAM_AGENT"] = Agent,
        ["ICECREAM_INSECURE"] = Insecure,
        ["ICECREAM_IDLE_EXIT"] = IdleExit,
        ["ICECREAM_LOG"] = Log,
        ["ICECREAM_HUGE_PAGES"] = HugePages,
        ["ICECREAM_CACHE"] = Cache,
        ["ICECREAM_CACHE_SIZE"] = CacheSize,
        ["ICECREAM_CACHE_VERIFY"] = CacheVerify,
        ["ICECREAM_CACHE_SHARED"] = CacheShared,
        ["ICECREAM_CACHE_LOCAL"] = CacheLocal,
        ["ICECREAM_CACHE_BASE_DIR"] = CacheBaseDirectory,
        ["ICECREAM_PRIVATE_FILES"] = PrivateFiles,
        ["ICECREAM_AUDIT"] = Audit,
        ["ICECREAM_PLACEMENT"] = Placement,
        ["ICECREAM_DASHBOARD_LISTEN"] = DashboardListen,
        ["ICECREAM_CLASSIC_MONITOR"] = ClassicMonitor,
        ["ICECREAM_JOIN_FILE"] = JoinFile,

        ["ICECC_NETNAME"] = Network,
        ["ICECC_SCHEDULER_HOST"] = Scheduler,
        ["ICECC_SCHEDULER"] = Scheduler,
        ["ICECC_MAX_JOBS"] = Slots,
        ["ICECC_NICE_LEVEL"] = Niceness,
        ["ICECC_CACHE_LIMIT"] = CacheLimit,
        ["ICECC_ALLOW_REMOTE"] = Worker,
        ["ICECC_BASEDIR"] = StateDirectory,

        ["ICECREAM_NETNAME"] = Network,
        ["ICECREAM_SCHEDULER_HOST"] = Scheduler,
        ["ICECREAM_MAX_JOBS"] = Slots,
        ["ICECREAM_NICE_LEVEL"] = Niceness,
        ["ICECREAM_ALLOW_REMOTE"] = Worker,
        ["ICECREAM_BASEDIR"] = StateDirectory,
    };
}
