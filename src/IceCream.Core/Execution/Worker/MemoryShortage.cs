using IceCream.Sandboxing;

namespace IceCream.Execution.Worker;

/// <summary>Tells by a compile that failed whether it failed for want of memory: then it says nothing about its source.</summary>
internal static class MemoryShortage
{
    /// <summary>How much of the end of what was said is looked at: compilers say it last.</summary>
    private const int Tail = 8 << 10;

    /// <summary>Whether a program of it was killed, which the kernel does to the largest, or asked for memory in vain and said so.</summary>
    public static bool Shows(SandboxOutcome outcome) =>
        outcome.Lookups?.IsShortOfMemory == true || outcome.Signal == Platform.Linux.SIGKILL || Says(outcome.StandardError.Span);

    /// <summary>What happened to a compile of which <see cref="Shows"/> is true: who killed a program cannot be seen, only that somebody did.</summary>
    public static string Words(SandboxOutcome outcome) => outcome.Lookups?.Trouble is { } trouble
        ? $"It took more memory than there was, as it seems: {trouble}."
        : "The compiler took more memory than there was.";

    /// <summary>The words of GCC's driver, its compilers, the assembler's library, and LLVM.</summary>
    private static bool Says(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> end = text[^Math.Min(text.Length, Tail)..];
        return end.IndexOf("Killed signal terminated program"u8) >= 0
            || end.IndexOf("unable to execute command: Killed"u8) >= 0
            || end.IndexOf("out of memory allocating"u8) >= 0
            || end.IndexOf("LLVM ERROR: out of memory"u8) >= 0
            || end.IndexOf("memory exhausted"u8) >= 0;
    }
}
