using IceCream.Sandboxing;

namespace IceCream.Execution.Worker;

/// <summary>Detects that a compile failed for lack of memory: then the failure says nothing about its source.</summary>
internal static class MemoryShortage
{
    /// <summary>How many bytes at the end of the messages are searched: compilers report it last.</summary>
    private const int Tail = 8 << 10;

    /// <summary>Whether one of its programs was killed, as the kernel does with the largest one, or reported a failed memory request.</summary>
    public static bool Shows(SandboxOutcome outcome) =>
        outcome.Lookups?.IsShortOfMemory == true || outcome.Signal == Platform.Linux.SIGKILL || Says(outcome.StandardError.Span);

    /// <summary>Describes a failure for which <see cref="Shows"/> is true. The sender of a kill signal is unknown.</summary>
    public static string Words(SandboxOutcome outcome) => outcome.Lookups?.Trouble is { } trouble
        ? $"It took more memory than there was, as it seems: {trouble}."
        : "The compiler took more memory than there was.";

    /// <summary>The messages of GCC's driver, its compilers, the assembler's library, and LLVM.</summary>
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
