using System.Collections.Concurrent;
using IceCream.Jobs;
using IceCream.Toolchains;

namespace IceCream.Execution;

/// <summary>The toolchains in use at the origin, by digest: a job carries the digest only.</summary>
internal sealed class ToolchainShelf
{
    private readonly ConcurrentDictionary<Digest, ShelvedToolchain> _toolchains = new();

    /// <summary>Makes a toolchain known.</summary>
    public void Put(Toolchain toolchain)
    {
        if (!_toolchains.ContainsKey(toolchain.Digest))
        {
            _toolchains.TryAdd(toolchain.Digest, new ShelvedToolchain(toolchain));
        }
    }

    /// <summary>The toolchain of a job that has passed through <see cref="ToolchainExecutor"/>; null for others.</summary>
    public ShelvedToolchain? Find(Digest digest) => _toolchains.GetValueOrDefault(digest);
}

/// <summary>A toolchain, and where its files lie.</summary>
internal sealed class ShelvedToolchain(Toolchain toolchain)
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

    /// <summary>The tree as it travels.</summary>
    public ReadOnlyMemory<byte> Encoded => toolchain.Encoded;

    /// <summary>A file of the toolchain that had this digest; null when there is none.</summary>
    public string? Find(Digest digest) => _files.Value.GetValueOrDefault(digest);
}
