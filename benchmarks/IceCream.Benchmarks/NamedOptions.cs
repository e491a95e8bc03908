using System.Globalization;

namespace IceCream.Benchmarks;

/// <summary>The options of a quick path: <c>--name value</c>, where the last one of a name holds.</summary>
internal sealed class NamedOptions
{
    private readonly Dictionary<string, string> _values = [];

    /// <exception cref="ArgumentException">An option is unknown or has no value; the message says which ones there are.</exception>
    public NamedOptions(ReadOnlySpan<string> arguments, params ReadOnlySpan<string> names)
    {
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (!names.Contains(arguments[i]))
            {
                throw new ArgumentException($"There is no option '{arguments[i]}'. Options: {string.Join(' ', names!)}.");
            }

            _values[arguments[i]] = i + 1 < arguments.Length ? arguments[i + 1] : throw new ArgumentException($"{arguments[i]} needs a value.");
        }
    }

    public bool Has(string name) => _values.ContainsKey(name);

    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);

    /// <exception cref="ArgumentException">The value is no number from 1 on.</exception>
    public int Count(string name, int otherwise) =>
        !_values.TryGetValue(name, out string? text) ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0 ? value
        : throw new ArgumentException($"{name} is '{text}', but must be a whole number from 1 on.");

    /// <exception cref="ArgumentException">The value is no number above 0.</exception>
    public double Amount(string name, double otherwise) =>
        !_values.TryGetValue(name, out string? text) ? otherwise
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value > 0 ? value
        : throw new ArgumentException($"{name} is '{text}', but must be a number above 0.");
}
