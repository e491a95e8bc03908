using System.Runtime.InteropServices;

namespace IceCream.Sandboxing.Seccomp;

/// <summary>A system call and its number on each processor; 32-bit x86 has its own, because its programs run on 64-bit kernels.</summary>
/// <param name="Name">The name in the kernel's headers.</param>
/// <param name="X64">On x86-64.</param>
/// <param name="Arm64">On arm64.</param>
/// <param name="X86">On 32-bit x86.</param>
internal readonly record struct SystemCall(string Name, int X64, int Arm64, int X86)
{
    /// <summary>The number of a call that a processor does not have.</summary>
    public const int None = -1;

    /// <summary>Creates one of the newer calls, whose number is the same on all processors.</summary>
    public SystemCall(string name, int everywhere)
        : this(name, everywhere, everywhere, everywhere)
    {
    }

    /// <summary>Its number on a processor; <see cref="None"/> where the call does not exist.</summary>
    public int On(Architecture processor) => processor switch
    {
        Architecture.X64 => X64,
        Architecture.Arm64 => Arm64,
        Architecture.X86 => X86,
        _ => None,
    };
}
