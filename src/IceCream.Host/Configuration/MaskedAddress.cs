namespace IceCream.Host.Configuration;

/// <summary>Shows the address of a shared result cache without what lets one in: settings and errors are printed, logged and pasted into reports.</summary>
internal static class MaskedAddress
{
    /// <summary>The end of an address of agents that only read.</summary>
    public const string ReadOnlyMark = "|read-only";

    private const string Mask = "***", Scheme = "://", Key = "password";

    /// <summary>The address with its password masked, also if it is not well-formed. Rather too much is masked than too little.</summary>
    public static string Of(string text)
    {
        string mark = text.EndsWith(ReadOnlyMark, StringComparison.Ordinal) ? ReadOnlyMark : "", address = text[..^mark.Length];
        int scheme = address.IndexOf(Scheme, StringComparison.Ordinal), begin = scheme + Scheme.Length, end = address.LastIndexOf('@');
        if (scheme >= 0 && end >= begin)
        {
            // A name with nothing behind it may be a password whose colon was forgotten.
            int colon = address.IndexOf(':', begin, end - begin);
            address = $"{address[..(colon < 0 ? begin : colon + 1)]}{Mask}{address[end..]}";
        }

        return string.Join(',', address.Split(',').Select(OfPart)) + mark;
    }

    /// <summary>An option of a connection string, such as <c>password=…</c>; other parts stay as they are.</summary>
    private static string OfPart(string part)
    {
        int equals = part.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && part[..equals].Trim().EndsWith(Key, StringComparison.OrdinalIgnoreCase) ? part[..(equals + 1)] + Mask : part;
    }
}
