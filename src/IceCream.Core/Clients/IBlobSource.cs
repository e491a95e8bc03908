using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>The origin's side of a job's blobs: the files as they lie there.</summary>
internal interface IBlobSource
{
    /// <summary>Opens the bytes that had this digest when the job was made.</summary>
    /// <returns>Null when they are not part of the job, or their file is gone.</returns>
    Stream? Open(Digest digest);
}
