using System.Runtime.InteropServices;
using IceCream.Clients;
using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>The blobs of one job at its origin: the encoded tree of the toolchain, the toolchain's files, the inputs.</summary>
internal sealed class JobBlobs(CompileJob job, IJobToolchain toolchain) : IBlobSource
{
    private Dictionary<Digest, string>? _inputs, _tools;

    public Stream? Open(Digest digest)
    {
        if (digest == toolchain.Digest)
        {
            return new MemoryStream(
                MemoryMarshal.TryGetArray(toolchain.Encoded, out ArraySegment<byte> encoded) ? encoded.Array! : toolchain.Encoded.ToArray(), writable: false);
        }

        if (((_inputs ??= PathsOf(job.Inputs!)).GetValueOrDefault(digest) ?? (_tools ??= PathsOf(toolchain.Tree)).GetValueOrDefault(digest)) is not { } path)
        {
            return null;
        }

        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file was removed since the job was made. The worker is told so, and the job is compiled here.
            return null;
        }
    }

    /// <summary>Builds the index when the worker first requests a blob, which is rare in the middle of a build.</summary>
    private static Dictionary<Digest, string> PathsOf(FileTree tree)
    {
        var paths = new Dictionary<Digest, string>(tree.Files.Length);
        foreach (ref readonly TreeFile file in tree.Files.AsSpan())
        {
            paths.TryAdd(file.Digest, file.Path);
        }

        return paths;
    }
}
