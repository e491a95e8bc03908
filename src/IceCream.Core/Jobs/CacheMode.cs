namespace IceCream.Jobs;

/// <summary>How a job uses the result cache (<c>ICECREAM_CACHE</c>).</summary>
internal enum CacheMode
{
    /// <summary>Cached results are used, and new ones are stored.</summary>
    On = 0,

    /// <summary>Every job is compiled, and no result is stored.</summary>
    Off = 1,

    /// <summary>Cached results are used, and no new ones are stored.</summary>
    ReadOnly = 2,

    /// <summary>Every job is compiled, and its result replaces the cached one.</summary>
    Recache = 3,
}

/// <summary>The modes as users write them.</summary>
internal static class CacheModes
{
    /// <summary>The environment variable that sets the mode of a command or of an agent.</summary>
    public const string Variable = "ICECREAM_CACHE";

    /// <summary>All values, for messages.</summary>
    public const string Allowed = "on, off, readonly or recache";

    /// <summary>Parses a value; null when it names no mode.</summary>
    public static CacheMode? Parse(string word) => word.ToLowerInvariant() switch
    {
        "on" or "yes" or "true" or "1" => CacheMode.On,
        "off" or "no" or "false" or "0" => CacheMode.Off,
        "readonly" => CacheMode.ReadOnly,
        "recache" => CacheMode.Recache,
        _ => null,
    };
}
