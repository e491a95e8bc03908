using System.Collections.Immutable;
using IceCream.Diagnostics;

namespace IceCream.Preprocessing;

/// <summary>
/// Expands an expression in every way that the definitions of a set of sources allow. It is not known which definition is in force when the compiler
/// reaches the expression, but it is the same everywhere in the expression. So one way is one choice of a definition for each name.
/// </summary>
/// <param name="definitionsOf">All definitions of a name, each once; empty when there are none.</param>
internal sealed partial class MacroExpander(Func<string, ImmutableArray<MacroDefinition>> definitionsOf)
{
    private const int MostWays = 4096;
    private const int MostSteps = 400_000;
    private const int LongestExpansion = 20_000;
    private const int LongestToken = 64 << 10;
    private const int DeepestArgument = 200;
    private const int LongestShown = 80;

    /// <summary>No file has a longer name. Blanks between tokens, which compilers may leave out, are counted too.</summary>
    private const int LongestText = 16 << 10;

    /// <summary>Tokens that may be processed for one expression, counting repeats in nested calls: about a second.</summary>
    private const int MostEffort = 20_000_000;

    private readonly List<Choice> _choices = [];
    private readonly Dictionary<string, int> _chosen = new(StringComparer.Ordinal);
    private int _steps;
    private int _effort;
    private int _depth;
    private string _doubt = "";

    /// <summary>All expansions of a text, or the reason why there are too many to know.</summary>
    public (HashSet<string> Texts, string? Doubt) Expand(string expression)
    {
        var texts = new HashSet<string>(StringComparer.Ordinal);
        ImmutableArray<MacroToken> tokens = MacroToken.Split(expression);
        _choices.Clear();
        (_steps, _effort, _depth) = (0, 0, 0);
        for (int ways = 0; ways < MostWays; ways++)
        {
            _chosen.Clear();
            for (int i = 0; i < _choices.Count; i++)
            {
                _chosen[_choices[i].Name] = i;
            }

            if (Expand(tokens) is not { } expanded)
            {
                return (texts, $"the macros of '{ShortText.Cut(expression, LongestShown)}' are too intricate, {_doubt}");
            }

            // Thousands of ways of a long text each would fill the memory.
            string text = Join(expanded);
            if (!Spend(text.Length))
            {
                return (texts, $"the macros of '{ShortText.Cut(expression, LongestShown)}' are too intricate, by the length of what they become");
            }

            texts.Add(text);
            while (_choices.Count > 0 && _choices[^1].IsLast)
            {
                _choices.RemoveAt(_choices.Count - 1);
            }

            if (_choices.Count == 0)
            {
                return (texts, null);
            }

            _choices[^1] = _choices[^1] with { Taken = _choices[^1].Taken + 1 };
        }

        return (texts, $"'{ShortText.Cut(expression, LongestShown)}' can be too many files");
    }

    /// <summary>How many tokens were processed for the last expression: the cost of an expansion, independent of the machine.</summary>
    public int Effort => _effort;

    /// <summary>Charges the budget of an expression.</summary>
    /// <returns>False when the budget is spent.</returns>
    private bool Spend(int tokens) => (_effort = Math.Min(_effort + tokens, MostEffort)) < MostEffort;

    private List<MacroToken>? Expand(IEnumerable<MacroToken> input)
    {
        if (++_depth > DeepestArgument)
        {
            _doubt = $"with calls {DeepestArgument} deep";
            return null;
        }

        List<MacroToken>? expanded = ExpandAll(input);
        _depth--;
        return expanded;
    }

