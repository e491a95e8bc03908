namespace IceCream.CommandLine;

/// <summary>The words by which a variable or a setting turns something on or off. Launcher and nodes share them, so that "no" means the same to both.</summary>
internal static class SwitchWords
{
    /// <summary>What a word says; null if it is none of these words.</summary>
    public static bool? Parse(string word) => word.ToLowerInvariant() switch
    {
        "yes" or "true" or "on" or "1" => true,
        "no" or "false" or "off" or "0" => false,
        _ => null,
    };
}
