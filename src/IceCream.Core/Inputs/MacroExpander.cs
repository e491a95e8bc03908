using System.Collections.Immutable;
using System.Text;

namespace IceCream.Inputs;

/// <summary>
/// Expands an expression in every way that the definitions of a set of sources allow. Which definition is in force when the compiler gets
/// there is not known, but it is the same one at every place of the expression: so each way is one choice of a definition for each name.
/// </summary>
/// <param name="definitionsOf">All definitions of a name, each once; empty when there is none.</param>
internal sealed partial class MacroExpander(Func<string, ImmutableArray<MacroDefinition>> definitionsOf)
{
    private const int MostWays = 4096;
    private const int MostSteps = 400_000;
    private const int LongestExpansion = 20_000;

    private readonly List<Choice> _choices = [];
    private readonly Dictionary<string, int> _chosen = new(StringComparer.Ordinal);
    private int _steps;
    private string _obstacle = "";

    /// <summary>All expansions of a text, or why there are too many to know.</summary>
    public (HashSet<string> Texts, string? Doubt) Expand(string expression)
    {
        var texts = new HashSet<string>(StringComparer.Ordinal);
        ImmutableArray<MacroToken> tokens = MacroToken.Split(expression);
        _choices.Clear();
        _steps = 0;
        for (int ways = 0; ways < MostWays; ways++)
        {
            _chosen.Clear();
            for (int i = 0; i < _choices.Count; i++)
            {
                _chosen[_choices[i].Name] = i;
            }

            if (Expand(tokens) is not { } expanded)
            {
                return (texts, $"the macros of '{expression}' are too intricate, {_obstacle}");
            }

            texts.Add(Join(expanded));
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

        return (texts, $"'{expression}' can be too many files");
    }

    private List<MacroToken>? Expand(IEnumerable<MacroToken> input)
    {
        var rest = new LinkedList<MacroToken>(input);
        var output = new List<MacroToken>();
        while (rest.First is { } first)
        {
            MacroToken token = first.Value;
            if (++_steps > MostSteps || rest.Count + output.Count > LongestExpansion)
            {
                _obstacle = $"at '{token.Text}'";
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
                _obstacle = $"by the length of '{token.Text}'";
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

            // A macro that is not called may also be undefined yet, as linux is in <linux/types.h>. One that is called must be defined,
            // or else no file's name comes of it.
            bool maybeUndefined = definitions.Any(static definition => definition.Parameters is null);
            at = _choices.Count;
            _choices.Add(new Choice(name, maybeUndefined ? [.. definitions, null] : [.. definitions], 0));
            _chosen[name] = at;
        }

        return _choices[at].Definition;
    }

    /// <summary>The arguments of a call, which are the first tokens of <paramref name="rest"/>; null when it is no call.</summary>
    private static List<List<MacroToken>>? Arguments(LinkedList<MacroToken> rest, int count, bool variadic, out int taken, out MacroToken close)
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

        if (depth != 0)
        {
            return null;
        }

        while (arguments.Count < count)
        {
            arguments.Add([]);
        }

        return arguments;
    }

    private List<MacroToken>? Substitute(MacroDefinition definition, List<List<MacroToken>> arguments, ImmutableHashSet<string> hidden)
    {
        ImmutableArray<MacroToken> body = definition.Body;
        var result = new List<MacroToken>();
        for (int i = 0; i < body.Length; i++)
        {
            MacroToken token = body[i];
            if (token.Text == "#" && definition.Parameters is not null && i + 1 < body.Length && Argument(body[i + 1]) is { } quoted)
            {
                result.Add(new MacroToken(Quote(quoted), token.Spaced));
                i++;
            }
            else if (token.Text == "##" && result.Count > 0 && i + 1 < body.Length)
            {
                Paste(result, Argument(body[++i]) ?? [body[i]]);
            }
            else if (Argument(token) is { } argument)
            {
                bool pasted = i + 1 < body.Length && body[i + 1].Text == "##";
                if ((pasted ? argument : Expand(argument)) is not { } tokens)
                {
                    return null;
                }

                // An empty argument still stands for something that the next is pasted to.
                result.AddRange(tokens.Count == 0 ? pasted ? [new MacroToken("", token.Spaced)] : [] : [tokens[0] with { Spaced = token.Spaced }, .. tokens.Skip(1)]);
            }
            else
            {
                result.Add(token);
            }
        }

        result.RemoveAll(static token => token.Text.Length == 0);
        for (int i = 0; i < result.Count; i++)
        {
            result[i] = result[i] with { Hidden = result[i].Hidden.Union(hidden) };
        }

        return result;

        List<MacroToken>? Argument(MacroToken name)
        {
            int at = definition.Parameters is { } parameters ? parameters.IndexOf(name.Text) : -1;
            return at >= 0 && at < arguments.Count ? arguments[at] : null;
        }
    }

    private static void Paste(List<MacroToken> result, List<MacroToken> right)
    {
        if (right.Count > 0)
        {
            MacroToken left = result[^1];
            result[^1] = new MacroToken(left.Text + right[0].Text, left.Spaced) { Hidden = left.Hidden.Intersect(right[0].Hidden) };
            result.AddRange(right.Skip(1));
        }
    }

    private static string Quote(List<MacroToken> tokens)
    {
        var text = new StringBuilder("\"");
        foreach (MacroToken token in tokens)
        {
            text.Append(token.Spaced && text.Length > 1 ? " " : "");
            text.Append(token.Text[0] is '"' or '\'' ? token.Text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) : token.Text);
        }

        return text.Append('"').ToString();
    }

    private static string Join(List<MacroToken> tokens)
    {
        var text = new StringBuilder();
        foreach (MacroToken token in tokens)
        {
            text.Append(token.Spaced && text.Length > 0 ? " " : "").Append(token.Text);
        }

        return text.ToString();
    }

    private sealed record Choice(string Name, ImmutableArray<MacroDefinition?> Options, int Taken)
    {
        public MacroDefinition? Definition => Options[Taken];

        public bool IsLast => Taken == Options.Length - 1;
    }
}
