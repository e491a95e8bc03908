using IceCream.Sandboxing.Observation;

namespace IceCream.Sandboxing;

/// <summary>
/// Puts the memory of compilers into huge pages (2 MiB, where the kernel has them). A compiler touches hundreds of megabytes of new memory, and each
/// small page costs a fault: a tenth to a quarter of a compile. The output is the same.
/// </summary>
/// <remarks>
/// There are two ways, for two kinds of memory: <c>glibc.malloc.hugetlb=1</c> (glibc 2.35 and later) for that of the C library,
/// which is all of Clang's, and the preload object (<c>Observation/preload/memory.c</c>) for the memory that GCC's collector maps itself.
/// </remarks>
internal static class HugePages
{
    /// <summary>The kernel's setting for which processes get huge pages: <c>always [madvise] never</c>.</summary>
    public const string KernelSetting = "/sys/kernel/mm/transparent_hugepage/enabled";

    private const string Tunables = "GLIBC_TUNABLES=";

    /// <summary>Whether the kernel provides huge pages to processes that request them.</summary>
    public static bool AreGiven() => File.Exists(KernelSetting) && !File.ReadAllText(KernelSetting).Contains("[never]", StringComparison.Ordinal);

    /// <summary>The command with its memory in huge pages. A command that sets tunables in its own environment is unchanged.</summary>
    public static SandboxCommand GiveTo(SandboxCommand command)
    {
        if (command.Environment.Any(static variable => variable.StartsWith(Tunables, StringComparison.Ordinal)))
        {
            return command;
        }

        ObservationSettings? observation = command.Observation is { Preload: true } preloaded ? preloaded with { Options = preloaded.Options | PreloadOptions.HugePages } : command.Observation;
        return command with { Observation = observation, Environment = command.Environment.Add($"{Tunables}glibc.malloc.hugetlb=1") };
    }
}
