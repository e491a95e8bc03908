using IceCream.Sandboxing.Observation;

namespace IceCream.Sandboxing;

/// <summary>
/// The memory of compilers in huge pages (2 MiB, where the kernel has them). A compiler fills hundreds of megabytes that it asks for a moment
/// before, and each small page of them costs it a fault: a tenth to a quarter of a compile. What it computes stays the same.
/// </summary>
/// <remarks>
/// Two ways in, for there are two kinds of compilers' memory: <c>glibc.malloc.hugetlb=1</c> (glibc 2.35 and later) for that of the C library,
/// which is all of Clang's, and the preload object (<c>Observation/preload/memory.c</c>) for that which GCC's collector maps itself.
/// </remarks>
internal static class HugePages
{
    /// <summary>Where the kernel says, and is told, for whom huge pages are: <c>always [madvise] never</c>.</summary>
    public const string KernelSetting = "/sys/kernel/mm/transparent_hugepage/enabled";

    private const string Tunables = "GLIBC_TUNABLES=";

    /// <summary>Whether the kernel gives huge pages to those that ask.</summary>
    public static bool AreGiven() => File.Exists(KernelSetting) && !File.ReadAllText(KernelSetting).Contains("[never]", StringComparison.Ordinal);

    /// <summary>The command with its memory in huge pages. One that settles such matters by itself in its environment stays as it is.</summary>
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