    private List<MacroToken>? ExpandAll(IEnumerable<MacroToken> input)
    {
        var rest = new LinkedList<MacroToken>(input);
        var output = new List<MacroToken>();
        while (rest.First is { } first)
        {
            MacroToken token = first.Value;
            if (++_steps > MostSteps || rest.Count + output.Count > LongestExpansion || token.Text.Length > LongestToken || !Spend(1))
            {
                _doubt = $"at '{ShortText.Cut(token.Text, LongestShown)}'";
                return null;
            }

            rest.RemoveFirst();
            if (token.IsName && !token.Hidden.Contains(token.Text) && Element(token.Text, rest, out int call) is { } element)
            {
                Take(rest, call);
                Put(element, rest, token.Spaced);
                continue;
            }

            if (!token.IsName || token.Hidden.Contains(token.Text) || Chosen(token.Text) is not { } definition)
            {
                output.Add(token);
                continue;
            }

            if (definition.IsOmitted)
            {
                _doubt = $"by the length of '{token.Text}'";
                return null;
            }

            if (definition.HasOptional)
            {
                _doubt = "by __VA_OPT__";
                return null;
            }

            List<MacroToken>? replaced;
            if (definition.Parameters is not { } parameters)
            {
                replaced = Substitute(definition, [], token.Hidden.Add(token.Text));
            }
            else if (Arguments(rest, parameters.Length, definition.IsVariadic, out int taken, out MacroToken close) is { } arguments)
            {
                Take(rest, taken);
                replaced = Substitute(definition, arguments, token.Hidden.Intersect(close.Hidden).Add(token.Text));
            }
            else
            {
                output.Add(token);
                continue;
            }

            if (replaced is null)
            {
                return null;
            }

            Put(replaced, rest, token.Spaced);
        }

        return output;
    }

    private static void Take(LinkedList<MacroToken> rest, int count)
    {
        for (; count > 0; count--)
        {
            rest.RemoveFirst();
        }
    }

    private static void Put(List<MacroToken> tokens, LinkedList<MacroToken> rest, bool spaced)
    {
        for (int i = tokens.Count - 1; i >= 0; i--)
        {
            rest.AddFirst(i == 0 ? tokens[i] with { Spaced = spaced } : tokens[i]);
        }
    }

    private MacroDefinition? Chosen(string name)
    {
        if (!_chosen.TryGetValue(name, out int at))
        {
            ImmutableArray<MacroDefinition> definitions = definitionsOf(name);
            if (definitions.IsEmpty)
            {
                return null;
            }

            // An object-like macro may also be undefined still, as linux is in <linux/types.h>. A function-like macro must be defined,
            // or the expression yields no file name.
            bool maybeUndefined = definitions.Any(static definition => definition.Parameters is null);
            at = _choices.Count;
            _choices.Add(new Choice(name, maybeUndefined ? [.. definitions, null] : [.. definitions], 0));
            _chosen[name] = at;
        }

        return _choices[at].Definition;
    }

    /// <summary>The arguments of a call, whose tokens begin <paramref name="rest"/>; null when it is no call.</summary>
    private List<List<MacroToken>>? Arguments(LinkedList<MacroToken> rest, int count, bool variadic, out int taken, out MacroToken close)
    {
        close = default;
        taken = 0;
        if (rest.First?.Value.Text != "(")
        {
            return null;
        }

        var arguments = new List<List<MacroToken>> { new() };
        int depth = 0;
        foreach (MacroToken token in rest)
        {
            taken++;
            depth += token.Text switch { "(" => 1, ")" => -1, _ => 0 };
            if (depth == 0)
            {
                close = token;
                break;
            }

            if (depth == 1 && taken == 1)
            {
                continue;
            }

            if (depth == 1 && token.Text == "," && !(variadic && arguments.Count == count))
            {
                arguments.Add([]);
            }
            else
            {
                arguments[^1].Add(token);
            }
        }

        if (!Spend(taken) || depth != 0)
        {
            return null;
        }

        while (arguments.Count < count)
        {
            arguments.Add([]);
        }

        return arguments;
    }

    private sealed record Choice(string Name, ImmutableArray<MacroDefinition?> Options, int Taken)
    {
        public MacroDefinition? Definition => Options[Taken];

        public bool IsLast => Taken == Options.Length - 1;
    }
}
