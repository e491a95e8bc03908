using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Toolchains;

/// <summary>A compiler as a tree of files: all that its programs read besides sources and headers.</summary>
public sealed record Toolchain : IJobToolchain
{
    /// <summary>The name of the tree: the digest of <see cref="Encoded"/>.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The tree.</summary>
    public required FileTree Tree { get; init; }

    /// <summary>The tree as bytes, as it travels and is stored.</summary>
    public required ReadOnlyMemory<byte> Encoded { get; init; }

    /// <summary>For people: the program and its version.</summary>
    public required string Description { get; init; }

    /// <summary>Whether the program is a wrapper, which starts the compiler, and may do more.</summary>
    internal bool IsWrapper { get; init; }

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

    /// <summary>
    /// Is told what a job looked for in vain where it ran, though it exists here. If that lies among the compiler's own files, the description is
    /// out of date or incomplete, and the next one is to be made anew.
    /// </summary>
    /// <param name="job">A job whose <see cref="CompileJob.Invocation"/> is known.</param>
    /// <param name="missing">Absolute paths that exist here.</param>
    void Reconsider(CompileJob job, ImmutableArray<string> missing)
    {
    }

    /// <summary>
    /// Describes the compiler of a job anew, whatever is remembered of it, and keeps the description. For results of which nobody saw what their compile
    /// looked for: a program may have come where it would have been looked for in vain before.
    /// </summary>
    /// <param name="job">A job whose <see cref="CompileJob.Invocation"/> is known.</param>
    /// <param name="toolchain">The digest that the job was sent with.</param>
    /// <param name="cancellationToken">Ends the wait; a description that others wait for goes on.</param>
    /// <returns>Whether it is the same still; a compiler that cannot be described any more is not.</returns>
    async ValueTask<bool> IsStillAsync(CompileJob job, Digest toolchain, CancellationToken cancellationToken = default)
    {
        try
        {
            return (await GetAsync(job, cancellationToken).ConfigureAwait(false)).Digest == toolchain;
        }
        catch (ToolchainException)
        {
            // The next job of this compiler is told why.
            return false;
        }
    }
}
