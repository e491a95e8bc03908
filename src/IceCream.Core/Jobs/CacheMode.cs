namespace IceCream.Jobs;

/// <summary>What is done with results that are known already (<c>ICECREAM_CACHE</c>).</summary>
internal enum CacheMode
{
    /// <summary>Known results are used, and new ones are kept.</summary>
    On = 0,

    /// <summary>Every job is compiled, and nothing is kept.</summary>
    Off = 1,

    /// <summary>Known results are used, and nothing is kept.</summary>
    ReadOnly = 2,

    /// <summary>Every job is compiled, and takes the place of what was kept of it.</summary>
    Recache = 3,
}

/// <summary>The modes as users write them.</summary>
internal static class CacheModes
{
    /// <summary>The variable that says one for a command, or for an agent.</summary>
    public const string Variable = "ICECREAM_CACHE";

    /// <summary>All words.</summary>
    public const string Allowed = "on, off, readonly or recache";

    /// <summary>The mode of a word; null when it is none.</summary>
    public static CacheMode? Parse(string word) => word.ToLowerInvariant() switch
    {
        "on" or "yes" or "true" or "1" => CacheMode.On,
        "off" or "no" or "false" or "0" => CacheMode.Off,
        "readonly" => CacheMode.ReadOnly,
        "recache" => CacheMode.Recache,
        _ => null,
    };
}
