using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Storage;

namespace IceCream.Toolchains;

/// <summary>A toolchain and what must stay as it is for the description to hold.</summary>
internal sealed record ToolchainDescription(Toolchain Toolchain, ImmutableArray<TreeLink> Links, ImmutableArray<string> Absent)
{
    public static ToolchainDescription Of(ToolchainTree tree, IFileDigests digests, string description)
    {
        var toolchain = Toolchain.Of(tree.Build(digests), description);
        return new ToolchainDescription(toolchain, [.. toolchain.Tree.Links.Where(link => !tree.InventedLinks.Contains(link.Path))], [.. tree.Absent]);
    }

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

        foreach (TreeLink link in Links)
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

        return Absent.FirstOrDefault(static path => Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsRegular);
    }
}
