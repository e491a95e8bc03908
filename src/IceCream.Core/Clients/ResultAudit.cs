using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>
/// Checks a worker's answer against its job before a byte of its files is accepted: an agent writes and deletes with the rights of its user, so a worker
/// may affect only the outputs that the job announced.
/// </summary>
internal static class ResultAudit
{
    private const int AllPermissions = 0x1FF;

    /// <returns>What is wrong with the answer, for people; null when nothing is.</returns>
    public static string? FindFault(CompileJob job, ResultHead answer)
    {
        if (answer.Result.Failure is { } failure)
        {
            return failure.Party == FailedParty.Worker && failure.Remedy != FailureRemedy.GiveUp && answer.Outputs.IsEmpty && answer.Result.Removed.IsEmpty ? null
                : "it fails in another's name";
        }

        var open = job.Outputs.Select(static output => output.Path).ToHashSet(StringComparer.Ordinal);
        long length = 0;
        foreach (OutputHead output in answer.Outputs)
        {
            if (!open.Remove(output.Path))
            {
                return $"it sends '{output.Path}', {(IsAnnounced(job, output.Path) ? "and has sent it before" : "which the command does not write")}";
            }

            if ((output.Mode & ~AllPermissions) != 0)
            {
                return $"it gives '{output.Path}' the mode {Convert.ToString(output.Mode, 8)}, which no compiler gives";
            }

            length += output.Length;
        }

        if (length > WireLimits.Outputs)
        {
            return $"it sends {length} bytes, where {WireLimits.Outputs} are allowed";
        }

        // If the worker itself has an objection, the result is discarded anyway.
        if (answer.Result is { ExitCode: 0, Signal: 0, Lookups: null or { Objection: null } } && !job.Outputs.IsEmpty && open.Contains(job.Outputs[0].Path))
        {
            return $"it says that all went well, and does not send '{job.Outputs[0].Path}'";
        }

        // A file that was sent cannot have been removed, so both checks use up the same outputs.
        foreach (string path in answer.Result.Removed)
        {
            if (!open.Remove(path) || !job.Outputs.Any(output => output.Exists && output.Path == path))
            {
                return $"it would have '{path}' deleted, which is no output of the command that was there";
            }
        }

        return null;
    }

    private static bool IsAnnounced(CompileJob job, string path) => job.Outputs.Any(output => output.Path == path);
}
