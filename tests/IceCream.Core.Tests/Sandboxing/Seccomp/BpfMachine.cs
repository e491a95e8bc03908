using System.Buffers.Binary;

namespace IceCream.Tests.Sandboxing.Seccomp;

/// <summary>A system call as a filter sees it.</summary>
internal readonly record struct SeenCall(uint Processor, int Number, params ulong[] Arguments)
{
    /// <summary><c>struct seccomp_data</c>.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[64];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Number);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Processor);
        for (int i = 0; i < Arguments.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16 + (8 * i)), Arguments[i]);
        }

        return bytes;
    }
}

/// <summary>Runs a filter as the kernel does, with what the kernel checks before it takes one: another reading of the same instructions than the one that made them.</summary>
internal sealed class BpfMachine(byte[] program)
{
    public uint Judge(SeenCall call)
    {
        byte[] data = call.ToBytes();
        uint loaded = 0;
        for (int at = 0; ; at++)
        {
            (ushort code, int yes, int no, uint value) = At(at);
            switch (code)
            {
                case 0x20:
                    loaded = value % 4 == 0 && value < 64 ? BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)value)) : throw new InvalidOperationException($"It loads from {value}.");
                    break;
                case 0x54:
                    loaded &= value;
                    break;
                case 0x05:
                    at += (int)value;
                    break;
                case 0x15:
                    at += loaded == value ? yes : no;
                    break;
                case 0x35:
                    at += loaded >= value ? yes : no;
                    break;
                case 0x45:
                    at += (loaded & value) != 0 ? yes : no;
                    break;
                case 0x06:
                    return value;
                default:
                    throw new InvalidOperationException($"There is no instruction {code:x}.");
            }
        }
    }

    private (ushort Code, int Yes, int No, uint Value) At(int at)
    {
        ReadOnlySpan<byte> instruction = program.AsSpan(at * 8, 8);
        return (BinaryPrimitives.ReadUInt16LittleEndian(instruction), instruction[2], instruction[3], BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]));
    }
}
