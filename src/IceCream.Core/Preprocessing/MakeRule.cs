using System.Collections.Immutable;
using System.Text;

namespace IceCream.Preprocessing;

/// <summary>Reads a make rule as compilers write it for <c>-M</c>.</summary>
internal static class MakeRule
{
    /// <summary>The prerequisites of the first rule, as the compiler named them; null when the text is no rule.</summary>
    public static ImmutableArray<string>? Prerequisites(string text)
    {
        int at = 0;
        bool behindColon = false;
        var names = ImmutableArray.CreateBuilder<string>();
        var word = new StringBuilder();
        while (at < text.Length)
        {
            char c = text[at];
            int slashes = 0;
            while (c == '\\' && at + slashes < text.Length && text[at + slashes] == '\\')
            {
                slashes++;
            }

            if (slashes > 0)
            {
                at = Escape(text, at, slashes, word, out bool spliced);
                if (spliced)
                {
                    EndWord();
                }

                continue;
            }

            at++;
            if (c == '$' && at < text.Length && text[at] == '$')
            {
                word.Append('$');
                at++;
            }
            else if (c == ':' && !behindColon && (at == text.Length || char.IsWhiteSpace(text[at])))
            {
                behindColon = true;
                word.Clear();
            }
            else if (c is ' ' or '\t')
            {
                EndWord();
            }
            else if (c == '\n')
            {
                EndWord();
                if (behindColon)
                {
                    break;
                }
            }
            else
            {
                word.Append(c);
            }
        }

        EndWord();
        return behindColon ? names.ToImmutable() : null;

        void EndWord()
        {
            if (behindColon && word.Length != 0)
            {
                names.Add(word.ToString());
            }

            word.Clear();
        }
    }

    /// <summary>Before white space two backslashes mean one, and an odd one keeps the space; before #, : and a line end the last is dropped; elsewhere all stay.</summary>
    private static int Escape(string text, int at, int slashes, StringBuilder word, out bool spliced)
    {
        int end = at + slashes;
        char next = end < text.Length ? text[end] : '\0';
        spliced = next == '\n';
        switch (next)
        {
            case ' ' or '\t':
                word.Append('\\', slashes / 2);
                if (slashes % 2 == 1)
                {
                    word.Append(next);
                    end++;
                }

                return end;
            case '#' or ':':
                // A colon that ends the target stands before white space, and is never escaped by accident.
                word.Append('\\', slashes - 1).Append(next);
                return end + 1;
            case '\n':
                word.Append('\\', slashes - 1);
                return end + 1;
            default:
                word.Append('\\', slashes);
                return end;
        }
    }
}
