using System.CommandLine;
using System.Globalization;
using IceCream.Caching;
using IceCream.Host.Caching;
using IceCream.Host.Caching.Ccache;
using IceCream.Host.Configuration;

namespace IceCream.Host.Commands;

/// <summary>
/// <c>icehost ccache-storage</c>: a ccache storage helper, which ccache itself starts under the name <c>ccache-storage-icecream</c>. ccache passes its parameters in environment
/// variables. The store comes from the attribute <c>store</c> of ccache's <c>remote_storage</c>, else from <c>ICECREAM_CACHE_SHARED</c>.
/// </summary>
internal static class CcacheStorageCommand
{
    /// <summary>The program name that ccache runs for addresses that begin with <c>icecream:</c>.</summary>
    public const string ProgramName = "ccache-storage-icecream";

    public const string Word = "ccache-storage";

    private const string Endpoint = "CRSH_IPC_ENDPOINT", IdleTimeout = "CRSH_IDLE_TIMEOUT", Attributes = "CRSH_NUM_ATTR", AttributeKey = "CRSH_ATTR_KEY_", AttributeValue = "CRSH_ATTR_VALUE_";
    private const int MostAttributes = 64, MostIdle = 7 * 24 * 3600;

    public static Command Build()
    {
        var command = new Command(Word, "Keep the results of ccache 4.13 and later in the shared store: ccache starts it by itself, under the name " + ProgramName + ".");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Func<string, string?> variable = Environment.GetEnvironmentVariable;
            string path = variable(Endpoint) is { Length: > 0 } endpoint ? endpoint
                : throw new ConfigurationException($"{Endpoint} does not name a socket: ccache sets it when it starts {ProgramName}.");
            TimeSpan? idle = IdleOf(variable(IdleTimeout));
            var storage = new CcacheStorage(StoreOf(variable, parsed.Settings()), TimeProvider.System);
            string identity = $"icehost {typeof(IceHost).Assembly.GetName().Version!.ToString(3)}";
            await using var helper = new CcacheHelper(path, storage, idle, identity, TimeProvider.System);
            await helper.RunAsync(cancellationToken);
            return 0;
        });
        return command;
    }

    /// <summary>Whether the program was started under the helper's name: argv[0] is read from the kernel, which is right however the runtime was started.</summary>
    public static bool IsMeant()
    {
        try
        {
            return Path.GetFileName(File.ReadAllText("/proc/self/cmdline").Split('\0')[0]) == ProgramName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without /proc, only the command starts the helper.
            return false;
        }
    }

    /// <summary>In seconds; null (0 or unset) for none.</summary>
    private static TimeSpan? IdleOf(string? text) =>
        text is null or "" or "0" ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds <= MostIdle ? TimeSpan.FromSeconds(seconds)
        : throw new ConfigurationException($"{IdleTimeout} is '{text}', but must be a number of seconds up to {MostIdle}; 0: for ever.");

    private static ISharedResults StoreOf(Func<string, string?> variable, Settings settings)
    {
        int count = int.TryParse(variable(Attributes), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? Math.Min(number, MostAttributes) : 0;
        string? named = Enumerable.Range(0, count).Where(index => variable(AttributeKey + index) == "store").Select(index => variable(AttributeValue + index)).FirstOrDefault();
        return named is not null
            ? SharedStores.Of(named) ?? throw new ConfigurationException($"The attribute store of ccache's remote_storage is '{MaskedAddress.Of(named)}', but must be an address as ICECREAM_CACHE_SHARED has it.")
            : SharedStores.Of(settings)
                ?? throw new ConfigurationException("No shared store is named: set ICECREAM_CACHE_SHARED, or in ccache's remote_storage the attribute @store, as in 'icecream://shared @store=redis://HOST'.");
    }
}
