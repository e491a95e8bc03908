using IceCream.Jobs;
using IceCream.Toolchains;

namespace IceCream.Execution;

/// <summary>The toolchains of the origin's jobs, by digest: a job carries the digest only.</summary>
internal sealed class ToolchainTrees
{
    /// <summary>Files, links and folders of those that no job uses: some dozens of compilers.</summary>
    private const long Kept = 256 << 10;

    private readonly RecentlyUsed<Digest, HeldToolchain> _toolchains = new(Kept, static held => held.Tree.Count);

    /// <summary>Makes a toolchain known at least until the return value is disposed.</summary>
    public IDisposable Hold(Toolchain toolchain) =>
        _toolchains.TryHold(toolchain.Digest, out var held) ? held : _toolchains.Hold(toolchain.Digest, new HeldToolchain(toolchain));

    /// <summary>The toolchain of a job that has passed through <see cref="ToolchainExecutor"/>; null for others.</summary>
    public HeldToolchain? Find(Digest digest) => _toolchains.Find(digest);
}

/// <summary>A toolchain, and where its files lie.</summary>
internal sealed class HeldToolchain(Toolchain toolchain)
{
    private readonly Lazy<Dictionary<Digest, string>> _files = new(() =>
    {
        var files = new Dictionary<Digest, string>(toolchain.Tree.Files.Length);
        foreach (TreeFile file in toolchain.Tree.Files)
        {
            files.TryAdd(file.Digest, file.Path);
        }

        return files;
    });

    /// <summary>The tree.</summary>
    public FileTree Tree => toolchain.Tree;

    /// <summary>The tree as it travels.</summary>
    public ReadOnlyMemory<byte> Encoded => toolchain.Encoded;

    /// <summary>A file of the toolchain that had this digest; null when there is none.</summary>
    public string? Find(Digest digest) => _files.Value.GetValueOrDefault(digest);
}
