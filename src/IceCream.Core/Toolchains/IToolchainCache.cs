using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Toolchains;

/// <summary>A compiler as a tree of files: all that its programs read besides sources and headers.</summary>
public sealed record Toolchain
{
    /// <summary>The name of the tree: the digest of <see cref="Encoded"/>.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The tree.</summary>
    public required FileTree Tree { get; init; }

    /// <summary>The tree as bytes, as it travels and is stored.</summary>
    public required ReadOnlyMemory<byte> Encoded { get; init; }

    /// <summary>For people: the program and its version.</summary>
    public required string Description { get; init; }

    /// <summary>A toolchain of a tree.</summary>
    /// <param name="tree">The files of the compiler, its libraries and its own headers.</param>
    /// <param name="description">For people: the program and its version.</param>
    public static Toolchain Of(FileTree tree, string description)
    {
        byte[] encoded = FileTreeCodec.Encode(tree);
        return new Toolchain { Digest = Digest.Of(encoded), Tree = tree, Encoded = encoded, Description = description };
    }
}

/// <summary>A compiler that cannot be described: asking it failed, or files of it cannot be read.</summary>
public sealed class ToolchainException : Exception
{
    /// <summary>A failure with its reason, for people.</summary>
    public ToolchainException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>Compilers of this machine, described once and again when a file of theirs has changed.</summary>
public interface IToolchainCache
{
    /// <summary>The toolchain that a job uses.</summary>
    /// <param name="job">A job whose <see cref="CompileJob.Invocation"/> is known.</param>
    /// <param name="cancellationToken">Ends the wait; a description that others wait for goes on.</param>
    /// <exception cref="ToolchainException">The compiler cannot be described.</exception>
    ValueTask<Toolchain> GetAsync(CompileJob job, CancellationToken cancellationToken = default);
}
