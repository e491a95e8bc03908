using System.Collections.Immutable;
using IceCream.Digests;

namespace IceCream.Inputs.Privacy;

/// <summary>Files and folders that never leave, whatever names them: those with keys, tokens and passwords.</summary>
internal sealed class PrivateRoots
{
    /// <summary>The words of the setting for <see cref="Usual"/>, and for an empty list.</summary>
    public const string UsualWord = "default", NoneWord = "none";

    /// <summary>The default list. <c>~/</c> stands for every user's home.</summary>
    public static readonly ImmutableArray<string> Usual =
    [
        "~/.ssh", "~/.gnupg", "~/.pki", "~/.aws", "~/.azure", "~/.kube", "~/.docker", "~/.config/gcloud", "~/.config/gh", "~/.config/hub", "~/.config/op", "~/.terraform.d",
        "~/.password-store", "~/.local/share/keyrings", "~/.local/share/kwalletd", "~/.netrc", "~/.pgpass", "~/.my.cnf", "~/.git-credentials", "~/.config/git/credentials",
        "~/.npmrc", "~/.pypirc", "~/.cargo/credentials", "~/.cargo/credentials.toml", "~/.gem/credentials", "~/.vault-token", "~/.nuget/NuGet", "~/.bash_history", "~/.zsh_history",
        "~/.mozilla", "~/.thunderbird", "~/.config/google-chrome", "~/.config/chromium", "~/.config/BraveSoftware", "~/.config/microsoft-edge", "~/.config/vivaldi", "~/.config/opera",
        "~/snap/firefox", "~/snap/chromium", "~/.var/app/org.mozilla.firefox",
        "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers", "/etc/sudoers.d", "/etc/ssh", "/etc/ssl/private", "/etc/pki/tls/private", "/etc/krb5.keytab",
        "/run/secrets", "/run/credentials", "/var/lib/icecream", "/var/lib/private",
    ];

    private readonly HashSet<string> _absolute = new(StringComparer.Ordinal);
    private readonly HashSet<string> _inHomes = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _absoluteBySpan, _inHomesBySpan;
    private readonly string? _home, _registered;

    /// <param name="list">Absolute paths and paths in a home (<c>~/</c>), separated by colons; null for the default list.</param>
    /// <param name="home">This user's home by <c>HOME</c>, which a build server may set to a folder of the checkout; null when there is none.</param>
    /// <param name="registered">This user's home by the user database; null when there is none.</param>
    /// <exception cref="ArgumentException">An entry is neither.</exception>
    public PrivateRoots(string? list, string? home, string? registered = null)
    {
        (_home, _registered) = (RealHome(home), RealHome(registered));
        foreach (string entry in Entries(list))
        {
            if (entry.StartsWith("~/", StringComparison.Ordinal))
            {
                _inHomes.Add(entry[2..]);
                foreach (string? own in (string?[])[home, registered])
                {
                    if (own is not null)
                    {
                        // If the path is a link, its target is private too.
                        _absolute.Add(Real($"{own}/{entry[2..]}"));
                    }
                }
            }
            else
            {
                _absolute.Add(entry);
                _absolute.Add(Real(entry));
            }
        }

        _absoluteBySpan = _absolute.GetAlternateLookup<ReadOnlySpan<char>>();
        _inHomesBySpan = _inHomes.GetAlternateLookup<ReadOnlySpan<char>>();
        Key = string.Join(':', _absolute.Concat(_inHomes.Select(static below => "~/" + below)).Append($"{_registered} is a home").Order(StringComparer.Ordinal));
    }

    /// <summary>Identifies the list: decisions under another list are no longer valid.</summary>
    public string Key { get; }

    /// <summary>The paths of a list, as the setting has them.</summary>
    /// <exception cref="ArgumentException">An entry is neither absolute nor below a home.</exception>
    public static ImmutableArray<string> Entries(string? list)
    {
        var entries = ImmutableArray.CreateBuilder<string>();
        foreach (string entry in (list ?? UsualWord).Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            switch (entry.TrimEnd('/'))
            {
                case UsualWord:
                    entries.AddRange(Usual);
                    break;
                case NoneWord:
                    break;
                case ['/', _, ..] or ['~', '/', _, ..]:
                    entries.Add(entry.TrimEnd('/'));
                    break;
                default:
                    throw new ArgumentException($"'{entry}' is no path that can be private. Allowed: absolute paths, paths below ~/, '{UsualWord}', '{NoneWord}', with a colon between.");
            }
        }

        return entries.DrainToImmutable();
    }

    /// <summary>Whether a path is in a home, this user's or another's; the home itself is not.</summary>
    public bool IsInHome(string path) => BelowHome(path).Length > 0;

    /// <summary>
    /// Whether a path is a home, or contains homes. What contains the folder that <c>HOME</c> names does not count: it may be the checkout of a build server.
    /// </summary>
    public bool IsHome(string path) => path is "/" or "/home" or "/root" || path == _home || path == _registered || Path.GetDirectoryName(path) == "/home"
        || Below(path, _registered ?? "").Length > 0;

    /// <summary>The private file or folder that contains a path; null when there is none.</summary>
    public string? Find(string path)
    {
        int below = path.Length - BelowHome(path).Length;
        for (int end = path.Length; end > 0; end = path.AsSpan(0, end).LastIndexOf('/'))
        {
            if (_absoluteBySpan.Contains(path.AsSpan(0, end)) || (end > below && _inHomesBySpan.Contains(path.AsSpan(below, end - below))))
            {
                return path[..end];
            }
        }

        return null;
    }

    private static string? RealHome(string? home) => home?.TrimEnd('/') is ['/', _, ..] path ? Real(path) : null;

    private static string Real(string path) => new RealPaths().Walk(path, out _) is { Real.Length: > 0 } walked ? walked.Real : path;

    private ReadOnlySpan<char> BelowHome(string path)
    {
        const string Homes = "/home/", OfRoot = "/root/";
        foreach (string? home in (ReadOnlySpan<string?>)[_home, _registered])
        {
            if (home is not null && Below(home, path) is { Length: > 0 } below)
            {
                return below;
            }
        }

        if (path.StartsWith(OfRoot, StringComparison.Ordinal))
        {
            return path.AsSpan(OfRoot.Length);
        }

        return path.StartsWith(Homes, StringComparison.Ordinal) && path.IndexOf('/', Homes.Length) is > 0 and int slash ? path.AsSpan(slash + 1) : default;
    }

    /// <summary>The part of a path below a folder; empty when it is not in the folder.</summary>
    private static ReadOnlySpan<char> Below(string folder, string path) =>
        path.Length > folder.Length + 1 && path[folder.Length] == '/' && path.StartsWith(folder, StringComparison.Ordinal) ? path.AsSpan(folder.Length + 1) : default;
}
