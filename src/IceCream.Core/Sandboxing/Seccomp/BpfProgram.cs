using System.Buffers.Binary;

namespace IceCream.Sandboxing.Seccomp;

/// <summary>
/// A classic BPF program that filters system calls (seccomp(2)), built one instruction at a time: it loads a word of the call's data, compares it,
/// and ends with a verdict.
/// </summary>
internal sealed class BpfProgram
{
    /// <summary>The size of an instruction in bytes (<c>struct sock_filter</c>).</summary>
    public const int InstructionSize = 8;

    /// <summary>The offsets of a call's number and architecture, and of its first argument's low half (<c>struct seccomp_data</c>).</summary>
    public const int Number = 0, Architecture = 4, FirstArgument = 16;

    private const ushort LoadWord = 0x20, JumpAlways = 0x05, JumpEqual = 0x15, JumpAtLeast = 0x35, JumpAnyBit = 0x45, And = 0x54, Return = 0x06;

    private readonly List<(ushort Code, byte Yes, byte No, uint Value)> _instructions = [];

    public int Length => _instructions.Count;

    /// <summary>Loads a word of the call's data.</summary>
    public BpfProgram Load(int offset) => Emit(LoadWord, 0, 0, (uint)offset);

    /// <summary>Masks the loaded word with these bits.</summary>
    public BpfProgram Keep(uint bits) => Emit(And, 0, 0, bits);

    public BpfProgram End(uint verdict) => Emit(Return, 0, 0, verdict);

    /// <summary>Ends with a verdict if the loaded word equals the value.</summary>
    public BpfProgram EndIfEqual(uint value, uint verdict) => Emit(JumpEqual, 0, 1, value).End(verdict);

    /// <summary>Ends with a verdict if the loaded word is at least the value.</summary>
    public BpfProgram EndIfAtLeast(uint value, uint verdict) => Emit(JumpAtLeast, 0, 1, value).End(verdict);

    /// <summary>Ends with a verdict if the loaded word has any of these bits.</summary>
    public BpfProgram EndIfAnyBit(uint bits, uint verdict) => Emit(JumpAnyBit, 0, 1, bits).End(verdict);

    /// <summary>Runs another program if the loaded word equals the value, and skips it otherwise.</summary>
    public BpfProgram IfEqual(uint value, BpfProgram then) => Emit(JumpEqual, 1, 0, value).Past(then);

    /// <summary>Runs another program if the loaded word has any of these bits, and skips it otherwise.</summary>
    public BpfProgram IfAnyBit(uint bits, BpfProgram then) => Emit(JumpAnyBit, 1, 0, bits).Past(then);

    /// <summary>The program in the kernel's format.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[_instructions.Count * InstructionSize];
        for (int i = 0; i < _instructions.Count; i++)
        {
            Span<byte> at = bytes.AsSpan(i * InstructionSize);
            (ushort code, byte yes, byte no, uint value) = _instructions[i];
            BinaryPrimitives.WriteUInt16LittleEndian(at, code);
            at[2] = yes;
            at[3] = no;
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], value);
        }

        return bytes;
    }

    /// <summary>
    /// Appends a program that a comparison enters or skips. The targets of a comparison have eight bits, which is too short for a long program, so an
    /// unconditional jump without that limit is used.
    /// </summary>
    private BpfProgram Past(BpfProgram then)
    {
        Emit(JumpAlways, 0, 0, (uint)then.Length);
        _instructions.AddRange(then._instructions);
        return this;
    }

    private BpfProgram Emit(ushort code, byte yes, byte no, uint value)
    {
        _instructions.Add((code, yes, no, value));
        return this;
    }
}
