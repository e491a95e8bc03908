using System.Text.RegularExpressions;
using Xunit;

namespace IceCream.Host.Tests.Migration;

/// <summary>Nobody who comes from ccache looks for a setting in vain: README.md says that the page has every one.</summary>
public sealed partial class CcachePageTests
{
    /// <summary>The settings of ccache 4, as 'ccache -p' prints them.</summary>
    private const string Settings = """
        absolute_paths_in_stderr base_dir cache_dir compiler compiler_check compiler_type compression compression_level cpp_extension debug debug_dir
        depend_mode direct_mode disable extra_files_to_hash file_clone hard_link hash_dir ignore_headers_in_manifest ignore_options inode_cache
        keep_comments_cpp limit_multiple log_file max_files max_size msvc_dep_prefix namespace path pch_external_checksum prefix_command
        prefix_command_cpp read_only read_only_direct recache remote_only remote_storage reshare run_second_cpp sloppiness stats stats_log
        temporary_dir umask
        """;

    /// <summary>Their variables.</summary>
    private const string Variables = """
        CCACHE_ABSSTDERR CCACHE_BASEDIR CCACHE_COMMENTS CCACHE_COMPILER CCACHE_COMPILERCHECK CCACHE_COMPILERTYPE CCACHE_COMPRESS CCACHE_COMPRESSLEVEL
        CCACHE_CONFIGPATH CCACHE_CPP2 CCACHE_DEBUG CCACHE_DEBUGDIR CCACHE_DEPEND CCACHE_DIR CCACHE_DIRECT CCACHE_DISABLE CCACHE_EXTRAFILES
        CCACHE_FILECLONE CCACHE_HARDLINK CCACHE_HASHDIR CCACHE_IGNOREHEADERS CCACHE_IGNOREOPTIONS CCACHE_INODECACHE CCACHE_LOGFILE CCACHE_MAXFILES
        CCACHE_MAXSIZE CCACHE_MSVC_DEP_PREFIX CCACHE_NAMESPACE CCACHE_PATH CCACHE_PCH_EXTSUM CCACHE_PREFIX CCACHE_PREFIX_CPP CCACHE_READONLY
        CCACHE_READONLY_DIRECT CCACHE_RECACHE CCACHE_REMOTE_ONLY CCACHE_REMOTE_STORAGE CCACHE_RESHARE CCACHE_SLOPPINESS CCACHE_STATS CCACHE_STATSLOG
        CCACHE_TEMPDIR CCACHE_UMASK
        """;

    [Theory]
    [InlineData(Settings)]
    [InlineData(Variables)]
    public void Every_name_has_a_row(string names)
    {
        string[] rows = [.. File.ReadLines(Path.Combine(Repository(), "docs", "from-ccache.md")).Where(static line => line.StartsWith("| `", StringComparison.Ordinal)).Select(static line => line.Split(" | ")[0])];
        string[] known = [.. rows.SelectMany(static row => Name().Matches(row)).Select(static match => match.Groups[1].Value)];
        Assert.All(names.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries), name => Assert.Contains(name, known));
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

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();
}
