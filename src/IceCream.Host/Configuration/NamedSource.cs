using Microsoft.Extensions.Configuration;

namespace IceCream.Host.Configuration;

/// <summary>The kind of layer that a value comes from.</summary>
internal enum Layer
{
    /// <summary>The built-in default.</summary>
    Default = 0,

    File = 1,

    Environment = 2,

    Option = 3,
}

/// <summary>One layer of the configuration: values that remember where they were written.</summary>
/// <param name="layer">The layer's kind.</param>
/// <param name="values">Setting, value, and where it was written, such as <c>/etc/icecream/icecream.conf:3: ICECC_MAX_JOBS</c>.</param>
internal sealed class NamedSource(Layer layer, IEnumerable<(string Setting, string Value, string Origin)> values) : ConfigurationProvider, IConfigurationSource
{
    private readonly Dictionary<string, string> _origins = new(StringComparer.OrdinalIgnoreCase);

    public Layer Layer => layer;

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load()
    {
        foreach ((string setting, string value, string origin) in values)
        {
            Set(setting, value);
            _origins[setting] = origin;
        }
    }

    /// <summary>Where a value was written; null if this layer has none.</summary>
    public string? OriginOf(string setting) => _origins.GetValueOrDefault(setting);
}
