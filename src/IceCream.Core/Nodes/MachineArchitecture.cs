using System.Runtime.InteropServices;

namespace IceCream.Nodes;

/// <summary>The architecture of this machine, as compilers name it.</summary>
internal static class MachineArchitecture
{
    public static string Name { get; } = RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "x86_64",
        Architecture.X86 => "i686",
        Architecture.Arm64 => "aarch64",
        Architecture.Arm => "arm",
        Architecture.Ppc64le => "ppc64le",
        Architecture.S390x => "s390x",
        Architecture.RiscV64 => "riscv64",
        Architecture.LoongArch64 => "loongarch64",
        Architecture other => other.ToString(),
    };
}
