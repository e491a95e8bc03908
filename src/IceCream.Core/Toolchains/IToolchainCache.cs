using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Toolchains;

/// <summary>A compiler as a tree of files: everything that its programs read besides sources and headers.</summary>
public sealed record Toolchain : IJobToolchain
{
    /// <summary>The digest of the tree, which is the digest of <see cref="Encoded"/>.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The tree.</summary>
    public required FileTree Tree { get; init; }

    /// <summary>The tree in wire format, as it is sent and stored.</summary>
    public required ReadOnlyMemory<byte> Encoded { get; init; }

    /// <summary>For people: the program and its version.</summary>
    public required string Description { get; init; }

    /// <summary>Whether the program is a wrapper, which starts the compiler and may do more.</summary>
    internal bool IsWrapper { get; init; }

    /// <summary>Creates a toolchain from a tree.</summary>
    /// <param name="tree">The files of the compiler, its libraries and its own headers.</param>
    /// <param name="description">For people: the program and its version.</param>
    public static Toolchain Of(FileTree tree, string description)
    {
        byte[] encoded = FileTreeCodec.Encode(tree);
        return new Toolchain { Digest = Digest.Of(encoded), Tree = tree, Encoded = encoded, Description = description };
    }
}

/// <summary>A compiler cannot be described: querying it failed, or some of its files cannot be read.</summary>
public sealed class ToolchainException : Exception
{
    /// <summary>A failure with its reason, for people.</summary>
    public ToolchainException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>The compilers of this machine. Each is described once, and again when one of its files has changed.</summary>
public interface IToolchainCache
{
    /// <summary>The toolchain that a job uses.</summary>
    /// <param name="job">A job with a parsed <see cref="CompileJob.Invocation"/>.</param>
    /// <param name="cancellationToken">Ends the wait; a description that other callers wait for continues.</param>
    /// <exception cref="ToolchainException">The compiler cannot be described.</exception>
    ValueTask<Toolchain> GetAsync(CompileJob job, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reports paths that a job looked for in vain where it ran, although they exist here. If they are among the compiler's own files, the
    /// description is outdated or incomplete, and is made anew at the next request.
    /// </summary>
    /// <param name="job">A job with a parsed <see cref="CompileJob.Invocation"/>.</param>
    /// <param name="missing">Absolute paths that exist here.</param>
    void Reconsider(CompileJob job, ImmutableArray<string> missing)
    {
    }

    /// <summary>
    /// Describes the compiler of a job anew, regardless of any cached description, and keeps the result. It is used for results of compiles that were
    /// not observed: a program may have appeared where the compile would have found none before.
    /// </summary>
    /// <param name="job">A job with a parsed <see cref="CompileJob.Invocation"/>.</param>
    /// <param name="toolchain">The digest that the job was sent with.</param>
    /// <param name="cancellationToken">Ends the wait; a description that other callers wait for continues.</param>
    /// <returns>Whether the digest is unchanged; false when the compiler cannot be described any more.</returns>
    async ValueTask<bool> IsStillAsync(CompileJob job, Digest toolchain, CancellationToken cancellationToken = default)
    {
        try
        {
            return (await GetAsync(job, cancellationToken).ConfigureAwait(false)).Digest == toolchain;
        }
        catch (ToolchainException)
        {
            // The next job of this compiler gets the reason.
            return false;
        }
    }
}
