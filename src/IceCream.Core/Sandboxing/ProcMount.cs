namespace IceCream.Sandboxing;

/// <summary>
/// The kinds of <c>/proc</c> that a command may get, from the best to the worst. Without privileges the kernel allows no new mount where parts of the
/// old one are covered, as container runtimes do; <c>docs/containers.md</c> describes what is lost at each step.
/// </summary>
internal enum ProcMount
{
    /// <summary>A new mount, with the command's own processes.</summary>
    New,

    /// <summary>
    /// The worker's own, read-only: names, arguments and counters of all its processes can be read, and nothing else of theirs, because they are in
    /// another user namespace.
    /// </summary>
    Bound,

    /// <summary>An empty folder.</summary>
    None,
}
