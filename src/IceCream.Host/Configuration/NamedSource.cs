using Microsoft.Extensions.Configuration;

namespace IceCream.Host.Configuration;

/// <summary>One layer of the configuration: values that remember where they were written.</summary>
/// <param name="values">Setting, what was written, and where: such as <c>/etc/icecream/icecream.conf:3: ICECC_MAX_JOBS</c>.</param>
internal sealed class NamedSource(IEnumerable<(string Setting, string Value, string Origin)> values) : ConfigurationProvider, IConfigurationSource
{
    private readonly Dictionary<string, string> _origins = new(StringComparer.OrdinalIgnoreCase);

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
