using System.Runtime.InteropServices;
using IceCream.Clients;
using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>The blobs of one job as they lie at its origin: the toolchain's tree, the toolchain's files, the inputs.</summary>
internal sealed class JobBlobs(CompileJob job, HeldToolchain toolchain) : IBlobSource
{
    private Dictionary<Digest, string>? _inputs;

    public Stream? Open(Digest digest)
    {
        if (digest == job.Toolchain)
        {
            return new MemoryStream(
                MemoryMarshal.TryGetArray(toolchain.Encoded, out ArraySegment<byte> encoded) ? encoded.Array! : toolchain.Encoded.ToArray(), writable: false);
        }

        if ((FindInput(digest) ?? toolchain.Find(digest)) is not { } path)
        {
            return null;
        }

        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file is gone since the job was made. The worker is told so, and the job is compiled here.
            return null;
        }
    }

    /// <summary>Built when the worker asks for something at all, which is rare in a build that is under way.</summary>
    private string? FindInput(Digest digest)
    {
        if (_inputs is null)
        {
            _inputs = [];
            foreach (TreeFile file in job.Inputs!.Files)
            {
                _inputs.TryAdd(file.Digest, file.Path);
            }
        }

        return _inputs.GetValueOrDefault(digest);
    }
}
