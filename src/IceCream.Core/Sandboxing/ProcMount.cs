namespace IceCream.Sandboxing;

/// <summary>
/// What a command has at <c>/proc</c>, from the best to the least. The kernel lets nobody without privileges mount a new one where parts of the old one are covered, as
/// container runtimes cover them; <c>docs/containers.md</c> says what is lost on the way down.
/// </summary>
internal enum ProcMount
{
    /// <summary>A new one, with the command's own processes.</summary>
    New,

    /// <summary>
    /// That of the worker, read-only: names, arguments and counters of all processes there can be read, and nothing of theirs besides, for they live in another user namespace.
    /// </summary>
    Bound,

    /// <summary>An empty folder.</summary>
    None,
}
