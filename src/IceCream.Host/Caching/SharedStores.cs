using IceCream.Caching;
using IceCream.Host.Configuration;

namespace IceCream.Host.Caching;

/// <summary>Creates the shared result stores that this program supports, by their addresses.</summary>
internal static class SharedStores
{
    /// <summary>Creates the store for an address.</summary>
    /// <returns>Null if the text is not such an address.</returns>
    public static ISharedResults? Of(string text) => (ISharedResults?)HttpResults.Of(text) ?? RedisResults.Of(text);

    /// <summary>Creates the configured store; null if none is configured.</summary>
    /// <exception cref="ConfigurationException">It is not such an address.</exception>
    public static ISharedResults? Of(Settings settings) => settings.Text(Setting.CacheShared) is not { Length: > 0 } text ? null
        : Of(text) ?? throw settings.WrongSharedResults(text);

    /// <summary>Strips the mark of agents that only read from an address.</summary>
    public static string Part(string text, out bool isReadOnly)
    {
        isReadOnly = text.EndsWith(MaskedAddress.ReadOnlyMark, StringComparison.Ordinal);
        return isReadOnly ? text[..^MaskedAddress.ReadOnlyMark.Length] : text;
    }
}
