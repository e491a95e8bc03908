using System.Globalization;
using IceCream.Jobs;

namespace IceCream.Host.Rendering;

/// <summary>Explains why most compiles of an agent stay on its machine, and what to do about it.</summary>
internal static class HomeStay
{
    /// <summary>One line if less than half of the compiles left this machine; else null.</summary>
    public static string? Describe(JobStatistics statistics)
    {
        // Compiles that an idle core here finished sooner could have left.
        long sooner = statistics.Stays.Where(static stay => stay.Kind == LocalOnlyKind.Sooner).Sum(static stay => stay.Count);
        if (statistics.Compiles == 0 || 2 * (statistics.CompilesAway + sooner) >= statistics.Compiles)
        {
            return null;
        }

        string left = string.Create(
            CultureInfo.InvariantCulture, $"only {statistics.CompilesAway} of {statistics.Compiles} compile{(statistics.Compiles == 1 ? "" : "s")} left this machine");
        return Heaviest(statistics) is not { } reason ? left
            : string.Create(CultureInfo.InvariantCulture, $"{left}; {reason.Count} stayed because {reason.Latest.Reason}. {RemedyOf(reason.Latest)}");
    }

    /// <summary>The kind of reason that kept most compiles here, and the most frequent reason of that kind.</summary>
    private static (long Count, StayCount Latest)? Heaviest(JobStatistics statistics) => statistics.Stays
        .Where(static stay => stay.Purpose == CommandPurpose.Compile)
        .GroupBy(static stay => (stay.Kind, Flag: stay.Reason.StartsWith('-') ? stay.Reason : ""))
        .Select(static stays => ((long Count, StayCount Latest)?)(stays.Sum(static stay => stay.Count), stays.MaxBy(static stay => stay.Count)!))
        .MaxBy(static reason => reason!.Value.Count);

    private static string RemedyOf(StayCount stay) => stay.Kind switch
    {
        LocalOnlyKind.NoFarm => "'icehost doctor' on a machine says why it takes no jobs, and 'icehost status' which machines are there.",
        LocalOnlyKind.Requested => "Unset ICECREAM_MODE to let compiles leave.",
        LocalOnlyKind.LocalFlag when stay.Reason.Contains("this machine's processor", StringComparison.Ordinal) =>
            "Name the processor instead, such as -march=x86-64-v3, to let such compiles leave.",
        LocalOnlyKind.LocalFlag => "Without it such compiles can leave.",
        LocalOnlyKind.UnknownFlag => "Leave it out if it is not needed; if the compiler knows it, please report it.",
        LocalOnlyKind.NotACompile or LocalOnlyKind.SeveralSources => "Compile each source by a command of its own, with -c, and link after that.",
        LocalOnlyKind.StandardInput or LocalOnlyKind.Stream or LocalOnlyKind.Output => "Let compilers read and write ordinary files.",
        LocalOnlyKind.PrecompiledHeader => "Precompiled headers are made where they are used: only what comes after them can leave.",
        LocalOnlyKind.Modules => "Where no modules are used, let CMake not look for them: CMAKE_CXX_SCAN_FOR_MODULES=OFF.",
        LocalOnlyKind.UnknownCompiler or LocalOnlyKind.Toolchain => "'icehost doctor' says which compilers can leave.",
        LocalOnlyKind.FarmFailure or LocalOnlyKind.Confirmation => "Look into the log of the worker, and run 'icehost doctor' there.",
        LocalOnlyKind.OtherFiles => "Start an agent where the compilers run: in the same container, or below the same root.",
        LocalOnlyKind.Refused => "Restart the agent if it is of another version than icelaunch.",
        LocalOnlyKind.WorkingDirectory => "Build in another folder.",
        LocalOnlyKind.PrivateFile => "If it may leave: let others read it, name its folder with -I, or say in ICECREAM_PRIVATE_FILES what is private.",
        _ => "'icehost why FILE' says more about one of them.",
    };
}
