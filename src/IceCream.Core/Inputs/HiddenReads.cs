using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Preprocessing;

namespace IceCream.Inputs;

/// <summary>What a file makes the compiler look at without its dependency output saying so.</summary>
/// <param name="Probed">The names in its <c>__has_include</c>s.</param>
/// <param name="Obstacle">What in it cannot be followed; null when all can.</param>
/// <param name="TimePragma">Its part in a pragma that compares times.</param>
internal sealed record HiddenRead(ImmutableArray<string> Probed, string? Obstacle, TimePragma TimePragma = TimePragma.None);

/// <summary>Finds hidden reads in the text of files, once per content.</summary>
internal sealed partial class HiddenReads(IFileDigests digests)
{
    /// <summary>What is said where sources have all the parts of a pragma that compares the times of files.</summary>
    public const string MadePragma = "a _Pragma that may be of a dependency";

    private const int MostRemembered = 1 << 17;
    private const long LongestText = 64 << 20;

    private static readonly HiddenRead Nothing = new([], null);

    private readonly ConcurrentDictionary<Digest, HiddenRead> _known = new();

    /// <summary>The hidden reads of a file; null when it cannot be read.</summary>
    public HiddenRead? In(string path)
    {
        if (!digests.TryGet(path, out FileDigest digest))
        {
            return null;
        }

        if (_known.TryGetValue(digest.Digest, out HiddenRead? known))
        {
            return known;
        }

        if (digest.Length > LongestText)
        {
            return new HiddenRead([], "a source of more than 64 MiB");
        }

        string text;
        try
        {
            text = Encoding.Latin1.GetString(Platform.Linux.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        HiddenRead found = Scan(text);
        if (_known.Count >= MostRemembered)
        {
            _known.Clear();
        }

        _known[digest.Digest] = found;
        return found;
    }

    /// <summary>Looks for them in a text whose bytes are characters.</summary>
    public static HiddenRead Scan(string text)
    {
        if (!Suspicious().IsMatch(text) && !text.Contains("\\\n", StringComparison.Ordinal) && !text.Contains("\\\r\n", StringComparison.Ordinal))
        {
            return Nothing;
        }

        // Comments become spaces; literals stay, for .incbin stands within one.
        if (SourceText.WithoutComments(text) is not { } code)
        {
            return new HiddenRead([], "a raw string without an end");
        }

        if (!Suspicious().IsMatch(code))
        {
            return Nothing;
        }

        if (Unfollowable().Match(code) is { Success: true } obstacle)
        {
            return new HiddenRead([], obstacle.Value.Trim());
        }

        if (TimePragmas.IsSpeltOut(code))
        {
            return new HiddenRead([], "GCC dependency");
        }

        var probed = ImmutableArray.CreateBuilder<string>();
        foreach (Match call in HasInclude().Matches(code))
        {
            if (!call.Groups["name"].Success)
            {
                return new HiddenRead([], "computed __has_include");
            }

            probed.Add(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(call.Groups["name"].Value)));
        }

        return new HiddenRead(probed.ToImmutable(), null, TimePragmas.In(code));
    }

    [GeneratedRegex("__has_include|__has_embed|embed|incbin|__TIMESTAMP__|\\.include|ncy\\b|dependenc|_Pragma|__pragma", RegexOptions.CultureInvariant)]
    private static partial Regex Suspicious();

    [GeneratedRegex("""\b__has_embed\s*\(|^[ \t]*#[ \t]*embed\b|\.incbin\b|\.include[ \t]*\\?"|\b__TIMESTAMP__\b""", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Unfollowable();

    // A longer name is no file's: without a bound, calls without an end on one line would each be looked for up to its end.
    [GeneratedRegex("""\b__has_include(?:_next)?\s*\(\s*(?:<(?<name>[^>\n]{1,4096})>|"(?<name>[^"\n]{1,4096})")?""", RegexOptions.CultureInvariant)]
    private static partial Regex HasInclude();
}
