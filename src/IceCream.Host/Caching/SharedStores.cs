using IceCream.Caching;
using IceCream.Host.Configuration;

namespace IceCream.Host.Caching;

/// <summary>The stores of shared results that this program speaks to, by their addresses.</summary>
internal static class SharedStores
{
    private const string ReadOnlyMark = "|read-only";

    /// <summary>The store of an address.</summary>
    /// <returns>Null when it is no address of one.</returns>
    public static ISharedResults? Of(string text) => (ISharedResults?)HttpResults.Of(text) ?? RedisResults.Of(text);

    /// <summary>The store that is configured; null when none is.</summary>
    /// <exception cref="ConfigurationException">It is no address of one.</exception>
    public static ISharedResults? Of(Settings settings) => settings.Text(Setting.CacheShared) is not { Length: > 0 } text ? null
        : Of(text) ?? throw settings.WrongSharedResults(text);

    /// <summary>Parts an address from the mark of agents that only read.</summary>
    public static string Part(string text, out bool isReadOnly)
    {
        isReadOnly = text.EndsWith(ReadOnlyMark, StringComparison.Ordinal);
        return isReadOnly ? text[..^ReadOnlyMark.Length] : text;
    }
}
