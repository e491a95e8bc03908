using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>The blobs of a job at its origin, read from the files there.</summary>
internal interface IBlobSource
{
    /// <summary>Opens the bytes that had this digest when the job was made.</summary>
    /// <returns>Null when the blob is not part of the job, or its file is gone.</returns>
    Stream? Open(Digest digest);
}
