using System.Collections.Immutable;

namespace IceCream.Host.Configuration;

/// <summary>All variables and options of icecream 1.4's programs, from its manual pages and its behaviour, with their equivalents here.</summary>
internal static class FormerNames
{
    private const string Journal = "the log goes to standard error, and so to the journal under systemd";
    private const string NoRoot = "no program here needs root: each runs as whoever starts it, and the units give it a user of its own";
    private const string Exact = "compilers run as they were called and in the same folder, so their words, carets and colours are those of a local compile";
    private const string Whole = "nothing is preprocessed here: the worker does it, with the files that the compile reads";
    private const string Described = "a compiler is described and sent by itself, and again when it changes";
    private const string Tests = "is for the tests of icecream alone";

    public static ImmutableArray<FormerName> All { get; } =
    [
        File("ICECC_NETNAME, ICECREAM_NETNAME", "ICECREAM_NETWORK"),
        File("ICECC_SCHEDULER_HOST, ICECREAM_SCHEDULER_HOST", "ICECREAM_SCHEDULER"),
        File("ICECC_MAX_JOBS, ICECREAM_MAX_JOBS", "ICECREAM_SLOTS", "0, which there means that no job of others is taken, is ICECREAM_WORKER=no"),
        File("ICECC_NICE_LEVEL, ICECREAM_NICE_LEVEL", "ICECREAM_NICE"),
        File("ICECC_ALLOW_REMOTE, ICECREAM_ALLOW_REMOTE", "ICECREAM_WORKER"),
        File("ICECC_CACHE_LIMIT, ICECREAM_CACHE_LIMIT", "ICECREAM_CACHE_LIMIT", "counts MiB there and here; what was enough for compilers alone (256) is little for compilers, headers and results (10G)"),
        File("ICECC_BASEDIR, ICECREAM_BASEDIR", "ICECREAM_STATE_DIR", "icecream's own folder is not taken over: it empties it at each start"),
        File("ICECC_LOG_FILE, ICECC_DAEMON_LOG_FILE, ICECREAM_LOG_FILE, ICECREAM_DAEMON_LOG_FILE", "", Journal),
        File("ICECC_SCHEDULER_LOG_FILE, ICECREAM_SCHEDULER_LOG_FILE", "", Journal),
        File("ICECC_USER, ICECREAM_USER", "", NoRoot),

        Variable("ICECC", "ICECREAM_MODE=local, ICECREAM_DISABLE=1", "the old name is understood: 'no' compiles here in a slot of the agent's, 'disable' without asking anybody"),
        Variable("ICECC_SCHEDULER, USE_SCHEDULER", "ICECREAM_SCHEDULER", "the old name ICECC_SCHEDULER is understood by daemons"),
        Variable("ICECC_DEBUG", "ICECREAM_LOG=1", "there is one level; 'icehost why FILE' tells the road of a job without it"),
        Variable("ICECC_LOGFILE", "ICECREAM_LOG=PATH"),
        Variable("ICECC_VERSION", "", Described),
        Variable("ICECC_EXTRAFILES", "", "what a compile reads is found and observed, files of plugins and specs included"),
        Variable("ICECC_PREFERRED_HOST", "", "the scheduler chooses; ICECREAM_SCHEDULER and ICECREAM_NETWORK name a farm of one worker for a test"),
        Variable("ICECC_CC, ICECC_CXX", "", "name the compiler itself: icelaunch COMPILER …"),
        Variable("ICECC_REMOTE_CPP, ICECC_CLANG_REMOTE_CPP", "", Whole),
        Variable("ICECC_CARET_WORKAROUND, ICECC_COLOR_DIAGNOSTICS", "", Exact),
        Variable("ICECC_IGNORE_UNVERIFIED", "", "nodes of another version of the protocol are refused"),
        Variable("ICECC_COMPRESSION, ICECC_ENV_COMPRESSION, ICECC_SLOW_NETWORK", "", "a worker is sent only what it lacks"),
        Variable("ICECC_REPEAT_RATE", "", "results are checked against what the compile was seen to read"),
        Variable("UNCACHED_ERR_FD", "", "the launcher writes nothing that the compiler does not write"),
        Variable("_ICECC_SAFEGUARD", "ICECREAM_LEVEL", "is set by the launcher, not by people"),
        Variable("ICECC_TESTS, ICECC_TEST_SOCKET, ICECC_TEST_REMOTEBUILD, ICECC_TEST_SCHEDULER_PORTS, ICECC_TEST_FLUSH_LOG_MARK, ICECC_TEST_LOG_HEADER, ICECC_FAKE_STARTTIME", "", Tests),

        Daemon("-n, --netname NAME", "--network NAME"),
        Daemon("-s, --scheduler-host HOST[:PORT]", "--scheduler HOST[:PORT]"),
        Daemon("-m, --max-processes N", "--slots N"),
        Daemon("--no-remote", "--no-worker"),
        Daemon("-N, --name NAME", "--name NAME"),
        Daemon("-i, --interface NAME", "--listen NAME"),
        Daemon("-p, --port PORT", "--listen HOST:PORT"),
        Daemon("--nice N", "--nice N"),
        Daemon("-b, --env-basedir DIR", "--state-dir DIR"),
        Daemon("--cache-limit MB", "--cache-limit MB"),
        Daemon("-v, -vv, -vvv", "--verbose", "ICECREAM_LOG names each level"),
        Daemon("-d, --daemonize", "", "the units of systemd/ or a trailing '&' do that"),
        Daemon("-l, --log-file FILE", "", Journal),
        Daemon("-u, --user-uid NAME", "", NoRoot),
        Daemon("-h, --help", "--help"),

        Scheduler("-n, --netname NAME", "--network NAME"),
        Scheduler("-i, --interface NAME", "--listen NAME"),
        Scheduler("-p, --port PORT", "--listen HOST:PORT"),
        Scheduler("-v, -vv, -vvv", "--verbose", "ICECREAM_LOG names each level"),
        Scheduler("-d, --daemonize", "", "the units of systemd/ or a trailing '&' do that"),
        Scheduler("-l, --log-file FILE", "", Journal),
        Scheduler("-u, --user-uid NAME", "", NoRoot),
        Scheduler("-r, --persistent-client-connection", "", "an agent keeps its connection always, and has its leases ahead of need"),
        Scheduler("-h, --help", "--help"),

        Client("icecc COMPILER …", "icelaunch COMPILER …"),
        Client("icerun COMMAND …", "icelaunch COMMAND …", "a compiler's links and questions run here in a slot of the agent's; a program that is no compiler runs at once, in none"),
        Client("icecc --build-native, icecc-create-env, icecc-test-env", "", Described),
        Client("/usr/lib/icecc/bin", "icehost masquerade DIR", "makes such a folder of links"),
        Client("--help", "--help"),
        Client("--version", "--version"),
    ];

    /// <summary>Finds a name of icecream.</summary>
    /// <param name="place">Where it was found.</param>
    /// <param name="name">The name.</param>
    /// <returns>Null if icecream does not know the name either.</returns>
    public static FormerName? Find(FormerPlace place, string name) =>
        All.FirstOrDefault(former => former.Place == place && former.Name.Split(", ").Contains(name, StringComparer.Ordinal));

    private static FormerName File(string name, string equal, string remark = "") => new(FormerPlace.File, name, equal, remark);

    private static FormerName Variable(string name, string equal, string remark = "") => new(FormerPlace.Environment, name, equal, remark);

    private static FormerName Daemon(string name, string equal, string remark = "") => new(FormerPlace.Daemon, name, equal, remark);

    private static FormerName Scheduler(string name, string equal, string remark = "") => new(FormerPlace.Scheduler, name, equal, remark);

    private static FormerName Client(string name, string equal, string remark = "") => new(FormerPlace.Client, name, equal, remark);
}
