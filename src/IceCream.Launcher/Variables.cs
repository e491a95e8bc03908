using System.Collections.Immutable;
using System.Text;
using IceCream.CommandLine;

namespace IceCream.Launcher;

/// <summary>The environment of this process.</summary>
/// <param name="words">Its entries, <c>NAME=value</c>.</param>
internal sealed class Variables(RawWords words)
{
    /// <summary>The user's wish about results that are known already: the agent is told of it with what matters to compilers.</summary>
    private const string CacheVariable = "ICECREAM_CACHE";

    /// <summary>What an agent for the user needs of the user. It outlives the build that starts it, so nothing of the build goes with it.</summary>
    private static readonly string[] Personal =
        ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR"];

    /// <summary>With the last two come a node's settings under all their names: how the farm is reached, and whether in the clear.</summary>
    private static readonly string[] PersonalFamilies = ["LC_", "XDG_", "DOTNET_", "ICECREAM_", "ICECC_"];

    /// <summary>What a user wishes for one build.</summary>
    private static readonly string[] OfOneBuild =
        ["ICECREAM_MODE", CacheVariable, "ICECREAM_AUTOSTART", "ICECREAM_LOG", Settings.DisableVariable, Settings.LevelVariable];

    /// <summary>The environment that this process was started with.</summary>
    public static Variables Own() => new(RawWords.Read("/proc/self/environ") is { Count: > 0 } words ? words : RawWords.From(OfFramework()));

    /// <summary>A value; null when there is none.</summary>
    public string? Get(string name)
    {
        for (int i = 0; i < words.Count; i++)
        {
            ReadOnlySpan<byte> word = words[i];
            if (word.Length > name.Length && word[name.Length] == '=' && Ascii.Equals(word[..name.Length], name))
            {
                return Encoding.UTF8.GetString(word[(name.Length + 1)..]);
            }
        }

        return null;
    }

    /// <summary>What an agent must know to compile as this process would.</summary>
    /// <returns>Null when one of them is not UTF-8, and so cannot be told.</returns>
    public ImmutableArray<string>? OfCompilers() => Select(static name => Ascii.Equals(name, CacheVariable) || CompilerVariables.Matters(name), out bool isWhole) is var entries && isWhole ? entries : null;

    /// <summary>
    /// Those that no compiler is known to obey, or not to any effect: a wrapper of one may, and a compiler that asks for one all the same would not
    /// find it on a worker. The name alone of one whose value is not UTF-8.
    /// </summary>
    public ImmutableArray<string> Others()
    {
        var others = ImmutableArray.CreateBuilder<string>();
        for (int i = 0; i < words.Count; i++)
        {
            int end = words[i].IndexOf((byte)'=');
            if (end > 0 && !CompilerVariables.Matters(words[i][..end]))
            {
                others.Add(words.Text(i) ?? Encoding.UTF8.GetString(words[i][..end]));
            }
        }

        return others.ToImmutable();
    }

    /// <summary>What an agent is started with.</summary>
    public ImmutableArray<string> OfAgent() => Select(static name => IsOneOf(name, Personal, PersonalFamilies) && !IsOneOf(name, OfOneBuild, []), out _);

    private ImmutableArray<string> Select(NameTest isWanted, out bool isWhole)
    {
        isWhole = true;
        var entries = ImmutableArray.CreateBuilder<string>();
        for (int i = 0; i < words.Count; i++)
        {
            int end = words[i].IndexOf((byte)'=');
            if (end <= 0 || !isWanted(words[i][..end]))
            {
                continue;
            }

            if (words.Text(i) is { } entry)
            {
                entries.Add(entry);
            }
            else
            {
                isWhole = false;
            }
        }

        return entries.ToImmutable();
    }

    /// <summary>The same without <c>/proc</c>, which not every <c>chroot</c> has: what is not UTF-8 is damaged there.</summary>
    private static IEnumerable<string> OfFramework()
    {
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            yield return $"{entry.Key}={entry.Value}";
        }
    }

    private delegate bool NameTest(ReadOnlySpan<byte> name);

    private static bool IsOneOf(ReadOnlySpan<byte> name, string[] names, string[] families)
    {
        foreach (string candidate in names)
        {
            if (Ascii.Equals(name, candidate))
            {
                return true;
            }
        }

        foreach (string family in families)
        {
            if (name.Length > family.Length && Ascii.Equals(name[..family.Length], family))
            {
                return true;
            }
        }

        return false;
    }
}
