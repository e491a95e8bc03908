namespace IceCream.Processes;

/// <summary>The environment of queries whose answer is parsed.</summary>
internal static class ProbeEnvironment
{
    /// <summary>
    /// Makes a launcher that a compiler wrapper starts become the compiler: the querying agent may hold a resource that the launcher would have to
    /// wait for.
    /// </summary>
    public const string WithoutFarm = "ICECREAM_DISABLE=1";

    /// <summary>The variables without the user's language: GCC translates even the labels of its report.</summary>
    public static string[] InEnglish(IEnumerable<string> environment) =>
        [.. environment.Where(static variable => !variable.StartsWith("LC_", StringComparison.Ordinal) && !variable.StartsWith("LANG", StringComparison.Ordinal)),
         "LC_ALL=C"];
}
