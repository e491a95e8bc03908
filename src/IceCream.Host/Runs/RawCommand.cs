using System.Text;

namespace IceCream.Host.Runs;

/// <summary>
/// Runs a command by the bytes that were typed. The framework takes words and variables for UTF-8, and what is none would reach the command as other bytes: another
/// file's name. A shell script can hold such bytes, so where there are any, one of a single command becomes the command.
/// </summary>
internal static class RawCommand
{
    private const char Damaged = '\ufffd';

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes the script of a command of this process, if it needs one.</summary>
    /// <param name="file">Where it is written.</param>
    /// <param name="program">The program's absolute path.</param>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="changes">The environment variables to change.</param>
    /// <returns>Whether it was written.</returns>
    public static bool TryWrite(string file, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> changes)
    {
        try
        {
            if (Script(File.ReadAllBytes("/proc/self/cmdline"), File.ReadAllBytes("/proc/self/environ"), program, arguments, changes) is not { } script)
            {
                return false;
            }

            File.WriteAllBytes(file, script);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Some chroots have no /proc: the command is then run by what the framework knows of it.
            return false;
        }
    }

    /// <summary>The script that runs a command; null if all of it is UTF-8.</summary>
    /// <param name="typed">The words of this process, each with a zero behind it.</param>
    /// <param name="variables">Its environment in the same form.</param>
    /// <param name="program">The program's absolute path.</param>
    /// <param name="arguments">The arguments after the program's name, as the framework decoded them.</param>
    /// <param name="changes">The environment variables to change.</param>
    internal static byte[]? Script(byte[] typed, byte[] variables, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> changes)
    {
        using var script = new MemoryStream();
        var folders = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (byte[] entry in Foreign(variables))
        {
            int end = Array.IndexOf(entry, (byte)'=');
            foreach (byte[] folder in Split(entry[(end + 1)..], (byte)':'))
            {
                folders.TryAdd(Encoding.UTF8.GetString(folder), folder);
            }

            // A shell takes no other names from its environment, and could not change them.
            string name = Encoding.UTF8.GetString(entry, 0, Math.Max(end, 0));
            if (IsName(name) && !changes.ContainsKey(name))
            {
                Export(script, name, entry[(end + 1)..]);
            }
        }

        foreach ((string name, string value) in changes.Where(static change => change.Value.Contains(Damaged, StringComparison.Ordinal)))
        {
            byte[][] parts = [.. value.Split(':').Select(part => folders.GetValueOrDefault(part) ?? Encoding.UTF8.GetBytes(part))];
            Export(script, name, [.. parts.SelectMany(static (part, i) => i == 0 ? part : (byte[])[(byte)':', .. part])]);
        }

        bool isForeign = script.Length > 0;
        Dictionary<string, Queue<byte[]>> words = Foreign(typed).GroupBy(static word => Encoding.UTF8.GetString(word), StringComparer.Ordinal).ToDictionary(static same => same.Key, static same => new Queue<byte[]>(same), StringComparer.Ordinal);
        script.Write("exec"u8);
        foreach (string word in arguments.Prepend(program))
        {
            byte[]? bytes = null;
            isForeign |= words.TryGetValue(word, out Queue<byte[]>? spellings) && spellings.TryDequeue(out bytes);
            script.WriteByte((byte)' ');
            Quote(script, bytes ?? Encoding.UTF8.GetBytes(word));
        }

        script.WriteByte((byte)'\n');
        return isForeign ? script.ToArray() : null;
    }

    /// <summary>The words that are not UTF-8.</summary>
    private static IEnumerable<byte[]> Foreign(byte[] words) => Split(words, 0).Where(static word => !IsText(word));

    private static bool IsText(byte[] word)
    {
        try
        {
            _ = Strict.GetCharCount(word);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static IEnumerable<byte[]> Split(byte[] bytes, byte mark)
    {
        for (int start = 0; start <= bytes.Length;)
        {
            int end = Array.IndexOf(bytes, mark, start);
            end = end < 0 ? bytes.Length : end;
            yield return bytes[start..end];
            start = end + 1;
        }
    }

    private static void Export(MemoryStream script, string name, byte[] value)
    {
        script.Write(Encoding.UTF8.GetBytes($"export {name}="));
        Quote(script, value);
        script.WriteByte((byte)'\n');
    }

    private static void Quote(MemoryStream script, byte[] word)
    {
        script.WriteByte((byte)'\'');
        foreach (byte each in word)
        {
            if (each == '\'')
            {
                script.Write("'\\''"u8);
            }
            else
            {
                script.WriteByte(each);
            }
        }

        script.WriteByte((byte)'\'');
    }

    private static bool IsName(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');
}
