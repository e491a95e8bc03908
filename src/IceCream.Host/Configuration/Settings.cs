using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using IceCream.CommandLine;
using IceCream.Host.Dashboard;
using IceCream.Inputs.Privacy;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Scheduling;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace IceCream.Host.Configuration;

/// <summary>Parses the settings of all layers; null means unset. The exception for an invalid value says where it was written.</summary>
/// <param name="configuration">The layers, weakest first.</param>
/// <param name="files">The configuration files, weakest first, whether they exist or not.</param>
internal sealed class Settings(IConfigurationRoot configuration, IReadOnlyList<string> files)
{
    /// <summary>The smallest blob store that may be asked for, in bytes.</summary>
    public const long LeastStore = 64L << 20;

    /// <summary>The configuration files, weakest first, whether they exist or not.</summary>
    public IReadOnlyList<string> Files => files;

    public string? Text(string setting) => configuration[setting];

    /// <summary>Where the effective value was written.</summary>
    /// <returns>The layer's kind, and the option, variable or line; <see cref="Layer.Default"/> and an empty text if it is unset.</returns>
    public (Layer Layer, string Where) OriginOf(string setting) =>
        configuration.Providers.Reverse().OfType<NamedSource>()
            .Select(source => (source.Layer, Where: source.OriginOf(setting)))
            .FirstOrDefault(static origin => origin.Where is not null) is { Where: { } where } found ? (found.Layer, where) : (Layer.Default, "");

    /// <summary>A full path. In a file it must be absolute, because it has no obvious base.</summary>
    public string? Path(string setting) =>
        !Find(setting, out string? text) ? null
        : text is ['/', ..] || OriginOf(setting).Layer != Layer.File ? System.IO.Path.GetFullPath(text)
        : throw Wrong(setting, text, "an absolute path; nothing in it is expanded, neither ~ nor a variable");

    /// <summary>The files and folders that never leave this machine.</summary>
    /// <exception cref="ConfigurationException">An entry is not a path.</exception>
    public string? PrivateFiles()
    {
        if (!Find(Setting.PrivateFiles, out string? text))
        {
            return null;
        }

        try
        {
            return PrivateRoots.Entries(text).IsDefault ? null : text;
        }
        catch (ArgumentException)
        {
            throw Wrong(Setting.PrivateFiles, text, $"absolute paths, paths below ~/, '{PrivateRoots.UsualWord}', '{PrivateRoots.NoneWord}', with a colon between");
        }
    }

