using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>A file that a compile needs, at the place where the compiler looks for it.</summary>
/// <param name="Path">Absolute, normalised, with no symbolic link among its folders.</param>
/// <param name="Digest">The digest of its content.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Modified">Its time of modification in whole Unix seconds. Compilers compare it to tell two files with the same bytes apart.</param>
public readonly record struct TreeFile(string Path, Digest Digest, long Length, long Modified);

/// <summary>A symbolic link on the way to a file.</summary>
/// <param name="Path">Absolute, normalised, with no symbolic link among its folders.</param>
/// <param name="Target">The text of the link, as it stands on disk.</param>
public readonly record struct TreeLink(string Path, string Target);

/// <summary>
/// A part of a file system by absolute paths: the toolchain, or the inputs of a job. Folders that hold files are implied;
/// <see cref="Directories"/> names those that must exist although nothing in them is needed (<c>a</c> in <c>a/../b.h</c>).
/// </summary>
public sealed record FileTree
{
    /// <summary>A tree with nothing in it.</summary>
    public static FileTree Empty { get; } = new();

    /// <summary>The files, each path once.</summary>
    public ImmutableArray<TreeFile> Files { get; init; } = [];

    /// <summary>The symbolic links, each path once.</summary>
    public ImmutableArray<TreeLink> Links { get; init; } = [];

    /// <summary>Folders that must exist: absolute, normalised, each once.</summary>
    public ImmutableArray<string> Directories { get; init; } = [];

    /// <summary>The number of files, links and directories together.</summary>
    internal int Count => Files.Length + Links.Length + Directories.Length;
}
