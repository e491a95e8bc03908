using System.Collections.Frozen;
using System.Collections.Immutable;

namespace IceCream.Preprocessing;

/// <summary>
/// Fixed definitions of the Boost.Preprocessor macros with which computed includes are made. The library defines each in many ways, one per
/// compiler, that all mean the same; trying every combination of those ways would not end.
/// </summary>
internal static class BoostPreprocessor
{
    private static readonly FrozenDictionary<string, ImmutableArray<MacroDefinition>> Meanings = ((string[])
    [
        "BOOST_PP_CAT(a, b) BOOST_PP_CAT_I(a, b)",
        "BOOST_PP_CAT_I(a, b) a ## b",
        "BOOST_PP_STRINGIZE(...) BOOST_PP_STRINGIZE_I(__VA_ARGS__)",
        "BOOST_PP_STRINGIZE_I(...) #__VA_ARGS__",
        "BOOST_PP_ARRAY_ELEM(i, array) BOOST_PP_ARRAY_ELEM_I(i, BOOST_PP_ARRAY_DATA array)",
        "BOOST_PP_ARRAY_ELEM_I(i, tuple) BOOST_PP_ARRAY_ELEM_II(i, tuple)",
        "BOOST_PP_ARRAY_ELEM_II(i, tuple) BOOST_PP_ARRAY_ELEM_ ## i tuple",
        "BOOST_PP_ARRAY_DATA(size, tuple) tuple",
        "BOOST_PP_ARRAY_ELEM_0(a, ...) a",
        "BOOST_PP_ARRAY_ELEM_1(a, b, ...) b",
        "BOOST_PP_ARRAY_ELEM_2(a, b, c, ...) c",
        "BOOST_PP_ARRAY_ELEM_3(a, b, c, d, ...) d",
    ]).ToFrozenDictionary(
        static text => text[..text.IndexOf('(', StringComparison.Ordinal)], static text => ImmutableArray.Create(MacroDefinition.Parse(text)!), StringComparer.Ordinal);

    /// <summary>Whether a file may be one of Boost's.</summary>
    /// <param name="path">Absolute.</param>
    public static bool MayHold(string path) => path.Contains("/boost/", StringComparison.Ordinal);

    /// <summary>Whether a macro has a fixed meaning here, which then replaces all its definitions.</summary>
    public static bool IsKnown(string name) => Meanings.ContainsKey(name);

    /// <summary>The one definition that stands for all definitions of a macro; null when the macro has no fixed meaning.</summary>
    public static ImmutableArray<MacroDefinition>? Meaning(string name) =>
        name.StartsWith("BOOST_PP_", StringComparison.Ordinal) && Meanings.TryGetValue(name, out ImmutableArray<MacroDefinition> meaning) ? meaning : null;
}
