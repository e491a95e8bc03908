namespace IceCream.Jobs;

/// <summary>The inputs under which a compile was observed, and the digest of its lookup lists.</summary>
/// <param name="Toolchain">The compiler's tree, by its digest.</param>
/// <param name="Tools">The compiler's tree.</param>
/// <param name="Tree">The files that the worker was sent, at their paths.</param>
/// <param name="Lookups">The digest of the lookup lists, when the worker only confirmed that they are the expected ones; null when it sent the lists themselves.</param>
internal sealed record ObservedInputs(Digest Toolchain, FileTree Tools, FileTree Tree, Digest? Lookups);
