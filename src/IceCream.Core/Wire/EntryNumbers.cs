using System.Buffers;
using System.Numerics;
using MessagePack;

namespace IceCream.Wire;

/// <summary>
/// Encodes a set of numbers as <c>count, bin</c>. The bin holds the strictly increasing numbers as steps in seven bits a byte, lowest first (LEB128). A step is
/// twice the count of numbers skipped, plus one when a run of at least two numbers follows; the length of the run less two then comes as a further step.
/// Most inputs of a job were numbered together, so a number costs less than a byte.
/// </summary>
internal static class EntryNumbers
{
    private const int MaxStepBytes = 5;

    /// <summary>Writes numbers, all below 2²⁸, each once even if it is given several times. The span is sorted in place.</summary>
    public static void Write(ref MessagePackWriter writer, Span<int> numbers)
    {
        numbers = numbers[..SortDistinct(numbers)];
        byte[] steps = ArrayPool<byte>.Shared.Rent(Math.Max(1, numbers.Length * MaxStepBytes));
        int length = 0, next = 0;
        for (int i = 0; i < numbers.Length;)
        {
            int first = numbers[i], run = 1;
            while (i + run < numbers.Length && numbers[i + run] == first + run)
            {
                run++;
            }

            uint skipped = (uint)(first - next) << 1;
            if (run == 1)
            {
                length += Put(steps.AsSpan(length), skipped);
            }
            else
            {
                length += Put(steps.AsSpan(length), skipped | 1);
                length += Put(steps.AsSpan(length), (uint)(run - 2));
            }

            i += run;
            next = first + run;
        }

        writer.Write(numbers.Length);
        writer.Write(steps.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(steps);
    }

    /// <summary>Reads what <see cref="Write"/> wrote, and returns the entries that have these numbers.</summary>
    /// <exception cref="WireFormatException">The numbers are not increasing, not as many as announced, or not all below the count of entries.</exception>
    public static T[] Read<T>(ref MessagePackReader reader, ReadOnlySpan<T> entries)
    {
        int count = (int)reader.ReadLength(Math.Min(entries.Length, WireLimits.TreeEntries));
        ReadOnlySequence<byte> bytes = reader.ReadBytes() ?? throw new WireFormatException("Numbers are missing.");
        ReadOnlySpan<byte> steps = bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray();
        T[] found = count == 0 ? [] : new T[count];
        int filled = 0;
        for (long next = 0; filled < count;)
        {
            uint step = Take(ref steps);
            long first = next + (step >> 1);
            long run = (step & 1) == 0 ? 1 : 2L + Take(ref steps);
            if (first + run > entries.Length || run > count - filled)
            {
                throw new WireFormatException($"A run of {run} numbers from {first}: there are {entries.Length} entries, and {count - filled} numbers left.");
            }

            entries.Slice((int)first, (int)run).CopyTo(found.AsSpan(filled));
            filled += (int)run;
            next = first + run;
        }

        return steps.IsEmpty ? found : throw new WireFormatException("Bytes follow the last number.");
    }

    private static int SortDistinct(Span<int> numbers)
    {
        numbers.Sort();
        int kept = Math.Min(1, numbers.Length);
        foreach (int number in numbers[kept..])
        {
            if (number != numbers[kept - 1])
            {
                numbers[kept++] = number;
            }
        }

        return kept;
    }

    private static int Put(Span<byte> steps, uint step)
    {
        int at = 0;
        for (; step >= 0x80; step >>= 7)
        {
            steps[at++] = (byte)(step | 0x80);
        }

        steps[at++] = (byte)step;
        return at;
    }

    private static uint Take(ref ReadOnlySpan<byte> steps)
    {
        ulong step = 0;
        for (int at = 0; at < steps.Length && at < MaxStepBytes; at++)
        {
            step |= (ulong)(steps[at] & 0x7F) << (7 * at);
            if (steps[at] < 0x80)
            {
                steps = steps[(at + 1)..];
                return BitOperations.Log2(step | 1) < 32 ? (uint)step : throw new WireFormatException("A step of more than 32 bits.");
            }
        }

        throw new WireFormatException("A step without an end.");
    }
}
