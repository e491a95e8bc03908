using System.Collections.Immutable;
using System.Globalization;

namespace IceCream.Preprocessing;

/// <content>
/// Takes one element out of a tuple without expanding the others. Boost.Preprocessor keeps the file that iterates beside the bounds of the
/// iteration; those bounds are sums that can expand in thousands of ways, none of which matters to the name.
/// </content>
internal sealed partial class MacroExpander
{
    private const string OfArray = "BOOST_PP_ARRAY_ELEM", OfTuple = "BOOST_PP_TUPLE_ELEM";
    private const int DeepestBody = 8, LongestChain = 64;

    /// <summary>Macros whose call yields a single element of a list: a number, or something that was one element before.</summary>
    private static readonly ImmutableHashSet<string> Single =
    [
        OfArray, OfTuple, "BOOST_PP_DEC", "BOOST_PP_INC", "BOOST_PP_MAX", "BOOST_PP_MIN", "BOOST_PP_ADD", "BOOST_PP_SUB", "BOOST_PP_MUL", "BOOST_PP_DIV",
        "BOOST_PP_MOD", "BOOST_PP_SEQ_SIZE", "BOOST_PP_TUPLE_SIZE", "BOOST_PP_ARRAY_SIZE", "BOOST_PP_FRAME_ITERATION", "BOOST_PP_ITERATION",
        "BOOST_PHOENIX_PP_ROUND_UP",
    ];

    /// <summary>The element that a call takes, not yet expanded; null when this is no such call, or when the call must be expanded to be understood.</summary>
    /// <param name="name">The macro's name.</param>
    /// <param name="rest">The tokens that follow the name.</param>
    /// <param name="taken">How many tokens of <paramref name="rest"/> the call has.</param>
    private List<MacroToken>? Element(string name, LinkedList<MacroToken> rest, out int taken)
    {
        taken = 0;
        if (name is not (OfArray or OfTuple) || definitionsOf(name).IsEmpty
            || Arguments(rest, 0, variadic: false, out taken, out _) is not { Count: 2 or 3 } arguments || (name == OfArray && arguments.Count != 2))
        {
            return null;
        }

        // ARRAY_ELEM(i, (size, tuple)), TUPLE_ELEM(i, tuple), TUPLE_ELEM(size, i, tuple).
        List<MacroToken> index = arguments[name == OfArray ? 0 : arguments.Count - 2];
        List<List<MacroToken>>? elements = Elements(arguments[^1], out MacroToken? undefined);
        if (name == OfArray)
        {
            elements = elements is { Count: 2 } && IsSingle(elements[0], []) ? Elements(elements[1], out undefined) : null;
        }

        // Without a tuple the call yields no file name, so there is no need to try all ways.
        return undefined is { } nothing ? [nothing with { Hidden = nothing.Hidden.Add(nothing.Text) }]
            : index is [{ Text: var digits }] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int at)
                && at < elements?.Count && elements.Take(at).All(element => IsSingle(element, [])) ? elements[at] : null;
    }

    /// <summary>The elements of a tuple, given literally or through object-like macros; null when the tokens are neither.</summary>
    /// <param name="tuple">The tokens of the tuple and nothing else.</param>
    /// <param name="undefined">The name in place of the tuple, if it is one that does not expand.</param>
    private List<List<MacroToken>>? Elements(List<MacroToken> tuple, out MacroToken? undefined)
    {
        undefined = null;
        for (int step = 0; step < LongestChain && tuple is [var first, ..]; step++)
        {
            var all = new LinkedList<MacroToken>(tuple);
            if (first.Text == "(")
            {
                return Arguments(all, 0, variadic: false, out int whole, out _) is { } elements && whole == tuple.Count ? elements : null;
            }

            all.RemoveFirst();
            if (!first.IsName)
            {
                return null;
            }
            else if (first.Hidden.Contains(first.Text))
            {
                undefined = all.Count == 0 ? first : null;
                return null;
            }
            else if (Element(first.Text, all, out int taken) is { } element)
            {
                tuple = taken == all.Count ? element : [];
            }
            else if (all.Count > 0)
            {
                return null;
            }
            else if (Chosen(first.Text) is not { } definition)
            {
                undefined = first;
                return null;
            }
            else
            {
                tuple = definition is { Parameters: null, IsOmitted: false } ? Substitute(definition, [], first.Hidden.Add(first.Text)) ?? [] : [];
            }
        }

        return null;
    }

    /// <summary>Whether tokens stay one element in every expansion: no comma and no unmatched parenthesis comes out of them.</summary>
    /// <param name="tokens">The element.</param>
    /// <param name="within">The macros whose bodies contain the element: they do not expand again.</param>
    private bool IsSingle(IReadOnlyList<MacroToken> tokens, ImmutableHashSet<string> within)
    {
        int depth = 0;
        for (int i = 0; i < tokens.Count; i++)
        {
            // When the budget is spent, the element is expanded like any other, which ends soon.
            if (!Spend(1 + within.Count))
            {
                return false;
            }

            MacroToken token = tokens[i];
            bool isCalled = i + 1 < tokens.Count && tokens[i + 1].Text == "(";
            depth += token.Text switch { "(" => 1, ")" => -1, _ => 0 };
            if (depth < 0 || (depth == 0 && token.Text == ","))
            {
                return false;
            }

            // The arguments of a trusted call do not matter: its result is a single element.
            if (token.IsName && isCalled && Single.Contains(token.Text))
            {
                if (Arguments(new LinkedList<MacroToken>(tokens.Skip(i + 1)), 0, variadic: false, out int taken, out _) is null)
                {
                    return false;
                }

                i += taken;
            }
            else if (token.IsName && !within.Contains(token.Text) && !definitionsOf(token.Text).All(definition =>
                !isCalled && !definition.IsOmitted && within.Count < DeepestBody
                && (definition.Parameters is not null || IsSingle(definition.Body, within.Add(token.Text)))))
            {
                return false;
            }
        }

        return depth == 0;
    }
}
