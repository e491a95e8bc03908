using System.Collections.Immutable;

namespace IceCream.Jobs;

// The objects that accompany a job within one process besides its executor. None of them is sent on the wire.

/// <summary>The compiler of a job, as an executor needs it. All jobs of a compiler share one object, so that memory does not grow with the number of jobs.</summary>
internal interface IJobToolchain
{
    /// <summary>The digest of the tree.</summary>
    Digest Digest { get; }

    FileTree Tree { get; }

    /// <summary>The tree in wire format; empty on a worker, which has it in its store.</summary>
    ReadOnlyMemory<byte> Encoded { get; }
}

/// <summary>The client that waits for the end of a job: a launcher, which can become the compiler.</summary>
internal interface IJobLauncher
{
    /// <summary>Makes the launcher become the compiler.</summary>
    /// <param name="reason">Why the job does not leave, for the launcher's log.</param>
    /// <param name="cancellationToken">Ends the wait. It is also cancelled when the launcher's connection closes, but that is the normal end of such a job.</param>
    /// <returns>Completes when the compiler has closed its files.</returns>
    /// <exception cref="OperationCanceledException">The launcher had left before, or the wait was ended.</exception>
    ValueTask BecomeCompilerAsync(string reason, CancellationToken cancellationToken);

    /// <summary>The compiler's wait status, once its parent has learned it; null when it cannot be known.</summary>
    ValueTask<int?> EndAsync();
}

/// <summary>The node that sent a job to a worker and that can provide the blobs that the worker lacks.</summary>
internal interface IJobOrigin
{
    /// <summary>Transfers blobs from the origin into the worker's store.</summary>
    /// <returns>Null on success; otherwise a description of what the origin no longer has.</returns>
    /// <exception cref="IOException">The origin has left, or the store cannot be written.</exception>
    ValueTask<string?> BringAsync(ImmutableArray<Digest> digests, CancellationToken cancellationToken);

    /// <summary>Declares that all blobs have arrived. From now on the job is cancelled when its origin leaves.</summary>
    void Watch();
}
