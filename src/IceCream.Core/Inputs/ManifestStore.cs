using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IceCream.Diagnostics;
using IceCream.Digests;
using IceCream.FileSystem;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Inputs;

/// <summary>
/// The manifests of commands. What has not been asked for lately is forgotten. With a file the memory outlives the process. Thread-safe.
/// </summary>
internal sealed partial class ManifestStore : IDisposable
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(1);

    /// <summary>References of all manifests together, so that they take some tens of megabytes.</summary>
    private const long MostReferences = 6_000_000;

    /// <summary>Files of all trees that are kept for who keys on them; the others are made again from what is known.</summary>
    private const long MostTreeFiles = 500_000;

    private readonly InputMemory _memory;
    private readonly string? _path;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lazy<bool> _loaded;
    private readonly ITimer? _saves;
    private readonly Lock _turning = new(), _saving = new();
    private int _dirty;
    private readonly Queue<FileTree> _trees = new();
    private long _treeFiles;
    private long _references;

    // Two generations make a cheap approximation of "least recently used": the older one is dropped when the younger is full.
    private volatile ConcurrentDictionary<Digest, Manifest> _young = new(), _old = new();

    /// <summary>Starts with nothing; the file is read when the first command comes.</summary>
    /// <param name="memory">What files say and folders hold. Only this store's users look into it.</param>
    /// <param name="path">Where to remember across restarts; null keeps everything in memory. A broken file is ignored.</param>
    /// <param name="timeProvider">Tells when to save.</param>
    /// <param name="loggerFactory">Where to say that a file is broken.</param>
    public ManifestStore(InputMemory memory, string? path = null, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
    {
        _memory = memory;
        _path = path;
        _time = timeProvider ?? TimeProvider.System;
        _logger = (ILogger?)loggerFactory?.CreateLogger<ManifestStore>() ?? NullLogger.Instance;
        _loaded = new Lazy<bool>(Load);
        _saves = path is null ? null : _time.CreateTimer(_ => Save(), null, SaveEvery, SaveEvery);
    }

    /// <summary>Names a command by all that decides what it reads, files apart.</summary>
    /// <param name="job">The command.</param>
    /// <param name="rules">Names the rules by which it was decided what may leave.</param>
    public static Digest KeyOf(CompileJob job, string rules)
    {
        CompilerInvocation invocation = job.Invocation!;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, rules);
        Add(hash, job.Toolchain?.ToString() ?? "");
        Add(hash, job.Compiler);
        Add(hash, job.WorkingDirectory);
        Add(hash, $"{invocation.Family} {invocation.Language}");

        // The words as typed too, and the files that they named on the way: a response file and its content are read as well, and are another
        // input than the same words spelt out.
        AddAll(hash, job.CommandLine);
        AddAll(hash, invocation.Arguments);
        AddAll(hash, invocation.NamedInputs);
        AddAll(hash, job.Environment);

        return new Digest(hash.GetHashAndReset());
    }

    /// <summary>What a command reads, the same object as before where nothing has changed; null when that has to be found anew.</summary>
    /// <param name="key">Names the command.</param>
    /// <param name="visit">Began with the job.</param>
    /// <param name="known">What is known of the command; null when nothing is.</param>
    public FileTree? Recall(Digest key, InputVisit visit, out Manifest? known)
    {
        bool renewed = false;
        known = _loaded.Value ? Find(key) : null;
        FileTree? tree = known is { IsIncomplete: false } ? known.Recall(_memory, visit, out renewed) : null;
        if (renewed)
        {
            Keep(tree!);
            Volatile.Write(ref _dirty, 1);
        }

        return tree;
    }

    /// <summary>Replaces what is known of a command by what a visit found, unless some of it has changed meanwhile.</summary>
    /// <param name="key">Names the command.</param>
    /// <param name="found">Its inputs, with their tree.</param>
    /// <param name="workingDirectory">Of the command.</param>
    /// <param name="visit">Has looked at all that the answer depends on.</param>
    /// <param name="lookups">What a worker saw it look for.</param>
    /// <param name="stays">Why it cannot leave; null when it can.</param>
    /// <param name="missing">What is to be among the inputs the next time.</param>
    public void Remember(
        Digest key, CollectedInputs found, string workingDirectory, InputVisit visit, LookupLists? lookups = null, string? stays = null, ImmutableArray<string> missing = default)
    {
        if (Manifest.Of(found, found.Tree!, workingDirectory, visit, lookups, stays, missing) is { } manifest)
        {
            Remember(key, manifest, found.Tree);
        }
    }

    private void Remember(Digest key, Manifest manifest, FileTree? tree)
    {
        _young[key] = manifest;
        Volatile.Write(ref _dirty, 1);
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

    /// <summary>Writes the file, if there is to be one and there is anything new. A failure is only logged: the file is worth time, not correctness.</summary>
    public void Save()
    {
        lock (_saving)
        {
            if (_path is null || Interlocked.Exchange(ref _dirty, 0) == 0)
            {
                return;
            }

            try
            {
                ConcurrentDictionary<Digest, Manifest> young = _young;
                ManifestFile.Write(_path, young.Concat(_old.Where(known => !young.ContainsKey(known.Key))), _memory);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogIgnored(_path, e.Message);
            }
        }
    }

    /// <summary>Saves.</summary>
    public void Dispose()
    {
        _saves?.Dispose();
        Save();
    }

    private bool Load()
    {
        try
        {
            if (_path is not null)
            {
                StateFile.RemoveStale(_path, _time.GetUtcNow());
                if (File.Exists(_path))
                {
                    _old = new ConcurrentDictionary<Digest, Manifest>(ManifestFile.Read(_path, _memory));
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or UnauthorizedAccessException)
        {
            LogIgnored(_path!, e.Message);
        }

        return true;
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

    private static void AddAll(IncrementalHash hash, ImmutableArray<string> texts)
    {
        Add(hash, texts.Length.ToString(CultureInfo.InvariantCulture));
        foreach (string text in texts)
        {
            Add(hash, text);
        }
    }

    private static void Add(IncrementalHash hash, string text)
    {
        Span<byte> bytes = stackalloc byte[512];
        ReadOnlySpan<byte> all = Encoding.UTF8.TryGetBytes(text, bytes, out int length) ? bytes[..length] : Encoding.UTF8.GetBytes(text);
        hash.AppendData(all);
        hash.AppendData([0]);
    }

    [LoggerMessage(EventIds.ManifestsIgnored, LogLevel.Warning, "Going on without the file of manifests '{Path}': {Reason}")]
    private partial void LogIgnored(string path, string reason);
}
