using System.CommandLine;
using System.Runtime.CompilerServices;
using IceCream.Host.Commands;
using IceCream.Host.Configuration;
using IceCream.Host.Tests.Kit;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Scheduling;
using Xunit;

namespace IceCream.Host.Tests.Configuration;

public sealed class HostConfigurationTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_defaults_are_those_of_the_help()
    {
        DaemonNodeOptions daemon = Daemon("", "", []);

        Assert.Equal("ICECREAM", daemon.Network);
        Assert.Null(daemon.Scheduler);
        Assert.Equal(FarmAddress.Tcp("127.0.0.1", 10245), daemon.Listen);
        Assert.Equal(Environment.ProcessorCount, daemon.Slots);
        Assert.Equal(10L << 30, daemon.StoreLimit);
        Assert.Null(daemon.IdleExit);
        Assert.False(daemon.Insecure);
    }

    [Fact]
    public void The_users_file_beats_the_systems_the_environment_both_and_an_option_all()
    {
        const string system = "ICECREAM_NETWORK=system\nICECREAM_SLOTS=1\nICECREAM_NICE=1\nICECREAM_NAME=one", user = "ICECREAM_SLOTS=2\nICECREAM_NICE=2\nICECREAM_NAME=two";
        DaemonNodeOptions daemon = Daemon(system, user, ["--name", "four"], ("ICECREAM_NICE", "3"), ("ICECREAM_NAME", "three"));

        Assert.Equal(("system", 2, 3, "four"), (daemon.Network, daemon.Slots, daemon.Niceness, daemon.Name));
    }

    [Fact]
    public void A_classic_file_means_what_it_always_meant()
    {
        DaemonNodeOptions daemon = Daemon(
            """
            # Nice level of running compilers
            ICECC_NICE_LEVEL="7"
            ICECC_LOG_FILE="/var/log/iceccd.log"
            ICECC_NETNAME="office"
            ICECC_MAX_JOBS=""
            ICECC_ALLOW_REMOTE="no"
            ICECC_BASEDIR="/var/cache/icecc"
            ICECC_SCHEDULER_HOST="build.example"
            ICECC_CACHE_LIMIT=256
            ICECC_SOMETHING=1
            ICECC_SOMETHING=2
            """, "", []);

        Assert.Equal((7, "office", null, "/var/cache/icecc"), (daemon.Niceness, daemon.Network, daemon.Listen, daemon.StateDirectory));
        Assert.Equal(FarmAddress.Tcp("build.example", 8765), daemon.Scheduler);
        Assert.Equal(256L << 20, daemon.StoreLimit);
        Assert.Equal(Environment.ProcessorCount, daemon.Slots);
        Assert.Collection(
            _warnings,
            warning => Assert.Contains("ICECC_LOG_FILE has no effect: the log goes to standard error", warning, StringComparison.Ordinal),
            warning => Assert.Contains("system.conf:10: ICECC_SOMETHING has no effect", warning, StringComparison.Ordinal));
    }

    [Fact]
    public void The_classic_variable_names_the_scheduler_and_ours_wins_over_it()
    {
        Assert.Equal(FarmAddress.Tcp("a", 8765), Daemon("", "", [], ("ICECC_SCHEDULER", "a")).Scheduler);
        Assert.Equal(FarmAddress.Tcp("b", 1), Daemon("", "", [], ("ICECC_SCHEDULER", "a"), ("ICECREAM_SCHEDULER", "b:1")).Scheduler);
    }

    [Theory]
    [InlineData("ICECC_MAX_JOBS=many", "system.conf:1: ICECC_MAX_JOBS: 'many' is not allowed. Allowed: a whole number from 1 to 4096.")]
    [InlineData("ICECREAM_SLOTS=0", "system.conf:1: ICECREAM_SLOTS: '0' is not allowed. Allowed: a whole number from 1 to 4096.")]
    [InlineData("ICECREAM_SLOTS=99999999999999999999", "a whole number from 1 to 4096.")]
    [InlineData("ICECREAM_PRIVATE_FILES=secrets", "absolute paths, paths below ~/")]
    [InlineData("ICECREAM_AUDIT=0", "a whole number from 1 to 1000000.")]
    [InlineData("ICECC_NICE_LEVEL=20", "Allowed: a whole number from 0 to 19.")]
    [InlineData("ICECREAM_CACHE_LIMIT=10Q", "'10Q' is not allowed. Allowed: a size of at least 64M")]
    [InlineData("ICECREAM_CACHE_LIMIT=9999999999999999T", "Allowed: a size")]
    [InlineData("ICECREAM_CACHE_LIMIT=1M", "Allowed: a size of at least 64M")]
    [InlineData("ICECREAM_CACHE_LIMIT=1073741824B", "'1073741824B' is not allowed. Allowed: a size")]
    [InlineData("ICECREAM_CACHE_LIMIT=100i", "Allowed: a size")]
    [InlineData("ICECREAM_CACHE_LIMIT=G", "Allowed: a size")]
    [InlineData("ICECREAM_SCHEDULER=host:99999", "'host:99999' is not allowed. Allowed: HOST, HOST:PORT")]
    [InlineData("ICECC_ALLOW_REMOTE=perhaps", "Allowed: yes or no.")]
    [InlineData("ICECREAM_NETWORK='a b'", "Allowed: 1 to 64 characters without spaces.")]
    [InlineData("ICECREAM_NAME='a b'", "Allowed: 1 to 64 characters without spaces.")]
    [InlineData("ICECREAM_STATE_DIR=~/farm", "'~/farm' is not allowed. Allowed: an absolute path")]
    [InlineData("ICECREAM_SOCKET=agent.socket", "Allowed: an absolute path")]
    [InlineData("ICECREAM_CLASS=urgent", "'urgent' is not allowed. Allowed: interactive, ci, ahead")]
    public void A_value_without_meaning_is_an_error_that_says_where_what_and_what_is_allowed(string line, string expected)
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => Daemon(line, "", []));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_without_meaning_is_named_as_it_was_typed()
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => Daemon("ICECREAM_SLOTS=3", "", ["--slots", "x"]));
        Assert.Equal("--slots: 'x' is not allowed. Allowed: a whole number from 1 to 4096.", e.Message);
    }

    [Theory]
    [InlineData("--state-dir")]
    [InlineData("--socket")]
    [InlineData("--name")]
    public void An_option_with_nothing_as_its_value_is_refused(string option)
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => Daemon("", "", [option, ""]));
        Assert.StartsWith($"{option}: '' is not allowed.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shares_are_weights_and_the_classes_that_users_may_have_at_best()
    {
        SchedulerNodeOptions scheduler = SchedulerCommand.Describe(Load("ICECREAM_SHARES=ada=2,jenkins=0.5:ci", "", ["scheduler"]));
        Assert.Equal(2, scheduler.Shares.Count);
        Assert.Equal((new UserShare(2), new UserShare(0.5, PriorityClass.Ci)), (scheduler.Shares["ada"], scheduler.Shares["jenkins"]));
        Assert.Equal(PriorityClass.Ahead, Daemon("", "", ["--class", "ahead"]).Class);
    }

    [Theory]
    [InlineData("ada")]
    [InlineData("ada=0")]
    [InlineData("ada=1000")]
    [InlineData("ada=1:soon")]
    [InlineData("=1")]
    public void A_share_without_meaning_is_named(string share)
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => SchedulerCommand.Describe(Load("", "", ["scheduler", "--shares", share])));
        Assert.Contains($"--shares: '{share}' is not allowed. Allowed: USER=WEIGHT", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_that_the_kernel_would_not_take_is_refused() =>
        Assert.Contains("at most 107 bytes", Assert.Throws<ConfigurationException>(() => Daemon("", "", ["--socket", "/" + new string('x', 107)])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("lo", 10245)]
    [InlineData("lo:7", 7)]
    [InlineData("localhost:7", 7)]
    public void An_interface_is_as_good_as_its_address(string listen, int port)
    {
        FarmAddress? address = Daemon("", "", ["--listen", listen]).Listen;
        Assert.Equal(listen.StartsWith("lo:", StringComparison.Ordinal) || listen == "lo" ? "127.0.0.1" : "localhost", address?.Host);
        Assert.Equal(port, address?.Port);
    }

    [Fact]
    public void A_host_without_a_port_suits_a_file_that_scheduler_and_daemon_share()
    {
        Assert.Equal(FarmAddress.Tcp("10.0.0.1", 10245), Daemon("ICECREAM_LISTEN=10.0.0.1", "", []).Listen);
        Assert.Equal(FarmAddress.Tcp("10.0.0.1", 8765), SchedulerCommand.Describe(Load("ICECREAM_LISTEN=10.0.0.1", "", ["scheduler"])).Listen);
    }

    [Fact]
    public void Each_setting_tells_where_it_was_written()
    {
        Settings settings = Load("# first\nICECREAM_NETWORK=a\nICECC_MAX_JOBS=3", "", ["config", "--nice", "4"], ("ICECREAM_NAME", "b"));
        var inForce = InForce.OfNodes(settings, Places.Own()).ToDictionary(setting => setting.Name);

        Assert.Equal((Layer.File, $"{_folder.Path}/system.conf:2: ICECREAM_NETWORK", "a"), Of("network"));
        Assert.Equal((Layer.File, $"{_folder.Path}/system.conf:3: ICECC_MAX_JOBS", "3"), Of("slots"));
        Assert.Equal((Layer.Environment, "ICECREAM_NAME", "b"), Of("name"));
        Assert.Equal((Layer.Option, "--nice", "4"), Of("nice"));
        Assert.Equal((Layer.Default, "", "10G"), Of("cache-limit"));
        Assert.Equal([.. Setting.Names.Values.Distinct().Order()], inForce.Keys.Order());

        (Layer, string, string) Of(string name) => (inForce[name].Source, inForce[name].Where, inForce[name].Value);
    }

    [Fact]
    public void The_sample_file_names_every_setting_and_each_of_its_lines_means_something()
    {
        string sample = string.Join('\n', File.ReadLines(Repository("integrations/systemd/icecream.conf")).Where(line => line.StartsWith("#ICE", StringComparison.Ordinal)).Select(line => line[1..]));
        Settings settings = Load(sample, "", ["daemon"]);
        DaemonCommand.Describe(settings, isManagedService: false, Places.Own());
        SchedulerCommand.Describe(settings);
        settings.LogLevel(verbose: false);
        Assert.Empty(_warnings);
        Assert.Empty(InForce.OfNodes(settings, Places.Own()).Where(setting => setting.Source != Layer.File).Select(setting => setting.Variable));
    }

    [Fact]
    public void What_config_shows_as_a_default_is_one()
    {
        var inForce = InForce.OfNodes(Load("", "", ["config"]), Places.Own()).ToDictionary(setting => setting.Variable, setting => setting.Value);
        DaemonNodeOptions unsaid = Daemon("", "", []);
        string[] lines = [.. inForce.Where(setting => setting.Value is not ['(', ..] && setting.Key != "ICECREAM_LISTEN").Select(setting => $"{setting.Key}={setting.Value}")];
        Assert.Equal(unsaid, Daemon(string.Join('\n', lines), "", []));
        Assert.StartsWith($"{unsaid.Listen!.Host}:{unsaid.Listen.Port} (daemon)", inForce["ICECREAM_LISTEN"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("512M", 512L << 20)]
    [InlineData("20G", 20L << 30)]
    [InlineData("1TiB", 1L << 40)]
    [InlineData("65536k", 64L << 20)]
    [InlineData("20Gi", 20L << 30)]
    [InlineData("512mb", 512L << 20)]
    [InlineData("100", 100L << 20)]
    public void Sizes_have_units_and_count_mebibytes_without(string text, long bytes) =>
        Assert.Equal(bytes, Daemon("", "", ["--cache-limit", text]).StoreLimit);

    [Theory]
    [InlineData(false, "--no-worker", 30)]
    [InlineData(true, "--no-worker", null)]
    [InlineData(false, "--no-worker --idle-exit 0", null)]
    [InlineData(true, "--idle-exit 5", 5)]
    public void An_agent_alone_ends_when_idle_unless_it_is_a_service(bool isService, string options, int? minutes)
    {
        DaemonNodeOptions daemon = DaemonCommand.Describe(Load("", "", ["daemon", .. options.Split(' ')]), isService, Places.Own());
        Assert.Equal(minutes, daemon.IdleExit?.TotalMinutes);
    }

    [Fact]
    public void Insecure_opens_the_doors_to_other_machines()
    {
        Assert.Equal(FarmAddress.Tcp("*", 10245), Daemon("", "", ["--insecure"]).Listen);
        Assert.Equal(FarmAddress.Tcp("*", 8765), SchedulerCommand.Describe(Load("", "", ["scheduler", "--insecure"])).Listen);
        Assert.Equal(FarmAddress.Tcp("127.0.0.1", 8765), SchedulerCommand.Describe(Load("", "", ["scheduler"])).Listen);
    }

    [Fact]
    public void A_flag_that_is_switched_off_is_off()
    {
        Assert.False(Daemon("ICECREAM_INSECURE=yes", "", ["--insecure=false"]).Insecure);
        Assert.Equal(FarmAddress.Tcp("127.0.0.1", 10245), Daemon("", "", ["--insecure", "false"]).Listen);
        Assert.NotNull(Daemon("ICECREAM_WORKER=no", "", ["--no-worker=false"]).Listen);
        Assert.True(Daemon("", "", ["--no-huge-pages=false"]).HugePages);
        Assert.True(Daemon("", "", ["--insecure=true"]).Insecure);
    }

    [Fact]
    public void A_daemon_with_nothing_to_do_is_refused() =>
        Assert.Throws<ConfigurationException>(() => Daemon("", "", ["--no-worker", "--no-agent"]));

    [Fact]
    public void A_file_that_is_named_and_missing_is_an_error()
    {
        ParseResult parsed = IceHost.Build().Parse(["daemon"]);
        var variables = new Dictionary<string, string> { ["ICECREAM_CONFIG"] = "/nonexistent/icecream.conf" };
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => HostConfiguration.Load(parsed, variables, _warnings.Add));
        Assert.Contains("/nonexistent/icecream.conf does not exist", e.Message, StringComparison.Ordinal);
    }

    private static string Repository(string path, [CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "../../..", path);

    private DaemonNodeOptions Daemon(string system, string user, string[] options, params (string Name, string Value)[] variables) =>
        DaemonCommand.Describe(Load(system, user, ["daemon", .. options], variables), isManagedService: false, Places.Own());

    private Settings Load(string system, string user, string[] arguments, params (string Name, string Value)[] variables)
    {
        var environment = variables.ToDictionary(variable => variable.Name, variable => variable.Value);
        environment["ICECREAM_CONFIG"] = _folder.Write("system.conf", system);
        _folder.Write("icecream/icecream.conf", user);
        environment["XDG_CONFIG_HOME"] = _folder.Path;
        return HostConfiguration.Load(IceHost.Build().Parse(arguments), environment, _warnings.Add);
    }
}
