using System.Collections.Immutable;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>
/// A job as the agent sends it to the worker. Trees, and words that repeat from job to job, are sent as the connection's entry numbers.
/// Fields that only the agent needs (the invocation, the mode) are not sent.
/// </summary>
internal static class JobCodec
{
    public static void Write(ref MessagePackWriter writer, CompileJob job, EntryEncoder entries)
    {
        writer.WriteArrayHeader(13);
        WriteWords(ref writer, job.CommandLine, entries);
        entries.WriteWord(ref writer, job.Compiler);
        entries.WriteWord(ref writer, job.WorkingDirectory);
        WriteWords(ref writer, job.Environment, entries);
        writer.Write(job.Umask);
        entries.WriteWord(ref writer, job.User);
        writer.WriteDigest(job.Toolchain ?? throw new ArgumentException("A job without a toolchain cannot travel.", nameof(job)));
        entries.WriteTree(ref writer, job.Inputs ?? throw new ArgumentException("A job without inputs cannot travel.", nameof(job)));
        writer.WriteArrayHeader(job.Outputs.Length);
        foreach (JobOutput output in job.Outputs)
        {
            writer.WriteArrayHeader(3);
            entries.WriteWord(ref writer, output.Path);
            writer.Write(output.Exists);
            writer.Write(output.IsEmpty);
        }

        writer.WriteOptionalDigest(job.ExpectedLookups);
        writer.Write(job.IsTerminal);
        writer.Write(job.SharesResult);
        if (job.Forecast is not { } forecast)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(3);
        writer.Write(forecast.Keys.Command);
        writer.Write(forecast.Keys.Group);
        writer.Write(Math.Clamp(forecast.PeakMemory, 0, WireLimits.Memory));
    }

    public static CompileJob Read(ref MessagePackReader reader, EntryGeneration entries)
    {
        reader.ReadFields(13);
        ImmutableArray<string> commandLine = ReadWords(ref reader, entries);
        if (commandLine.IsEmpty)
        {
            throw new WireFormatException("A job without a command.");
        }

        var job = new CompileJob
        {
            CommandLine = commandLine,
            Compiler = FileTreeCodec.CheckAbsolute(entries.ReadWord(ref reader, WireLimits.Path)),
            WorkingDirectory = ReadPath(ref reader, entries),
            Environment = ReadWords(ref reader, entries),
            Umask = (int)reader.ReadLength(0b111_111_111),
            User = entries.ReadWord(ref reader, WireLimits.Name),
            Toolchain = reader.ReadDigest(),
            Inputs = entries.ReadTree(ref reader),
            Outputs = ReadOutputs(ref reader, entries),
            ExpectedLookups = reader.ReadOptionalDigest(),
            IsTerminal = reader.ReadBoolean(),
            SharesResult = reader.ReadBoolean(),
            Forecast = ReadForecast(ref reader),
        };

        // A word that is known takes a few bytes here and its whole length in a command. No kernel starts a command as long as this limit.
        long text = WordsOf(job).Sum(static word => (long)word.Length);
        return text <= WireLimits.Job ? job : throw new WireFormatException($"A job with {text} characters of words, where at most {WireLimits.Job} are allowed.");
    }

    /// <summary>The forecast duration is not sent: the worker needs only the memory to keep free and the keys to report the cost under.</summary>
    private static JobForecast? ReadForecast(ref MessagePackReader reader)
    {
        if (reader.TryReadNil())
        {
            return null;
        }

        reader.ReadFields(3);
        return new JobForecast(new CostKeys(reader.ReadUInt64(), reader.ReadUInt64()), 0, reader.ReadLength(WireLimits.Memory), ForecastBasis.Default);
    }

    /// <summary>All texts of a job that are written as words.</summary>
    public static IEnumerable<string> WordsOf(CompileJob job)
    {
        foreach (string word in job.CommandLine)
        {
            yield return word;
        }

        yield return job.Compiler;
        yield return job.WorkingDirectory;
        foreach (string variable in job.Environment)
        {
            yield return variable;
        }

        yield return job.User;
        foreach (JobOutput output in job.Outputs)
        {
            yield return output.Path;
        }
    }

    private static void WriteWords(ref MessagePackWriter writer, ImmutableArray<string> words, EntryEncoder entries)
    {
        writer.WriteArrayHeader(words.Length);
        foreach (string word in words)
        {
            entries.WriteWord(ref writer, word);
        }
    }

    private static ImmutableArray<string> ReadWords(ref MessagePackReader reader, EntryGeneration entries)
    {
        int count = reader.ReadCount(WireLimits.Arguments);
        var words = ImmutableArray.CreateBuilder<string>(Math.Min(count, 4096));
        for (int i = 0; i < count; i++)
        {
            words.Add(entries.ReadWord(ref reader, WireLimits.Argument));
        }

        return words.DrainToImmutable();
    }

    private static string ReadPath(ref MessagePackReader reader, EntryGeneration entries) =>
        FileTreeCodec.CheckPath(entries.ReadWord(ref reader, WireLimits.Path));

    private static ImmutableArray<JobOutput> ReadOutputs(ref MessagePackReader reader, EntryGeneration entries)
    {
        int count = reader.ReadCount(WireLimits.Items);
        var outputs = ImmutableArray.CreateBuilder<JobOutput>(Math.Min(count, 64));
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(3);
            outputs.Add(new JobOutput(ReadPath(ref reader, entries), reader.ReadBoolean(), reader.ReadBoolean()));
        }

        return outputs.DrainToImmutable();
    }
}
