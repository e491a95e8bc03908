using System.Buffers;
using System.Text;
using System.Text.Json;
using IceCream.Host.Rendering;
using IceCream.Jobs;

namespace IceCream.Host.Builds;

/// <summary>
/// Writes a build in the JSON trace format of Perfetto, chrome://tracing and speedscope: a process for each place and a thread for each of its slots, in which events do
/// not overlap and times ascend.
/// </summary>
internal static class BuildTrace
{
    public static string Write(FinishedBuild build)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            Write(json, build);
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, FinishedBuild build)
    {
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        int process = 0;
        foreach (var place in BuildTrack.Of(build).GroupBy(static track => (track.Kind, track.Worker)))
        {
            process++;
            WriteName(json, "process_name", process, 0, place.Key.Kind switch { TrackKind.Roads => "jobs under way", TrackKind.Here => "this machine", _ => $"worker {place.Key.Worker}" });
            foreach (BuildTrack track in place)
            {
                WriteName(json, "thread_name", process, track.Slot, $"{(track.Kind == TrackKind.Roads ? "job" : "slot")} {track.Slot}");
                WriteEvents(json, process, track);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteName(Utf8JsonWriter json, string what, int process, int thread, string name)
    {
        json.WriteStartObject();
        json.WriteString("ph", "M");
        json.WriteString("name", what);
        json.WriteNumber("pid", process);
        json.WriteNumber("tid", thread);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteEvents(Utf8JsonWriter json, int process, BuildTrack track)
    {
        foreach (TrackEvent one in track.Events)
        {
            json.WriteStartObject();
            json.WriteString("ph", "X");
            json.WriteString("name", $"{one.Job.Subject} ({JobStepWords.Of(one.Step)})");
            json.WriteString("cat", Reports.Word(one.Step));
            json.WriteNumber("ts", one.Begin);
            json.WriteNumber("dur", one.End - one.Begin);
            json.WriteNumber("pid", process);
            json.WriteNumber("tid", track.Slot);
            json.WriteStartObject("args");
            json.WriteString("place", Reports.Word(one.Job.Place));
            json.WriteString("reason", one.Job.Reason);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }
}
