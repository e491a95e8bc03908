using System.CommandLine;
using System.Text.RegularExpressions;
using IceCream.Host.Commands;
using IceCream.Host.Configuration;
using IceCream.Host.Migration;
using Xunit;

namespace IceCream.Host.Tests.Migration;

/// <summary>Nobody who comes from icecream looks for a name in vain.</summary>
public sealed partial class FormerNamesTests
{
    /// <summary>The variables of icecream 1.4: its client's, its daemon's, its configuration file's.</summary>
    public const string Variables = """
        ICECC ICECC_VERSION ICECC_DEBUG ICECC_LOGFILE ICECC_PREFERRED_HOST ICECC_CC ICECC_CXX ICECC_REMOTE_CPP ICECC_CLANG_REMOTE_CPP
        ICECC_IGNORE_UNVERIFIED ICECC_EXTRAFILES ICECC_COLOR_DIAGNOSTICS ICECC_CARET_WORKAROUND ICECC_COMPRESSION ICECC_ENV_COMPRESSION
        ICECC_SLOW_NETWORK ICECC_REPEAT_RATE ICECC_SCHEDULER USE_SCHEDULER UNCACHED_ERR_FD _ICECC_SAFEGUARD ICECC_TESTS ICECC_TEST_SOCKET
        ICECC_TEST_REMOTEBUILD ICECC_TEST_SCHEDULER_PORTS ICECC_TEST_FLUSH_LOG_MARK ICECC_TEST_LOG_HEADER ICECC_FAKE_STARTTIME
        ICECC_NICE_LEVEL ICECC_LOG_FILE ICECC_NETNAME ICECC_MAX_JOBS ICECC_ALLOW_REMOTE ICECC_BASEDIR ICECC_SCHEDULER_LOG_FILE
        ICECC_SCHEDULER_HOST ICECC_CACHE_LIMIT
        """;

    /// <summary>The options of icecream 1.4's daemon and scheduler, and of the client in its three names.</summary>
    public const string Options = """
        iceccd: -n --netname -m --max-processes --no-remote -d --daemonize -l --log-file -s --scheduler-host -v -vv -vvv -u --user-uid -b
        --env-basedir --cache-limit -N --name -i --interface -p --port --nice -h
        icecc-scheduler: -n --netname -p --port -i --interface -l --log-file -d --daemonize -u --user-uid -v -vv -vvv -r
        --persistent-client-connection -h
        icecc: --help --version --build-native icerun icecc-create-env icecc-test-env
        """;

    private static readonly string Page = File.ReadAllText(Path.Combine(Repository(), "docs", "from-icecream.md"));

    public static TheoryData<string, string> Places => new()
    {
        { nameof(FormerPlace.File), "" }, { nameof(FormerPlace.Environment), "" }, { nameof(FormerPlace.Client), "" },
        { nameof(FormerPlace.Daemon), "daemon" }, { nameof(FormerPlace.Scheduler), "scheduler" },
    };

    [Fact]
    public void Every_variable_is_in_the_page() =>
        Assert.All(Variables.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries), static name => Assert.Contains($"`{name}`", Page, StringComparison.Ordinal));

    [Fact]
    public void Every_option_is_in_the_page()
    {
        foreach (string program in OneProgram().Split(Options).Where(static part => part.Trim().Length > 0))
        {
            string[] words = program.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries);
            FormerPlace place = words[0] switch { "iceccd:" => FormerPlace.Daemon, "icecc-scheduler:" => FormerPlace.Scheduler, _ => FormerPlace.Client };
            string[] known = OneWord().Split(FormerNamesPage.Table(place));
            Assert.All(words[1..], word => Assert.Contains(word, known));
        }
    }

    [Fact]
    public void The_page_holds_the_tables_as_they_are_made() =>
        Assert.All(Enum.GetValues<FormerPlace>(), static place => Assert.Contains(FormerNamesPage.Table(place), Page, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Places))]
    public void What_is_said_to_be_equal_exists(string place, string command)
    {
        Command? program = command.Length == 0 ? null : IceHost.Build().Subcommands.Single(found => found.Name == command);
        foreach (FormerName former in FormerNames.All.Where(former => former.Place.ToString() == place && former.Equal.Length > 0))
        {
            foreach (string equal in former.Equal.Split(", "))
            {
                string name = equal.Split(' ', '=')[0];
                Assert.True(
                    name.StartsWith("--", StringComparison.Ordinal)
                        ? program is null || name == "--help" || program.Options.Any(option => option.Name == name)
                        : name is "icelaunch" or "icehost" or "ICECREAM_MODE" or "ICECREAM_DISABLE" or "ICECREAM_LEVEL" || Setting.Names.ContainsKey(name),
                    $"{former.Name} is said to be {name}");
            }
        }
    }

    private static string Repository()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "IceLib.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    [GeneratedRegex("^(?=icec)", RegexOptions.Multiline)]
    private static partial Regex OneProgram();

    [GeneratedRegex("[ ,`|]+")]
    private static partial Regex OneWord();
}
