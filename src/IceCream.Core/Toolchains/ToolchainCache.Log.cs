using IceCream.Diagnostics;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Toolchains;

internal sealed partial class ToolchainCache
{
    [LoggerMessage(EventIds.ToolchainDescribed, LogLevel.Debug, "Described {Compiler}: {Files} files, tree {Digest}.")]
    private partial void LogDescribed(string compiler, int files, Digest digest);

    [LoggerMessage(EventIds.ToolchainChanged, LogLevel.Debug, "{Compiler} is described anew, because {Path} has changed.")]
    private partial void LogChanged(string compiler, string path);

    [LoggerMessage(EventIds.ToolchainStays, LogLevel.Information, "Compiles stay here: {Reason}. They may leave when a file of it has changed.")]
    private partial void LogStays(string reason);

    [LoggerMessage(EventIds.ToolchainReconsidered, LogLevel.Debug, "{Compiler} is described anew, because a job looked for {Path} in vain.")]
    private partial void LogReconsidered(string compiler, string path);
}
