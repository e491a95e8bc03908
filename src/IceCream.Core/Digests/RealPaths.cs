using IceCream.Platform;

namespace IceCream.Digests;

/// <summary>The end of a path, and what was passed on the way.</summary>
/// <param name="Real">Absolute, normalised, with no symbolic link in it; empty for the root.</param>
/// <param name="Links">The symbolic links that were followed.</param>
/// <param name="Directories">The real folders that were left again by <c>..</c>.</param>
internal sealed record WalkedPath(string Real, List<(string Path, string Target)> Links, List<string> Directories)
{
    /// <summary>Stands for a path that leads nowhere.</summary>
    public static WalkedPath Nowhere { get; } = new("", [], []);

    /// <summary>Whether the collector has already taken over the links and folders.</summary>
    public bool IsKept { get; set; }
}

/// <summary>Follows paths as the kernel does. Each path costs one stat call. Not thread-safe.</summary>
internal sealed class RealPaths
{
    private const int MaxLinks = 40;
    private const string Processes = "/proc/";

    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);

    /// <summary>Follows a path; null when there is nothing at its end.</summary>
    /// <param name="full">Absolute.</param>
    /// <param name="status">The status of the file at its end.</param>
    public WalkedPath? Walk(string full, out FileStatus status)
    {
        string real = "";
        status = new FileStatus { Mode = Linux.Directory };
        var walked = new WalkedPath("", [], []);
        Stack<string> rest = new();
        Push(rest, full);
        int links = 0;
        while (rest.TryPop(out string? component))
        {
            if (!status.IsDirectory)
            {
                return null;
            }

            if (component == ".")
            {
                continue;
            }

            if (component == "..")
            {
                walked.Directories.Add(real);
                real = Parent(real);
                continue;
            }

            string path = $"{real}/{component}";
            Node node = Look(path);
            if (node.Target is { } target)
            {
                if (++links > MaxLinks)
                {
                    return null;
                }

                walked.Links.Add((path, target));
                Push(rest, target);
                real = target.StartsWith('/') ? "" : real;
                continue;
            }

            if (!node.Exists)
            {
                return null;
            }

            (real, status) = (path, node.Status);
        }

        return walked with { Real = real };
    }

    private static string Parent(string real) => real.Length == 0 ? real : real[..real.LastIndexOf('/')];

    private static void Push(Stack<string> rest, string path)
    {
        string[] components = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = components.Length - 1; i >= 0; i--)
        {
            rest.Push(components[i]);
        }
    }

    private Node Look(string path)
    {
        if (!_nodes.TryGetValue(path, out Node node))
        {
            bool exists = Linux.Stat(path, followLinks: false, out FileStatus status) == 0;

            // A link below /proc depends on the process that reads it, and the compiler is another process: such a link leads nowhere here.
            string? target = exists && status.IsLink && !path.StartsWith(Processes, StringComparison.Ordinal) ? Linux.LinkTarget(path) : null;

            // A link that disappeared between the two calls counts as missing.
            node = new Node(exists && (!status.IsLink || target is not null), status, target);
            _nodes.Add(path, node);
        }

        return node;
    }

    private readonly record struct Node(bool Exists, FileStatus Status, string? Target);
}
