namespace IceCream.Roots;

/// <summary>
/// The roots that jobs leave for later jobs. A job gets the root that most likely differs least from its own: one of the same toolchain, preferably
/// of the same working directory, preferably the most recently used.
/// </summary>
/// <param name="folder">The folder of the roots, preferably on the store's file system, where files can be hard links.</param>
/// <param name="keep">
/// The most roots, including those in use: at least the number of concurrent jobs, and a few more where several compilers take turns. With 0, no root
/// outlives its job.
/// </param>
internal sealed class RootPool(string folder, int keep)
{
    /// <summary>The most entries of a root that is kept, more than any usual job needs: names and folders take disk space even where contents are shared.</summary>
    private const int LargestKept = 50_000;

    private readonly Lock _lock = new();
    private readonly List<RootTree> _idle = [];
    private int _lent;

    /// <summary>Takes a root for exclusive use until it is returned or discarded.</summary>
    public RootTree Take(RootContents contents)
    {
        lock (_lock)
        {
            _lent++;
            int best = _idle.FindLastIndex(tree => ReferenceEquals(tree.Toolchain, contents.Toolchain) && tree.WorkingDirectory == contents.WorkingDirectory);
            best = best >= 0 ? best : _idle.FindLastIndex(tree => ReferenceEquals(tree.Toolchain, contents.Toolchain));
            if (best < 0 && _idle.Count + _lent <= keep)
            {
                return new RootTree(Path.Combine(folder, Path.GetRandomFileName()));
            }

            if (_idle.Count == 0)
            {
                return new RootTree(Path.Combine(folder, Path.GetRandomFileName()));
            }

            RootTree taken = _idle[Math.Max(best, 0)];
            _idle.Remove(taken);
            return taken;
        }
    }

    /// <summary>Returns a root that contains exactly what it remembers, and nothing private to its job.</summary>
    /// <exception cref="IOException">It was not to be kept, and could not be removed.</exception>
    public void Return(RootTree tree)
    {
        lock (_lock)
        {
            if (_idle.Count + _lent <= keep && tree.Count <= LargestKept)
            {
                _lent--;
                _idle.Add(tree);
                return;
            }
        }

        Discard(tree);
    }

    /// <summary>Removes the longest unused idle root: it keeps the space of the blobs that it links to.</summary>
    /// <returns>False when no root is idle.</returns>
    public bool GiveUpIdle()
    {
        RootTree tree;
        lock (_lock)
        {
            if (_idle.Count == 0)
            {
                return false;
            }

            tree = _idle[0];
            _idle.RemoveAt(0);
        }

        try
        {
            FolderRemoval.Remove(tree.Host);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What remains of it is removed together with the folder of all roots. The next one may give more.
        }

        return true;
    }

    /// <summary>Removes a root in use from the disk, whatever it contains.</summary>
    /// <exception cref="IOException">Something could not be removed.</exception>
    public void Discard(RootTree tree)
    {
        lock (_lock)
        {
            _lent--;
        }

        FolderRemoval.Remove(tree.Host);
    }
}
