using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace IceCream.Interop.Icecream;

/// <summary>
/// Encodes messages to monitors: the length of the rest, the message's number, and its fields. A number has four bytes, a text its length and a
/// terminating zero. A message has exactly the fields of the version that both ends speak.
/// </summary>
internal static class MonitorCodec
{
    /// <summary>The only message that a monitor sends after the greeting; it identifies a monitor.</summary>
    public static ReadOnlySpan<byte> MonitorLogin => [0, 0, 0, 4, 0, 0, 0, 82];

    private const uint LocalJobEnds = 79, JobWaits = 83, JobBegins = 84, JobEnds = 85, LocalJobBegins = 86, HostStats = 87, Refusal = 90;

    /// <summary>The version from which a waiting job has four fields, instead of the whole request for a host.</summary>
    private const int ShortRequests = 29;

    /// <summary>The version from which the end of a job contains how many clients its host has.</summary>
    private const int ClientCounts = 39;

    /// <summary>Longest text, in bytes: a frame may have one mebibyte, and monitors show far less.</summary>
    private const int LongestText = 4096;

    /// <summary>Appends a message.</summary>
    /// <param name="output">The buffer to append to.</param>
    /// <param name="message">The message.</param>
    /// <param name="version">The version that both ends speak.</param>
    public static void Write(ArrayBufferWriter<byte> output, MonitorMessage message, int version)
    {
        var body = new ArrayBufferWriter<byte>();
        switch (message)
        {
            case MonitorMessage.HostStats m:
                Write(body, HostStats);
                Write(body, m.Host);
                Write(body, m.Text);
                break;
            case MonitorMessage.JobWaits m:
                Write(body, JobWaits);
                WriteRequest(body, m, version);
                Write(body, m.Job);
                Write(body, m.Client);
                break;
            case MonitorMessage.JobBegins m:
                Write(body, JobBegins);
                Write(body, m.Job);
                Write(body, m.Started);
                Write(body, m.Host);
                break;
            case MonitorMessage.JobEnds m:
                Write(body, JobEnds);
                Write(body, m.Job);
                WriteFigures(body, m.Figures, version);
                break;
            case MonitorMessage.LocalJobBegins m:
                Write(body, LocalJobBegins);
                Write(body, m.Host);
                Write(body, m.Job);
                Write(body, m.Started);
                Write(body, m.File);
                break;
            case MonitorMessage.LocalJobEnds m:
                Write(body, LocalJobEnds);
                Write(body, m.Job);
                break;
            case MonitorMessage.Refusal m:
                Write(body, Refusal);
                Write(body, m.Text);
                break;
            default:
                throw new ArgumentException($"{message.GetType().Name} has no form on the wire.", nameof(message));
        }

        Write(output, (uint)body.WrittenCount);
        output.Write(body.WrittenSpan);
    }

    /// <summary>Before version 29 a monitor received the request that the scheduler had received; monitors show the file and the language of it.</summary>
    private static void WriteRequest(ArrayBufferWriter<byte> body, MonitorMessage.JobWaits request, int version)
    {
        if (version >= ShortRequests)
        {
            Write(body, request.File);
            Write(body, (uint)request.Language);
            return;
        }

        Write(body, 0u); // environments that the client offers: none
        Write(body, request.File);
        Write(body, (uint)request.Language);
        Write(body, 1u); // hosts that are requested
        Write(body, request.Platform);
        Write(body, 0u); // kinds of flags
        Write(body, 0u); // number at the client
        Write(body, ""); // host that is preferred
    }

    private static void WriteFigures(ArrayBufferWriter<byte> body, in JobFigures figures, int version)
    {
        Write(body, (uint)figures.ExitCode);
        WriteMilliseconds(body, figures.Wall);
        WriteMilliseconds(body, figures.Cpu);
        Write(body, 0u); // time in the kernel: included in the rest
        Write(body, 0u); // page faults
        WriteBytes(body, figures.BytesIn); // as sent
        WriteBytes(body, figures.BytesIn); // unpacked
        WriteBytes(body, figures.BytesOut); // as sent
        WriteBytes(body, figures.BytesOut); // unpacked
        Write(body, 0u); // sent by the host that compiled
        if (version >= ClientCounts)
        {
            Write(body, 0u); // clients of that host
        }
    }

    private static void Write(ArrayBufferWriter<byte> body, uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(body.GetSpan(sizeof(uint)), number);
        body.Advance(sizeof(uint));
    }

    private static void Write(ArrayBufferWriter<byte> body, DateTimeOffset moment) => Write(body, (uint)Math.Clamp(moment.ToUnixTimeSeconds(), 0, uint.MaxValue));

    private static void WriteMilliseconds(ArrayBufferWriter<byte> body, TimeSpan duration) => Write(body, (uint)Math.Clamp(duration.TotalMilliseconds, 0, int.MaxValue));

    private static void WriteBytes(ArrayBufferWriter<byte> body, long bytes) => Write(body, (uint)Math.Clamp(bytes, 0, int.MaxValue));

    /// <summary>A text ends at its first zero, so zeros in it are replaced; a text that is too long is cut between two characters.</summary>
    private static void Write(ArrayBufferWriter<byte> body, string text)
    {
        Span<byte> bytes = stackalloc byte[LongestText];
        Encoder encoder = Encoding.UTF8.GetEncoder();
        encoder.Convert(text.AsSpan(0, Math.Min(text.Length, LongestText)), bytes, flush: false, out _, out int length, out _);
        bytes = bytes[..length];
        bytes.Replace((byte)0, (byte)'?');
        Write(body, (uint)length + 1);
        body.Write(bytes);
        body.Write("\0"u8);
    }
}
