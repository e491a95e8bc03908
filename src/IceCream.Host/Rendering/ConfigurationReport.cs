using System.Text.Json;
using System.Text.Json.Serialization;
using IceCream.Host.Configuration;

namespace IceCream.Host.Rendering;

/// <summary>The output of <c>icehost config --json</c>: the configuration files, weakest first, and the settings of nodes and of the launcher.</summary>
internal sealed record ConfigurationReport(IReadOnlyList<FileReport> Files, IReadOnlyList<SettingReport> Nodes, IReadOnlyList<SettingReport> Launcher)
{
    public static ConfigurationReport From(IReadOnlyList<string> files, IReadOnlyList<SettingInForce> nodes, IReadOnlyList<SettingInForce> launcher) => new(
        [.. files.Select(static file => new FileReport(file, File.Exists(file)))], [.. nodes.Select(SettingReport.From)], [.. launcher.Select(SettingReport.From)]);

    public string ToJson() => JsonSerializer.Serialize(this, ConfigurationJson.Default.ConfigurationReport);
}

internal sealed record FileReport(string Path, bool Exists);

/// <summary>A setting; <c>source</c> is default, file, environment or option, and <c>where</c> says which line, variable or option.</summary>
internal sealed record SettingReport(string Name, string Variable, string Value, string Source, string Where)
{
    public static SettingReport From(SettingInForce setting) => new(setting.Name, setting.Variable, setting.Value, Reports.Word(setting.Source), setting.Where);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(ConfigurationReport))]
internal sealed partial class ConfigurationJson : JsonSerializerContext;
