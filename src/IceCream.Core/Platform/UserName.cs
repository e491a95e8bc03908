namespace IceCream.Platform;

/// <summary>
/// The name of whoever this process acts for. Not every user number has one: containers run as <c>-u 1234</c>, services as users who exist
/// while they run. Such a user is called by the environment, or else by the number.
/// </summary>
internal static class UserName
{
    private const int Longest = 64;

    /// <summary>The name of this process's effective user: never empty.</summary>
    public static string Own() => Choose(Registered(), Environment.GetEnvironmentVariable, Linux.EffectiveUser());

    /// <param name="registered">The name by which the system knows the user; null or empty when it knows none.</param>
    /// <param name="variable">The value of an environment variable, or null.</param>
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
            // The service that knows names does not answer.
            return null;
        }
    }

    private static bool IsName(string? text) =>
        text is { Length: > 0 and <= Longest } && !text.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c));
}
