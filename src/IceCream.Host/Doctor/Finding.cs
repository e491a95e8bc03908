namespace IceCream.Host.Doctor;

/// <summary>How bad a finding is.</summary>
internal enum FindingLevel
{
    Ok = 0,

    /// <summary>It works, with less than could be had.</summary>
    Warning = 1,

    /// <summary>Something that the machine is wanted for does not work.</summary>
    Problem = 2,
}

/// <summary>What a check found.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="Level">How bad it is.</param>
/// <param name="What">What is so.</param>
/// <param name="Remedy">What to do; empty when nothing is.</param>
internal sealed record Finding(string Check, FindingLevel Level, string What, string Remedy = "")
{
    public static Finding Ok(string check, string what) => new(check, FindingLevel.Ok, what);

    public static Finding Warning(string check, string what, string remedy) => new(check, FindingLevel.Warning, what, remedy);

    public static Finding Problem(string check, string what, string remedy) => new(check, FindingLevel.Problem, what, remedy);
}
