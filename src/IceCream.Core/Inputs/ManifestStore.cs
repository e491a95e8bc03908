using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>The manifests of commands. What has not been asked for lately is forgotten. Thread-safe.</summary>
internal sealed class ManifestStore
{
    /// <summary>References of all manifests together, so that they take some tens of megabytes.</summary>
    private const long MostReferences = 6_000_000;

    /// <summary>Files of all trees that are kept for who keys on them; the others are made again from what is known.</summary>
    private const long MostTreeFiles = 500_000;

    private readonly Lock _turning = new();
    private readonly Queue<FileTree> _trees = new();
    private long _treeFiles;
    private long _references;

    // Two generations make a cheap approximation of "least recently used": the older one is dropped when the younger is full.
    private volatile ConcurrentDictionary<Digest, Manifest> _young = new(), _old = new();

    /// <summary>Names a command by all that decides what it reads, files apart.</summary>
    public static Digest KeyOf(CompileJob job)
    {
        CompilerInvocation invocation = job.Invocation!;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, job.Toolchain?.ToString() ?? "");
        Add(hash, job.Compiler);
        Add(hash, job.WorkingDirectory);
        Add(hash, $"{invocation.Family} {invocation.Language}");
        foreach (string argument in invocation.Arguments)
        {
            Add(hash, argument);
        }

        Add(hash, "");
        foreach (string variable in job.Environment)
        {
            Add(hash, variable);
        }

        return new Digest(hash.GetHashAndReset());
    }

    /// <summary>What a command reads, the same object as before where nothing has changed; null when that has to be found anew.</summary>
    /// <param name="key">Names the command.</param>
    /// <param name="memory">What files say and folders hold.</param>
    /// <param name="visit">Began with the job.</param>
    /// <param name="known">What is known of the command; null when nothing is.</param>
    public FileTree? Recall(Digest key, InputMemory memory, InputVisit visit, out Manifest? known)
    {
        bool renewed = false;
        known = Find(key);
        FileTree? tree = known?.Recall(memory, visit, out renewed);
        if (renewed)
        {
            Keep(tree!);
        }

        return tree;
    }

    /// <summary>Replaces what is known of a command.</summary>
    public void Remember(Digest key, Manifest manifest, FileTree? tree)
    {
        _young[key] = manifest;
        lock (_turning)
        {
            _references += manifest.Size;
            if (_references > MostReferences / 2)
            {
                _old = _young;
                _young = new ConcurrentDictionary<Digest, Manifest>();
                _references = 0;
            }

        }

        if (tree is not null)
        {
            Keep(tree);
        }
    }

    /// <summary>Keeps a tree for a while: a manifest does not hold its own, for the trees of ten thousand commands would fill the memory.</summary>
    private void Keep(FileTree tree)
    {
        lock (_turning)
        {
            _trees.Enqueue(tree);
            _treeFiles += tree.Files.Length;
            while (_treeFiles > MostTreeFiles && _trees.TryDequeue(out FileTree? oldest))
            {
                _treeFiles -= oldest.Files.Length;
            }
        }
    }

    private Manifest? Find(Digest key)
    {
        if (_young.TryGetValue(key, out Manifest? known))
        {
            return known;
        }

        if (_old.TryGetValue(key, out known))
        {
            Remember(key, known, null);
        }

        return known;
    }

    private static void Add(IncrementalHash hash, string text)
    {
        Span<byte> bytes = stackalloc byte[512];
        ReadOnlySpan<byte> all = Encoding.UTF8.TryGetBytes(text, bytes, out int length) ? bytes[..length] : Encoding.UTF8.GetBytes(text);
        hash.AppendData(all);
        hash.AppendData([0]);
    }
}
