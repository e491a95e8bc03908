namespace IceCream.Platform;

/// <summary>
/// The name of the user whom this process acts for. Not every user number has a name: containers run as <c>-u 1234</c>, and some services as users
/// that exist only while they run. The environment names such a user, or else the number does.
/// </summary>
internal static class UserName
{
    private const int Longest = 64;

    /// <summary>The name of this process's effective user: never empty.</summary>
    public static string Own() => Choose(Registered(), Environment.GetEnvironmentVariable, Linux.EffectiveUser());

    /// <param name="registered">The name in the user database; null or empty when it has none.</param>
    /// <param name="variable">Returns the value of an environment variable, or null.</param>
    /// <param name="user">The user's number.</param>
    internal static string Choose(string? registered, Func<string, string?> variable, uint user) =>
        IsName(registered) ? registered!
        : variable("USER") is { } name && IsName(name) ? name
        : variable("LOGNAME") is { } login && IsName(login) ? login
        : $"uid{user}";

    private static string? Registered()
    {
        try
        {
            return Environment.UserName;
        }
        catch (IOException)
        {
            // The name service does not answer.
            return null;
        }
    }

    private static bool IsName(string? text) =>
        text is { Length: > 0 and <= Longest } && !text.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c));
}
