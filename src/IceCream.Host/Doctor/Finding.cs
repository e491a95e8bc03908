namespace IceCream.Host.Doctor;

internal enum FindingLevel
{
    Ok = 0,

    /// <summary>The machine works, but below what it could do.</summary>
    Warning = 1,

    /// <summary>A function that the machine is meant to have does not work.</summary>
    Problem = 2,
}

/// <summary>The result of a check.</summary>
/// <param name="Check">What was checked.</param>
/// <param name="Level">The severity.</param>
/// <param name="What">What was found.</param>
/// <param name="Remedy">What the user should do; empty for nothing.</param>
internal sealed record Finding(string Check, FindingLevel Level, string What, string Remedy = "")
{
    public static Finding Ok(string check, string what) => new(check, FindingLevel.Ok, what);

    public static Finding Warning(string check, string what, string remedy) => new(check, FindingLevel.Warning, what, remedy);

    public static Finding Problem(string check, string what, string remedy) => new(check, FindingLevel.Problem, what, remedy);
}
