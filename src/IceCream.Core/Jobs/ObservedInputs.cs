namespace IceCream.Jobs;

/// <summary>The world in which a compile was seen: what it was given, and by which name the lists go of what it looked for.</summary>
/// <param name="Toolchain">The compiler's tree, by its digest.</param>
/// <param name="Tools">The compiler's tree.</param>
/// <param name="Tree">The files that it was sent, at their places.</param>
/// <param name="Lookups">
/// The digest of the lists, where the worker said no more than that they are what was expected; null where it sent them whole.
/// </param>
internal sealed record ObservedInputs(Digest Toolchain, FileTree Tools, FileTree Tree, Digest? Lookups);
