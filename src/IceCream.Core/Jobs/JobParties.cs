using System.Collections.Immutable;

namespace IceCream.Jobs;

// Who and what takes part in a job besides whoever does it: each is along with the job, and none is on the wire.

/// <summary>The compiler of a job as whoever does the job needs it. A job carries it as it is: neither a copy nor what hangs on it grows with the jobs.</summary>
internal interface IJobToolchain
{
    /// <summary>The name of the tree.</summary>
    Digest Digest { get; }

    /// <summary>The tree.</summary>
    FileTree Tree { get; }

    /// <summary>The tree as it travels; empty on a worker, in whose store it lies.</summary>
    ReadOnlyMemory<byte> Encoded { get; }
}

/// <summary>Who typed the command of a job and waits for its end: a launcher, which can become the compiler.</summary>
internal interface IJobLauncher
{
    /// <summary>Has it become the compiler.</summary>
    /// <param name="reason">For its log: why the job does not leave.</param>
    /// <param name="cancellationToken">Ends the wait. It is cancelled when the launcher's end closes, too, but that is how such a job ends well.</param>
    /// <returns>Completes when the compiler has closed its files.</returns>
    /// <exception cref="OperationCanceledException">The launcher had left before, or the wait was ended.</exception>
    ValueTask BecomeCompilerAsync(string reason, CancellationToken cancellationToken);

    /// <summary>How the compiler ended, as <c>wait</c> tells it, once its parent has learned it; null when that cannot be known.</summary>
    ValueTask<int?> EndAsync();
}

/// <summary>Who sent a job to a worker, and has what the worker lacks for it.</summary>
internal interface IJobOrigin
{
    /// <summary>Has blobs brought into the worker's store.</summary>
    /// <returns>Null; or what the origin does not have any more.</returns>
    /// <exception cref="IOException">It has left, or the store cannot be written.</exception>
    ValueTask<string?> BringAsync(ImmutableArray<Digest> digests, CancellationToken cancellationToken);

    /// <summary>All has come, and nothing more will be asked for: from now on the job is cancelled when its origin leaves.</summary>
    void Watch();
}
