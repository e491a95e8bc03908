namespace IceCream.Roots;

/// <summary>
/// The roots that jobs leave behind for those that come after them. A job gets the root that most likely differs least from its own:
/// one of the same compiler, best from the same working directory, best one that was used a moment ago.
/// </summary>
/// <param name="folder">Where the roots lie, best on the store's own file system, for then files are linked.</param>
/// <param name="keep">
/// How many roots there may be, those lent to jobs among them: at least the number of jobs at a time, and a few more where several compilers take
/// turns. With 0, no root outlives its job.
/// </param>
internal sealed class RootPool(string folder, int keep)
{
    /// <summary>A root with more in it than any usual job needs is not kept: names and folders take room on the disk even where bytes are shared.</summary>
    private const int LargestKept = 50_000;

    private readonly Lock _lock = new();
    private readonly List<RootTree> _idle = [];
    private int _lent;

    /// <summary>Lends a root, which nobody else gets until it is handed back or discarded.</summary>
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

    /// <summary>Takes a root back that holds what it remembers, and nothing that was private to its job.</summary>
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

    /// <summary>Removes a lent root from the disk, whatever lies there.</summary>
    /// <exception cref="IOException">Something of it could not be removed.</exception>
    public void Discard(RootTree tree)
    {
        lock (_lock)
        {
            _lent--;
        }

        FolderRemoval.Remove(tree.Host);
    }
}
