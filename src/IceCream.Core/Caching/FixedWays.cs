using System.Collections.Immutable;
using System.Text;
using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>
/// Finds paths that lead into one checkout from anywhere: a source that contains the checkout's folder name, or a link to it. Compiled in another
/// checkout, such a source would still read the file of this one, so its result is not shared.
/// </summary>
/// <param name="checkout">The checkout.</param>
/// <param name="bases">The folders that contain checkouts.</param>
internal sealed class FixedWays(Checkout checkout, ImmutableArray<string> bases)
{
    private readonly byte[] _fromBeside = Encoding.UTF8.GetBytes("../" + Path.GetFileName(checkout.Root));
    private readonly byte[] _onTheWay = Encoding.UTF8.GetBytes($"/{Path.GetFileName(checkout.Root)}/");
    private readonly byte[][] _fromOutside = [.. ((string[])["\"", "<"]).Select(before => Encoding.UTF8.GetBytes($"{before}{Path.GetFileName(checkout.Root)}/"))];

    /// <summary>Whether an input is such a link, or may contain such a path.</summary>
    public bool MayBeAmong(FileTree inputs) => inputs.Links.Any(IsWay) || inputs.Files.Any(MayHold);

    /// <summary>Whether a file that was read is in another checkout.</summary>
    /// <param name="path">The path as the compiler names it.</param>
    /// <param name="folder">The working directory.</param>
    public bool LeadsBeside(string path, string folder)
    {
        string full = Path.GetFullPath(path, folder);
        return !checkout.Holds(full) && bases.Any(held => full.StartsWith(held.TrimEnd('/') + "/", StringComparison.Ordinal));
    }

    /// <summary>Whether a link is outside the checkout and leads into it, or to a folder above it: a path through the link contains the checkout's name.</summary>
    private bool IsWay(TreeLink link)
    {
        string target = Path.GetFullPath(link.Target, Path.GetDirectoryName(link.Path)!);
        return !checkout.Holds(link.Path) && (checkout.Holds(target) || checkout.Root.StartsWith(target.TrimEnd('/') + "/", StringComparison.Ordinal));
    }

    /// <summary>Whether a file contains the folder's name where a path may start or continue. Files that an assembler reads or that a source only tests for leave
    /// no line in the preprocessed output, and macros may compose their names: so the mere use of such directives counts too.</summary>
    private bool MayHold(TreeFile file)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file was removed meanwhile, which is no fault of the store.
            return true;
        }

        return Digest.Of(bytes) != file.Digest || bytes.AsSpan().IndexOf(_fromBeside) >= 0 || bytes.AsSpan().IndexOf(_onTheWay) >= 0
            || (checkout.Holds(file.Path)
                ? bytes.AsSpan().IndexOf(".incbin"u8) >= 0 || bytes.AsSpan().IndexOf(".include"u8) >= 0 || (bytes.AsSpan().IndexOf("__has_include"u8) >= 0 && bytes.AsSpan().IndexOf("../"u8) >= 0)
                : Array.Exists(_fromOutside, way => bytes.AsSpan().IndexOf(way) >= 0));
    }
}
