using Microsoft.Extensions.Configuration;

namespace IceCream.Host.Configuration;

/// <summary>What kind of layer a value was written in.</summary>
internal enum Layer
{
    /// <summary>Nowhere: it holds when nobody says otherwise.</summary>
    Default = 0,

    /// <summary>A configuration file.</summary>
    File = 1,

    /// <summary>The environment.</summary>
    Environment = 2,

    /// <summary>The command line.</summary>
    Option = 3,
}

/// <summary>One layer of the configuration: values that remember where they were written.</summary>
/// <param name="layer">Its kind.</param>
/// <param name="values">Setting, what was written, and where: such as <c>/etc/icecream/icecream.conf:3: ICECC_MAX_JOBS</c>.</param>
internal sealed class NamedSource(Layer layer, IEnumerable<(string Setting, string Value, string Origin)> values) : ConfigurationProvider, IConfigurationSource
{
    private readonly Dictionary<string, string> _origins = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Its kind.</summary>
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

    /// <summary>Where a value was written; null when this layer has none.</summary>
    public string? OriginOf(string setting) => _origins.GetValueOrDefault(setting);
}
