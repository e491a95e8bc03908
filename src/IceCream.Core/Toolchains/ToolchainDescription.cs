using System.Collections.Immutable;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Toolchains;

/// <summary>A toolchain and what must stay as it is for the description to hold.</summary>
/// <param name="Toolchain">The toolchain.</param>
/// <param name="Absent">Where no file may appear.</param>
/// <param name="Vacant">Where nothing may appear.</param>
/// <param name="Listings">Folders, each with the names that it must hold.</param>
internal sealed record ToolchainDescription(
    Toolchain Toolchain, ImmutableArray<string> Absent, ImmutableArray<string> Vacant, ImmutableArray<KeyValuePair<string, string>> Listings)
{
    /// <summary>Those of its files that may be executed. One that may not any more is passed over by whoever looks for it.</summary>
    public ImmutableArray<string> Programs { get; init; } = [];

    /// <summary>Files that may not be executed, and belong to it as soon as they may.</summary>
    public ImmutableArray<string> Idle { get; init; } = [];

    /// <summary>Why compiles with it stay here for as long as the description holds; null when they may leave.</summary>
    public string? Objection { get; init; }

    public static ToolchainDescription Of(ToolchainTree tree, IFileDigests digests, string description) =>
        new(Toolchain.Of(tree.Build(digests), description), [.. tree.Absent], [.. tree.Vacant], [.. tree.Listings])
        {
            Programs = [.. tree.Programs],
            Idle = [.. tree.Idle],
        };

    /// <summary>The first path that is not as it was described; null while all are. Costs one look at each.</summary>
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
            if (new FileInfo(link.Path).LinkTarget != link.Target)
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
