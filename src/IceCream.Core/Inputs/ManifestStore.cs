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

/// <summary>The manifests of commands. Manifests that were not used recently are dropped. With a file they survive restarts. Thread-safe.</summary>
internal sealed partial class ManifestStore : IDisposable
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(1);

    /// <summary>The most references of all manifests together, which take some tens of megabytes.</summary>
    private const long MostReferences = 6_000_000;

    /// <summary>The most files of all trees that are kept alive for consumers that use the object as a key; other trees are rebuilt from the manifests.</summary>
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

    /// <summary>Creates an empty store; the file is read at the first lookup.</summary>
    /// <param name="memory">The state of files and folders. Only users of this store may use it.</param>
    /// <param name="path">The file; null keeps everything in memory. A broken file is ignored.</param>
    /// <param name="timeProvider">Schedules the saves.</param>
    /// <param name="loggerFactory">Receives a warning when the file is broken.</param>
    public ManifestStore(InputMemory memory, string? path = null, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
    {
        _memory = memory;
        _path = path;
        _time = timeProvider ?? TimeProvider.System;
        _logger = (ILogger?)loggerFactory?.CreateLogger<ManifestStore>() ?? NullLogger.Instance;
        _loaded = new Lazy<bool>(Load);
        _saves = path is null ? null : _time.CreateTimer(_ => Save(), null, SaveEvery, SaveEvery);
    }

    /// <summary>Computes the key of a command from everything that decides what it reads, except files.</summary>
    /// <param name="job">The command.</param>
    /// <param name="rules">Identifies the rules that decided what may leave.</param>
    public static Digest KeyOf(CompileJob job, string rules)
    {
        CompilerInvocation invocation = job.Invocation!;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, rules);
        Add(hash, job.Toolchain?.ToString() ?? "");
        Add(hash, job.Compiler);
        Add(hash, job.WorkingDirectory);
        Add(hash, $"{invocation.Family} {invocation.Language}");

        // Includes the arguments as typed and the files that they name: a response file is itself an input, so it must differ from the same arguments spelled out.
        AddAll(hash, job.CommandLine);
        AddAll(hash, invocation.Arguments);
        AddAll(hash, invocation.NamedInputs);
        AddAll(hash, job.Environment);

        return new Digest(hash.GetHashAndReset());
    }

    /// <summary>The inputs of a command, as the same object as before when nothing has changed; null when they must be found anew.</summary>
    /// <param name="key">The command's key.</param>
    /// <param name="visit">The job's visit.</param>
    /// <param name="known">The command's manifest; null when there is none.</param>
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

    /// <summary>Replaces the manifest of a command with the result of a visit, unless something changed meanwhile.</summary>
    /// <param name="key">The command's key.</param>
    /// <param name="found">Its inputs, with their tree.</param>
    /// <param name="workingDirectory">The command's working directory.</param>
    /// <param name="visit">The visit, which has recorded everything that the inputs depend on.</param>
    /// <param name="lookups">The lookups that a worker observed.</param>
    /// <param name="stays">Why the command cannot leave; null when it can.</param>
    /// <param name="missing">Paths that must be among the inputs the next time.</param>
    public void Remember(
        Digest key, CollectedInputs found, string workingDirectory, InputVisit visit, LookupLists? lookups = null, LocalOnlyReason? stays = null, ImmutableArray<string> missing = default)
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

    /// <summary>Writes the file, if there is one and something has changed. A failure is only logged: the file saves time but is not needed for correctness.</summary>
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

    /// <summary>
    /// Keeps a tree alive for a while. A manifest has only a weak reference to its tree, because the trees of ten thousand commands would exhaust the
    /// memory.
    /// </summary>
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
