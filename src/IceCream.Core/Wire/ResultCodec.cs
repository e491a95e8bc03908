using System.Collections.Immutable;
using IceCream.Diagnostics;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>A result as the worker sends it to the agent, without the bytes of its files.</summary>
internal static class ResultCodec
{
    /// <summary>Writes a result without the bytes of its files, which follow it in the order of the outputs.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="result">The result.</param>
    /// <param name="expectedLookups">The digest of the lookup lists that the agent expects.</param>
    public static void Write(ref MessagePackWriter writer, CompileResult result, Digest? expectedLookups = null)
    {
        writer.WriteArrayHeader(12);
        writer.Write(result.ExitCode);
        writer.Write(result.Signal);
        writer.Write(result.StandardOutput.Span);
        writer.Write(result.StandardError.Span);
        writer.WriteArrayHeader(result.Outputs.Length);
        foreach (OutputFile output in result.Outputs)
        {
            writer.WriteArrayHeader(4);
            writer.Write(output.Path);
            writer.Write(output.Mode);
            writer.Write(output.Content.Length);
            writer.Write(output.IsRewritten);
        }

        writer.WriteTexts(result.Removed);
        Write(ref writer, result.Failure);
        TimelineCodec.Write(ref writer, result.Timeline);
        LookupsCodec.Write(ref writer, result.Lookups, expectedLookups);
        Write(ref writer, result.Usage);
        writer.Write(Math.Clamp(result.Slot, 0, WireLimits.Slots));
        writer.Write(result.IsShared);
    }

    public static ResultHead Read(ref MessagePackReader reader)
    {
        reader.ReadFields(12);
        int exitCode = reader.ReadInt32(), signal = reader.ReadInt32();
        byte[] standardOutput = reader.ReadBlob(WireLimits.Message), standardError = reader.ReadBlob(WireLimits.Message);
        ImmutableArray<OutputHead> outputs = ReadOutputHeads(ref reader);
        ImmutableArray<string> removed = reader.ReadTexts(WireLimits.Items, WireLimits.Path);
        JobFailure? failure = ReadFailure(ref reader);
        return new ResultHead(
            new CompileResult
            {
                Place = failure is null ? JobPlace.Remote : JobPlace.Failed,
                ExitCode = exitCode,
                Signal = signal,
                StandardOutput = standardOutput,
                StandardError = standardError,
                Removed = removed,
                Failure = failure,
                Timeline = TimelineCodec.Read(ref reader),
                Lookups = LookupsCodec.Read(ref reader),
                Usage = ReadUsage(ref reader),
                Slot = (int)reader.ReadLength(WireLimits.Slots),
                IsShared = reader.ReadBoolean(),
            },
            outputs);
    }

    private static void Write(ref MessagePackWriter writer, JobUsage? usage)
    {
        if (usage is not { } used)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(3);
        writer.Write(Math.Clamp(used.Cpu.Ticks, 0, WireLimits.JobTicks));
        writer.Write(Math.Clamp(used.Wall.Ticks, 0, WireLimits.JobTicks));
        writer.Write(Math.Clamp(used.PeakMemory, 0, WireLimits.Memory));
    }

    private static JobUsage? ReadUsage(ref MessagePackReader reader)
    {
        if (reader.TryReadNil())
        {
            return null;
        }

        reader.ReadFields(3);
        return new JobUsage(
            new TimeSpan(reader.ReadLength(WireLimits.JobTicks)), new TimeSpan(reader.ReadLength(WireLimits.JobTicks)), reader.ReadLength(WireLimits.Memory));
    }

    private static void Write(ref MessagePackWriter writer, JobFailure? failure)
    {
        if (failure is null)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(4);
        writer.Write((int)failure.Party);
        writer.Write((int)failure.Step);
        writer.Write((int)failure.Remedy);
        writer.Write(ShortText.Cut(failure.Message, WireLimits.Text / 4));
    }

    private static JobFailure? ReadFailure(ref MessagePackReader reader)
    {
        if (reader.TryReadNil())
        {
            return null;
        }

        reader.ReadFields(4);
        return new JobFailure(
            reader.ReadEnum<FailedParty>(), reader.ReadEnum<JobStep>(), reader.ReadEnum<FailureRemedy>(), reader.ReadText(WireLimits.Text));
    }

    private static ImmutableArray<OutputHead> ReadOutputHeads(ref MessagePackReader reader)
    {
        int count = reader.ReadCount(WireLimits.Items);
        var outputs = ImmutableArray.CreateBuilder<OutputHead>(Math.Min(count, 64));
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(4);
            outputs.Add(new OutputHead(FileTreeCodec.ReadPath(ref reader), (int)reader.ReadLength(0xFFF), reader.ReadLength(WireLimits.Outputs), reader.ReadBoolean()));
        }

        return outputs.DrainToImmutable();
    }
}

/// <summary>An output file whose bytes are still to come.</summary>
/// <param name="Path">Absolute, as the compiler opened it.</param>
/// <param name="Mode">Its permission bits.</param>
/// <param name="Length">How many bytes will follow.</param>
/// <param name="IsRewritten">As in <see cref="OutputFile"/>.</param>
internal readonly record struct OutputHead(string Path, int Mode, long Length, bool IsRewritten);

/// <summary>A result whose files are still to come.</summary>
/// <param name="Result">All but the files.</param>
/// <param name="Outputs">The files, in the order in which their bytes follow.</param>
internal sealed record ResultHead(CompileResult Result, ImmutableArray<OutputHead> Outputs);
