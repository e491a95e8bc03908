using Xunit;

namespace IceCream.Host.Tests.Migration;

/// <summary>Nobody who comes from distcc looks for a variable in vain.</summary>
public sealed class DistccPageTests
{
    /// <summary>The variables in the manual pages of distcc 3.4's programs.</summary>
    private const string Variables = """
        DISTCC_HOSTS DISTCC_POTENTIAL_HOSTS DISTCC_VERBOSE DISTCC_LOG DISTCC_FALLBACK DISTCC_NO_CROSS_REWRITE DISTCC_BACKOFF_PERIOD DISTCC_IO_TIMEOUT
        DISTCC_PAUSE_TIME_MSEC DISTCC_SAVE_TEMPS DISTCC_TCP_CORK DISTCC_SSH DISTCC_SKIP_LOCAL_RETRY DISTCC_DIR TMPDIR UNCACHED_ERR_FD
        DISTCC_ENABLE_DISCREPANCY_EMAIL DISTCC_MAX_DISCREPANCY DCC_EMAILLOG_WHOM_TO_BLAME DISTCC_PRINCIPAL DISTCCD_PRINCIPAL DISTCCD_PATH
        DISTCC_CMDLIST DISTCC_CMDLIST_NUMWORDS DISTCC_TCP_DEFER_ACCEPT
        """;

    [Fact]
    public void Every_variable_has_a_row()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(Repository(), "docs", "from-distcc.md")).Where(static line => line.StartsWith("| `", StringComparison.Ordinal)).Select(static line => line.Split(" | ")[0])];
        Assert.All(
            Variables.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries),
            name => Assert.Contains(rows, row => row.Contains($"`{name}`", StringComparison.Ordinal) || row.Contains($"`{name}=", StringComparison.Ordinal)));
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
}
