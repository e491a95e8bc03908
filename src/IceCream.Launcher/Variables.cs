using System.Collections.Immutable;
using System.Text;
using IceCream.CommandLine;

namespace IceCream.Launcher;

/// <summary>The environment of this process.</summary>
/// <param name="words">The entries, <c>NAME=value</c>.</param>
internal sealed class Variables(RawWords words)
{
    /// <summary>The user's choice about cached results; it goes to the agent together with the variables that matter to compilers.</summary>
    private const string CacheVariable = "ICECREAM_CACHE";

    /// <summary>The user's variables that an auto-started agent needs. The agent outlives the build that starts it, so it gets no variables of the build.</summary>
    private static readonly string[] Personal =
        ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR"];

    /// <summary>Prefixes of such variables. The last two cover a node's settings under all their names: how to reach the farm, and whether unencrypted.</summary>
    private static readonly string[] PersonalFamilies = ["LC_", "XDG_", "DOTNET_", "ICECREAM_", "ICECC_"];

    /// <summary>Variables for one build, which an agent does not get.</summary>
    private static readonly string[] OfOneBuild =
        ["ICECREAM_MODE", CacheVariable, "ICECREAM_AUTOSTART", "ICECREAM_LOG", Settings.DisableVariable, Settings.LevelVariable];

    /// <summary>The environment that this process was started with.</summary>
    public static Variables Own() => new(RawWords.Read("/proc/self/environ") is { Count: > 0 } words ? words : RawWords.From(OfFramework()));

    /// <summary>The value of a variable; null if it is unset.</summary>
    public string? Get(string name) => IndexOf(name) is >= 0 and int index ? Encoding.UTF8.GetString(words[index][(name.Length + 1)..]) : null;

    /// <summary>The bytes of a variable's value; none if it is unset.</summary>
    public ReadOnlySpan<byte> Bytes(string name) => IndexOf(name) is >= 0 and int index ? words[index][(name.Length + 1)..] : default;

    /// <summary>Whether a variable is unset or UTF-8, so that its value is what <see cref="Get"/> returns.</summary>
    public bool IsText(string name) => IndexOf(name) is var index && (index < 0 || words.Text(index) is not null);

    /// <summary>The variables that an agent must know to compile as this process would.</summary>
    /// <returns>Null if one of them is not UTF-8 and therefore cannot be sent.</returns>
    public ImmutableArray<string>? OfCompilers() => Select(static name => Ascii.Equals(name, CacheVariable) || CompilerVariables.Matters(name), out bool isWhole) is var entries && isWhole ? entries : null;

    /// <summary>
    /// The other variables, which no compiler is known to obey with any effect: a compiler's wrapper may obey one, and a compiler that reads one all
    /// the same would not find it on a worker. An entry that is not UTF-8 is reduced to its name.
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

    /// <summary>The environment of an agent that the launcher starts.</summary>
    public ImmutableArray<string> OfAgent() => Select(static name => IsOneOf(name, Personal, PersonalFamilies) && !IsOneOf(name, OfOneBuild, []), out _);

    private int IndexOf(string name)
    {
        for (int i = 0; i < words.Count; i++)
        {
            ReadOnlySpan<byte> word = words[i];
            if (word.Length > name.Length && word[name.Length] == '=' && Ascii.Equals(word[..name.Length], name))
            {
                return i;
            }
        }

        return -1;
    }

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

    /// <summary>The environment where <c>/proc</c> is missing, as in some <c>chroot</c>s. The framework damages entries that are not UTF-8.</summary>
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
