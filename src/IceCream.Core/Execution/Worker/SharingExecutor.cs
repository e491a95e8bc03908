using IceCream.Caching;
using IceCream.Caching.Sharing;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Execution.Worker;

/// <summary>
/// Tells those who share results what the compiles of a worker came to, so that agents need no right to write there. What it tells it has seen itself: the command, the files by their
/// digests, what was looked for in vain and what came of it. The key is made here and not sent by the agent, who could name another command's.
/// </summary>
/// <param name="inner">Does the jobs.</param>
/// <param name="teller">Tells the results, behind the build's back.</param>
/// <param name="name">The worker's name.</param>
internal sealed class SharingExecutor(IJobExecutor inner, SharedTeller teller, string name) : IJobExecutor
{
    private const int Permissions = 0x1FF;

    /// <summary>The bits of a file that a compiler opens and writes, before the mask.</summary>
    private const int Usual = 0b110_110_110;

    /// <inheritdoc/>
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        CompileResult result = await inner.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        return job.SharesResult && result.IsCompilers && Tell(job, result) ? result with { IsShared = true } : result;
    }

    /// <returns>Whether it will be told.</returns>
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

                // The file that lay at the agent kept its rights, which are not known here.
                int mode = (isOld ? Usual : output.Mode & Permissions) & ~job.Umask;
                return new KnownOutput(index, mode, !isOld, Add(output.Content.ToArray()), output.Content.Length);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or WireFormatException)
        {
            // The agent is given its result all the same, and tells it where it may.
            return false;
        }
    }
}
