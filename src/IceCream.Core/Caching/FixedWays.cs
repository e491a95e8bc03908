using System.Collections.Immutable;
using System.Text;
using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>
/// Finds paths that lead into one checkout wherever they are used: a source that names the checkout's folder, a link that leads there. Compiled in another checkout, such a source would
/// still read the file of this one, so its result is not shared.
/// </summary>
/// <param name="checkout">The checkout.</param>
/// <param name="bases">The folders that hold checkouts.</param>
internal sealed class FixedWays(Checkout checkout, ImmutableArray<string> bases)
{
    private readonly byte[] _fromBeside = Encoding.UTF8.GetBytes("../" + Path.GetFileName(checkout.Root));
    private readonly byte[] _onTheWay = Encoding.UTF8.GetBytes($"/{Path.GetFileName(checkout.Root)}/");
    private readonly byte[][] _fromOutside = [.. ((string[])["\"", "<"]).Select(before => Encoding.UTF8.GetBytes($"{before}{Path.GetFileName(checkout.Root)}/"))];

    /// <summary>Whether an input is such a link, or may hold such a path.</summary>
    public bool MayBeAmong(FileTree inputs) => inputs.Links.Any(IsWay) || inputs.Files.Any(MayHold);

    /// <summary>Whether a file that was read lies in a checkout, and not in this one.</summary>
    /// <param name="path">As the compiler names it.</param>
    /// <param name="folder">The working directory.</param>
    public bool LeadsBeside(string path, string folder)
    {
        string full = Path.GetFullPath(path, folder);
        return !checkout.Holds(full) && bases.Any(held => full.StartsWith(held.TrimEnd('/') + "/", StringComparison.Ordinal));
    }

    /// <summary>A link outside that leads into the checkout, or to a folder above it: whoever goes by it names the checkout behind it.</summary>
    private bool IsWay(TreeLink link)
    {
        string target = Path.GetFullPath(link.Target, Path.GetDirectoryName(link.Path)!);
        return !checkout.Holds(link.Path) && (checkout.Holds(target) || checkout.Root.StartsWith(target.TrimEnd('/') + "/", StringComparison.Ordinal));
    }

    /// <summary>Whether a file names the folder where a path may begin or go on. What an assembler reads, and what is only
    /// asked for, leaves no line in what is preprocessed: there a name that macros put together is not found, and the means are enough.</summary>
    private bool MayHold(TreeFile file)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is gone since, which says nothing of the store.
            return true;
        }

        return Digest.Of(bytes) != file.Digest || bytes.AsSpan().IndexOf(_fromBeside) >= 0 || bytes.AsSpan().IndexOf(_onTheWay) >= 0
            || (checkout.Holds(file.Path)
                ? bytes.AsSpan().IndexOf(".incbin"u8) >= 0 || bytes.AsSpan().IndexOf(".include"u8) >= 0 || (bytes.AsSpan().IndexOf("__has_include"u8) >= 0 && bytes.AsSpan().IndexOf("../"u8) >= 0)
                : Array.Exists(_fromOutside, way => bytes.AsSpan().IndexOf(way) >= 0));
    }
}
