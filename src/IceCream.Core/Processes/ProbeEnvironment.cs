namespace IceCream.Processes;

/// <summary>The variables with which a compiler is asked what is going to be parsed.</summary>
internal static class ProbeEnvironment
{
    /// <summary>
    /// A launcher that a wrapper of a compiler starts becomes the compiler: whoever asks may hold what that launcher would have to wait for.
    /// </summary>
    public const string WithoutFarm = "ICECREAM_DISABLE=1";

    /// <summary>The variables, with the user's language taken out: GCC translates even the labels of its report.</summary>
    public static string[] InEnglish(IEnumerable<string> environment) =>
        [.. environment.Where(static variable => !variable.StartsWith("LC_", StringComparison.Ordinal) && !variable.StartsWith("LANG", StringComparison.Ordinal)),
         "LC_ALL=C"];
}
