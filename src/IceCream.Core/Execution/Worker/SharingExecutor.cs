using IceCream.Caching;
using IceCream.Caching.Sharing;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Execution.Worker;

/// <summary>
/// Publishes the results of a worker's compiles to the shared cache, so that agents need no write permission there. It publishes only what it has
/// observed itself: the command, the input digests, the failed lookups and the result. The key is computed here and not sent by the agent, which
/// could name another command's key.
/// </summary>
/// <param name="inner">Executes the jobs.</param>
/// <param name="teller">Publishes the results in the background.</param>
/// <param name="name">The worker's name.</param>
internal sealed class SharingExecutor(IJobExecutor inner, SharedTeller teller, string name) : IJobExecutor
{
    private const int Permissions = 0x1FF;

    /// <summary>The permission bits of a file that a compiler opens and writes, before the umask.</summary>
    private const int Usual = 0b110_110_110;

    /// <inheritdoc/>
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        CompileResult result = await inner.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        return job.SharesResult && result.IsCompilers && Tell(job, result) ? result with { IsShared = true } : result;
    }

    /// <returns>Whether it will be published.</returns>
    private bool Tell(CompileJob job, CompileResult result)
    {
        long length = result.Outputs.Sum(static output => output.Content.Length);
        if (ResultDoubts.Of(job, result) is not null || ResultDoubts.HidesClock(job) || result.Lookups!.Lists is not { } lists || length > SharedTeller.MostBytes)
        {
            return false;
        }

        try
        {
            IJobToolchain toolchain = job.Described!;
            var blobs = new Dictionary<Digest, byte[]>();
            var told = new KnownResult
            {
                Toolchain = toolchain.Digest,
                Tree = Add(FileTreeCodec.Encode(InputSet.Lasting(job.Inputs!, toolchain.Tree))),
                Lookups = Add(LookupsCodec.Encode(lists).WrittenSpan.ToArray()),
                StandardOutput = Add(result.StandardOutput.ToArray()),
                StandardError = Add(result.StandardError.ToArray()),
                Outputs = [.. result.Outputs.Select(Describe).OrderBy(static output => output.Index)],
                Cost = KnownResult.CostOf(result),
                Worker = name,
            };
            return teller.Tell(CommandKey.Of(job), told, blobs.GetValueOrDefault, blobs.Values.Sum(static bytes => (long)bytes.Length)) is not null;

            Digest Add(byte[] bytes)
            {
                var digest = Digest.Of(bytes);
                blobs[digest] = bytes;
                return digest;
            }

            KnownOutput Describe(OutputFile output)
            {
                int index = job.Outputs.ToList().FindIndex(announced => announced.Path == output.Path);
                bool isOld = output.IsRewritten && job.Outputs[index].Exists;

                // A rewritten file at the agent kept its permissions, which are unknown here.
                int mode = (isOld ? Usual : output.Mode & Permissions) & ~job.Umask;
                return new KnownOutput(index, mode, !isOld, Add(output.Content.ToArray()), output.Content.Length);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or WireFormatException)
        {
            // The agent gets its result all the same, and publishes it if it may.
            return false;
        }
    }
}
