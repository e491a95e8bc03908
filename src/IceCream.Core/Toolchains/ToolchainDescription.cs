using System.Collections.Immutable;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Toolchains;

/// <summary>A toolchain, and the conditions under which its description is valid.</summary>
/// <param name="Toolchain">The toolchain.</param>
/// <param name="Absent">Paths where no file may appear.</param>
/// <param name="Vacant">Paths where nothing may appear.</param>
/// <param name="Listings">Folders with the names that they must contain.</param>
internal sealed record ToolchainDescription(
    Toolchain Toolchain, ImmutableArray<string> Absent, ImmutableArray<string> Vacant, ImmutableArray<KeyValuePair<string, string>> Listings)
{
    /// <summary>The executable ones of its files. A program that is no longer executable would be skipped in a search.</summary>
    public ImmutableArray<string> Programs { get; init; } = [];

    /// <summary>Files that are not executable, and belong to it as soon as they are.</summary>
    public ImmutableArray<string> Idle { get; init; } = [];

    /// <summary>Why compiles with it stay here while the description is valid; null when they may leave.</summary>
    public LocalOnlyReason? ReasonToStay { get; init; }

    public static ToolchainDescription Of(ToolchainTree tree, IFileDigests digests, string description) =>
        new(Toolchain.Of(tree.Build(digests), description), [.. tree.Absent], [.. tree.Vacant], [.. tree.Listings])
        {
            Programs = [.. tree.Programs],
            Idle = [.. tree.Idle],
        };

    /// <summary>The first path that differs from the description; null when there is none. Costs one check of each path.</summary>
    public string? FirstChange(IFileDigests digests)
    {
        foreach (TreeFile file in Toolchain.Tree.Files)
        {
            if (!digests.TryGet(file.Path, out FileDigest now) || now.Digest != file.Digest || now.Modified != file.Modified)
            {
                return file.Path;
            }
        }

        foreach (TreeLink link in Toolchain.Tree.Links)
        {
            if (Linux.LinkTarget(link.Path) != link.Target)
            {
                return link.Path;
            }
        }

        foreach (string folder in Toolchain.Tree.Directories)
        {
            if (Linux.Stat(folder, followLinks: false, out FileStatus status) != 0 || !status.IsDirectory)
            {
                return folder;
            }
        }

        return Programs.FirstOrDefault(static path => !IsProgram(path))
            ?? Idle.FirstOrDefault(IsProgram)
            ?? Absent.FirstOrDefault(static path => Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsRegular)
            ?? Vacant.FirstOrDefault(static path => Linux.Stat(path, followLinks: true, out _) == 0)
            ?? Listings.Where(static listing => ToolchainTree.NamesIn(listing.Key) != listing.Value).Select(static listing => listing.Key).FirstOrDefault();
    }

    private static bool IsProgram(string path) => Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsProgram;
}
