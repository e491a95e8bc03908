using System.Runtime.InteropServices;

namespace IceCream.Sandboxing.Seccomp;

/// <summary>
/// The seccomp filter between every program of a sandbox and the kernel. bubblewrap installs it before the first program starts, also for its own
/// process inside, so that taking over that process gains nothing.
/// </summary>
internal static class DenyFilter
{
    /// <summary>The verdicts: allow; not permitted, no such call, no such address family (<c>SECCOMP_RET_ALLOW</c>, <c>SECCOMP_RET_ERRNO</c>).</summary>
    public const uint Allow = 0x7fff0000, NotPermitted = 0x50000 + 1, NoSuchCall = 0x50000 + 38, NoSuchFamily = 0x50000 + 97;

    /// <summary>The kernel's identifiers of processors (<c>AUDIT_ARCH_*</c>).</summary>
    public const uint AuditX64 = 0xC000003E, AuditX86 = 0x40000003, AuditArm64 = 0xC00000B7;

    /// <summary>The bit in the numbers of x32 calls, which are a second set of numbers for the same calls.</summary>
    public const uint X32 = 0x40000000;

    /// <summary>Set-user-ID and set-group-ID.</summary>
    public const uint SetId = 0xC00;

    /// <summary><c>CLONE_NEWNS</c>, <c>NEWCGROUP</c>, <c>NEWUTS</c>, <c>NEWIPC</c>, <c>NEWUSER</c>, <c>NEWPID</c>, <c>NEWNET</c>.</summary>
    public const uint Namespaces = 0x7E020000;

    /// <summary><c>CLONE_NEWTIME</c>: in the flags of <c>clone</c> this bit belongs to the signal.</summary>
    public const uint TimeNamespace = 0x80;

    /// <summary><c>TIOCSTI</c>, <c>TIOCLINUX</c>.</summary>
    public const uint TypeIntoTerminal = 0x5412, ControlConsole = 0x541C;

    /// <summary><c>O_CREAT</c>, <c>O_TMPFILE</c>: without them the permissions argument is meaningless and may contain any value.</summary>
    public const uint Makes = 0x40 | 0x400000;

    private const uint LocalFamily = 1, TypeBits = 0xF000, CharacterDevice = 0x2000, BlockDevice = 0x6000;

    /// <summary>The filter for a processor, as bytes; null for an unsupported one.</summary>
    public static byte[]? For(Architecture processor) => processor switch
    {
        // A 64-bit program can make calls with the 32-bit numbers, which have their own table.
        Architecture.X64 => new BpfProgram().Load(BpfProgram.Architecture)
            .IfEqual(AuditX64, Judging(Architecture.X64))
            .IfEqual(AuditX86, Judging(Architecture.X86))
            .End(NoSuchCall).ToBytes(),
        Architecture.Arm64 => new BpfProgram().Load(BpfProgram.Architecture)
            .IfEqual(AuditArm64, Judging(Architecture.Arm64))
            .End(NoSuchCall).ToBytes(),
        _ => null,
    };

    private static BpfProgram Judging(Architecture processor)
    {
        BpfProgram program = new BpfProgram().Load(BpfProgram.Number);
        if (processor == Architecture.X64)
        {
            program.EndIfAtLeast(X32, NoSuchCall);
        }

        foreach (SystemCall call in DeniedCalls.Always)
        {
            On(call, static (program, number) => program.EndIfEqual(number, NotPermitted));
        }

        foreach (SystemCall call in DeniedCalls.NotThere)
        {
            On(call, static (program, number) => program.EndIfEqual(number, NoSuchCall));
        }

        When(DeniedCalls.Clone, Argument(0).EndIfAnyBit(Namespaces, NotPermitted));
        When(DeniedCalls.Unshare, Argument(0).EndIfAnyBit(Namespaces | TimeNamespace, NotPermitted));
        When(DeniedCalls.Control, Argument(1).EndIfEqual(TypeIntoTerminal, NotPermitted).EndIfEqual(ControlConsole, NotPermitted));
        foreach (SystemCall call in DeniedCalls.Sockets)
        {
            When(call, Argument(0).EndIfEqual(LocalFamily, Allow).End(NoSuchFamily));
        }

        foreach ((SystemCall call, int mode) in DeniedCalls.Permissions)
        {
            When(call, Argument(mode).EndIfAnyBit(SetId, NotPermitted));
        }

        foreach ((SystemCall call, int flags, int mode) in DeniedCalls.Openings)
        {
            When(call, Argument(flags).IfAnyBit(Makes, Argument(mode).EndIfAnyBit(SetId, NotPermitted)));
        }

        foreach ((SystemCall call, int mode) in DeniedCalls.Nodes)
        {
            When(call, Argument(mode).EndIfAnyBit(SetId, NotPermitted)
                .Keep(TypeBits).EndIfEqual(CharacterDevice, NotPermitted).EndIfEqual(BlockDevice, NotPermitted));
        }

        return program.End(Allow);

        void On(SystemCall call, Func<BpfProgram, uint, BpfProgram> rule)
        {
            if (call.On(processor) is >= 0 and int number)
            {
                rule(program, (uint)number);
            }
        }

        void When(SystemCall call, BpfProgram judging) => On(call, (whole, number) => whole.IfEqual(number, judging.End(Allow)));
    }

    /// <summary>Loads an argument. Flags, families and permissions are 32-bit words: the kernel ignores the upper half too.</summary>
    private static BpfProgram Argument(int index) => new BpfProgram().Load(BpfProgram.FirstArgument + (8 * index));
}
