using System.Collections.Immutable;

namespace IceCream.Preprocessing;

/// <summary>A parsed macro definition.</summary>
/// <param name="Parameters">Null for an object-like macro.</param>
/// <param name="IsVariadic">Whether the last parameter takes all further arguments.</param>
/// <param name="Body">The replacement.</param>
internal sealed record MacroDefinition(ImmutableArray<string>? Parameters, bool IsVariadic, ImmutableArray<MacroToken> Body)
{
    /// <summary>Stands for a body that was too long to keep.</summary>
    public static ReadOnlySpan<byte> Omitted => " \x01"u8;

    /// <summary>Whether the body was too long to keep.</summary>
    public bool IsOmitted => Body is [{ Text: "\x01" }];

    /// <summary>Whether the body depends on whether there are further arguments. Looked for once: a name may be met millions of times.</summary>
    public bool HasOptional { get; } = Body.Any(static token => token.Text == "__VA_OPT__");

    /// <summary>Parses the text that follows <c>#define</c>; null when it is no definition.</summary>
    public static MacroDefinition? Parse(string text)
    {
        ImmutableArray<MacroToken> tokens = MacroToken.Split(text);
        if (tokens.Length < 2 || tokens[1] is not { Text: "(", Spaced: false })
        {
            return tokens.IsEmpty ? null : new MacroDefinition(null, false, Trim(tokens[1..]));
        }

        var parameters = ImmutableArray.CreateBuilder<string>();
        bool variadic = false;
        int at = 2;
        for (; at < tokens.Length && tokens[at].Text != ")"; at++)
        {
            if (tokens[at].Text == ".")
            {
                // The three dots of "..." are three tokens. After a name they make that name variadic.
                if (!variadic && tokens[at - 1].Text is "(" or ",")
                {
                    parameters.Add("__VA_ARGS__");
                }

                variadic = true;
            }
            else if (tokens[at].Text != ",")
            {
                parameters.Add(tokens[at].Text);
            }
        }

        return at == tokens.Length ? null : new MacroDefinition(parameters.ToImmutable(), variadic, Trim(tokens[(at + 1)..]));
    }

    private static ImmutableArray<MacroToken> Trim(ImmutableArray<MacroToken> body) =>
        body.IsEmpty ? body : body.SetItem(0, body[0] with { Spaced = false });
}
