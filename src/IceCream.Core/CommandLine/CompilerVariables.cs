using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>Variables of the environment that say what flags could not, and keep a compile on its machine.</summary>
internal static class CompilerVariables
{
    private static readonly ImmutableArray<string> Local =
    [
        // Files that are appended to, by every compile of the build.
        "DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES",

        // Flags that the command line does not show.
        "CCC_OVERRIDE_OPTIONS", "GCC_COMPARE_DEBUG", "CCC_ADD_ARGS",

        // Libraries in the compiler's process that are no part of it, and tables that it would find here only.
        "LD_PRELOAD", "LD_AUDIT", "LOCPATH", "GCONV_PATH", "NLSPATH",
    ];

    /// <summary>Why a compile with such an environment stays here; null when it may travel.</summary>
    /// <param name="environment">Entries as <c>NAME=value</c>.</param>
    public static LocalOnlyReason? ReasonToStay(ImmutableArray<string> environment)
    {
        foreach (var variable in environment)
        {
            var cut = variable.IndexOf('=', StringComparison.Ordinal);
            if (cut > 0 && cut + 1 < variable.Length && Local.Contains(variable[..cut]))
            {
                return new LocalOnlyReason(LocalOnlyKind.LocalFlag, variable);
            }
        }

        return null;
    }
}
