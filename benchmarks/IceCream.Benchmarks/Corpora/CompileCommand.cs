using System.Text;
using System.Text.Json;

namespace IceCream.Benchmarks.Corpora;

/// <summary>A command of a compile database.</summary>
/// <param name="Words">The command, without <c>-o</c> and what follows it.</param>
/// <param name="Folder">Its working directory.</param>
internal sealed record CompileCommand(IReadOnlyList<string> Words, string Folder)
{
    /// <summary>The commands of a <c>compile_commands.json</c>.</summary>
    public static IReadOnlyList<CompileCommand> Read(string path)
    {
        using JsonDocument database = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. database.RootElement.EnumerateArray().Select(static entry => new CompileCommand(
            WithoutOutput(Split(entry.GetProperty("command").GetString()!)), entry.GetProperty("directory").GetString()!))];
    }

    /// <summary>Splits a command line as a shell does, as far as CMake quotes: backslashes and both kinds of quotes.</summary>
    public static IReadOnlyList<string> Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        char quote = '\0';
        bool begun = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c == '\\' && quote != '\'' && i + 1 < line.Length)
            {
                word.Append(line[++i]);
                begun = true;
            }
            else if (quote == '\0' ? c is '"' or '\'' : c == quote)
            {
                quote = quote == '\0' ? c : '\0';
                begun = true;
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                Close();
            }
            else
            {
                word.Append(c);
                begun = true;
            }
        }

        Close();
        return words;

        void Close()
        {
            if (begun)
            {
                words.Add(word.ToString());
                word.Clear();
                begun = false;
            }
        }
    }

    private static IReadOnlyList<string> WithoutOutput(IReadOnlyList<string> words) =>
        [.. words.Where((word, i) => word != "-o" && (i == 0 || words[i - 1] != "-o"))];
}
