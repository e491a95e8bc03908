using System.Collections.Immutable;
using System.Text;

namespace IceCream.Preprocessing;

/// <content>Replaces a call by its macro's body, with the arguments substituted, pasted and stringized as the body says.</content>
internal sealed partial class MacroExpander
{
    private List<MacroToken>? Substitute(MacroDefinition definition, List<List<MacroToken>> arguments, ImmutableHashSet<string> hidden)
    {
        ImmutableArray<MacroToken> body = definition.Body;
        var result = new List<MacroToken>();
        for (int i = 0; i < body.Length; i++)
        {
            if (result.Count > LongestExpansion || !Spend(1 + (definition.Parameters?.Length ?? 0)))
            {
                _doubt = "by what is put into them";
                return null;
            }

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

                // An empty argument leaves an empty token, to which the next token may be pasted.
                result.AddRange(tokens.Count == 0 ? pasted ? [new MacroToken("", token.Spaced)] : [] : [tokens[0] with { Spaced = token.Spaced }, .. tokens.Skip(1)]);
            }
            else
            {
                result.Add(token);
            }
        }

        if (!Spend(result.Sum(static token => 1 + token.Hidden.Count + (token.Text.Length / 64))))
        {
            _doubt = "by what is put into them";
            return null;
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
            // A text that doubles at each step would fill the memory after forty steps.
            result[^1] = new MacroToken(left.Text.Length > LongestToken ? left.Text : left.Text + right[0].Text, left.Spaced) { Hidden = left.Hidden.Intersect(right[0].Hidden) };
            result.AddRange(right.Skip(1));
        }
    }

    private static string Quote(List<MacroToken> tokens)
    {
        var text = new StringBuilder("\"");
        foreach (MacroToken token in tokens)
        {
            text.Append(token.Spaced && text.Length > 1 ? " " : "");
            if (text.Length > LongestToken)
            {
                break;
            }

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
            if (text.Length > LongestText)
            {
                break;
            }
        }

        return text.ToString();
    }
}