    public string? Name() =>
        !Find(Setting.Name, out string? text) ? null
        : text.Length is > 0 and <= 64 && !text.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c)) ? text
        : throw Wrong(Setting.Name, text, "1 to 64 characters without spaces");

    /// <summary>The address to listen on, as <see cref="Address"/>; the host may be the name of one of this machine's interfaces.</summary>
    public FarmAddress? Listen(int defaultPort)
    {
        if (Address(Setting.Listen, defaultPort) is not { Scheme: "tcp" } address || !Interfaces.TryFind(address.Host, out System.Net.IPAddress? found))
        {
            return Address(Setting.Listen, defaultPort);
        }

        return found is not null ? address with { Host = found.ToString() } : throw Wrong(Setting.Listen, address.Host, "an interface that has an address; this one has none at the moment");
    }

    /// <summary>The address that the dashboard listens on; null if it is off. Default: 127.0.0.1:8766.</summary>
    /// <param name="mayBeReached">Whether other machines may reach it.</param>
    /// <exception cref="ConfigurationException">It is not an address, or one that other machines could but may not reach.</exception>
    public FarmAddress? DashboardListen(bool mayBeReached)
    {
        if (Text(Setting.DashboardListen) is "off")
        {
            return null;
        }

        FarmAddress address = Address(Setting.DashboardListen, DashboardOptions.DefaultPort) ?? FarmAddress.Tcp("127.0.0.1", DashboardOptions.DefaultPort);
        return address.Scheme != "tcp" ? throw Wrong(Setting.DashboardListen, address.ToString(), "HOST, HOST:PORT, [IPV6]:PORT, or off")
            : address.IsLocal || mayBeReached ? address
            : throw Wrong(Setting.DashboardListen, address.ToString(), "an address of loopback; any other on a secure farm, where a read token is asked for, or with --insecure, which lets everybody read what is compiled");
    }

    /// <summary>A whole number.</summary>
    /// <exception cref="ConfigurationException">It is not a number, or out of range.</exception>
    public int? Number(string setting, int least, int most)
    {
        return !Find(setting, out string? text) ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most ? number
            : throw Wrong(setting, text, $"a whole number from {least} to {most}");
    }

    /// <summary>A switch.</summary>
    public bool? Flag(string setting) => !Find(setting, out string? text) ? null : SwitchWords.Parse(text) ?? throw Wrong(setting, text, "yes or no");

    /// <summary>A size in bytes. A number without a unit counts MiB, as in icecream's files.</summary>
    public long? Size(string setting, long least)
    {
        if (!Find(setting, out string? text))
        {
            return null;
        }

        int end = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        int shift = (end < 0 ? "" : text[end..].ToUpperInvariant()) switch
        {
            "" or "M" or "MB" or "MI" or "MIB" => 20,
            "K" or "KB" or "KI" or "KIB" => 10,
            "G" or "GB" or "GI" or "GIB" => 30,
            "T" or "TB" or "TI" or "TIB" => 40,

            // A bare B too: it says bytes, and no size here is counted in them.
            _ => -1,
        };
        return shift > 0 && long.TryParse(end < 0 ? text : text[..end], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number <= long.MaxValue >> shift && number << shift >= least
            ? number << shift
            : throw Wrong(setting, text, $"a size of at least {least >> 20}M, such as 512M or 20G; without a unit it counts MiB");
    }

    /// <summary>How the result cache is used.</summary>
    public CacheMode? CacheMode() => !Find(Setting.Cache, out string? text) ? null : CacheModes.Parse(text) ?? throw Wrong(Setting.Cache, text, CacheModes.Allowed);

    /// <summary>The folders that hold checkouts, separated by colons.</summary>
    /// <exception cref="ConfigurationException">A folder is not an absolute path.</exception>
    public ImmutableArray<string> BaseDirectories() =>
        !Find(Setting.CacheBaseDirectory, out string? text) ? []
        : [.. text.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => folder.StartsWith('/') ? folder : throw Wrong(Setting.CacheBaseDirectory, folder, "absolute paths with a colon between"))];

    /// <summary>The error for an invalid address of a shared result cache.</summary>
    public ConfigurationException WrongSharedResults(string text) => Wrong(
        Setting.CacheShared, MaskedAddress.Of(text), "http://HOST[:PORT][/PATH] or https://…, redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE] or rediss://…, redis:HOST:PORT,HOST:PORT,… with options of a cluster or of sentinels; with |read-only at the end for an agent that writes nothing");

    /// <summary>The words for <see cref="DynamicExecution"/>, indexed by its values.</summary>
    private static readonly ImmutableArray<string> Ways = ["off", "late", "always"];

    /// <summary>The words for <see cref="PriorityClass"/>, indexed by its values.</summary>
    public static ImmutableArray<string> Classes { get; } = ["interactive", "ci", "ahead"];

    /// <summary>When jobs run in a second place as well.</summary>
    public DynamicExecution? Dynamic() => Choice(Setting.Dynamic, Ways) is { } word ? (DynamicExecution)Ways.IndexOf(word) : null;

    /// <summary>The priority class of this machine's jobs.</summary>
    public PriorityClass? Class() => Choice(Setting.Class, Classes) is { } word ? (PriorityClass)Classes.IndexOf(word) : null;

    /// <summary>The shares of users: <c>USER=WEIGHT</c> or <c>USER=WEIGHT:CLASS</c>, separated by commas.</summary>
    public ImmutableDictionary<string, UserShare> Shares()
    {
        var shares = ImmutableDictionary<string, UserShare>.Empty;
        if (!Find(Setting.Shares, out string? text))
        {
            return shares;
        }

        foreach (string entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = entry.LastIndexOf('=');
            string[] parts = entry[(equals + 1)..].Split(':');
            int best = parts.Length == 2 ? Classes.IndexOf(parts[1]) : 0;
            bool isOne = equals > 0 && parts.Length <= 2 && best >= 0
                && double.TryParse(parts[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double weight) && weight is >= UserShare.Least and <= UserShare.Most;
            shares = isOne ? shares.SetItem(entry[..equals], new UserShare(double.Parse(parts[0], CultureInfo.InvariantCulture), (PriorityClass)best))
                : throw Wrong(Setting.Shares, entry, $"USER=WEIGHT or USER=WEIGHT:CLASS with commas between, a weight from 0.01 to 100, and one of {string.Join(", ", Classes)}");
        }

        return shares;
    }

    /// <summary>One of several words.</summary>
    public string? Choice(string setting, IReadOnlyCollection<string> words) =>
        !Find(setting, out string? text) ? null
        : words.Contains(text) ? text
        : throw Wrong(setting, text, string.Join(", ", words));

    /// <summary>Up to 8 addresses, separated by commas; empty if unset.</summary>
    public ImmutableArray<FarmAddress> Addresses(string setting, int defaultPort)
    {
        const int Most = 8;
        if (!Find(setting, out string? text))
        {
            return [];
        }

        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        return parts.Length > Most ? throw Wrong(setting, text, $"at most {Most} addresses")
            : [.. parts.Select(part => FarmAddress.TryParse(part, defaultPort, out FarmAddress? address) ? address
                : throw Wrong(setting, part, "HOST, HOST:PORT or [IPV6]:PORT, with a port from 0 to 65535; several with commas between them"))];
    }

    /// <summary>An address.</summary>
    public FarmAddress? Address(string setting, int defaultPort) =>
        !Find(setting, out string? text) ? null
        : FarmAddress.TryParse(text, defaultPort, out FarmAddress? address) ? address
        : throw Wrong(setting, text, "HOST, HOST:PORT or [IPV6]:PORT, with a port from 0 to 65535");

    /// <summary>The network's name. Default: ICECREAM.</summary>
    public string Network()
    {
        if (!Find(Setting.Network, out string? text))
        {
            return "ICECREAM";
        }

        return text.Length is > 0 and <= 64 && !text.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c))
            ? text
            : throw Wrong(Setting.Network, text, "1 to 64 characters without spaces");
    }

    /// <summary>The lowest level that is logged.</summary>
    /// <param name="verbose">Whether the command line asks for debug.</param>
    public LogLevel LogLevel(bool verbose)
    {
        LogLevel level = !Find(Setting.Log, out string? text) ? Microsoft.Extensions.Logging.LogLevel.Information : text.ToLowerInvariant() switch
        {
            "trace" => Microsoft.Extensions.Logging.LogLevel.Trace,
            "debug" => Microsoft.Extensions.Logging.LogLevel.Debug,
            // The launcher reads the same variable, in which 1 means standard error and a path means a file.
            "info" or "information" or "1" or "0" or ['/', ..] => Microsoft.Extensions.Logging.LogLevel.Information,
            "warn" or "warning" => Microsoft.Extensions.Logging.LogLevel.Warning,
            "error" => Microsoft.Extensions.Logging.LogLevel.Error,
            "none" or "off" => Microsoft.Extensions.Logging.LogLevel.None,
            _ => throw Wrong(Setting.Log, text, "trace, debug, info, warning, error or none; for the launcher also 1 and a path that begins with /"),
        };
        return verbose && level > Microsoft.Extensions.Logging.LogLevel.Debug ? Microsoft.Extensions.Logging.LogLevel.Debug : level;
    }

    private bool Find(string setting, [NotNullWhen(true)] out string? text) => (text = configuration[setting]) is not null;

    private ConfigurationException Wrong(string setting, string value, string allowed) =>
        new($"{(OriginOf(setting) is { Where.Length: > 0 } origin ? origin.Where : setting)}: '{value}' is not allowed. Allowed: {allowed}.");
}
