using IceCream.Inputs;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Inputs;

/// <summary>Folders of links: Bazel's, and those of Nix, hold nothing else.</summary>
public sealed class ManifestLinkTests : IDisposable
{
    private readonly ScannedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Links_keep_the_list_when_what_they_lead_to_is_edited()
    {
        int[] all = [.. Enumerable.Range(0, 50)];
        Directory.CreateDirectory(Path.Combine(_folder.Root, "links"));
        foreach (int i in all)
        {
            _folder.Write($"real/h{i}.h", $"int h{i};\n");
            File.CreateSymbolicLink(Path.Combine(_folder.Root, $"links/h{i}.h"), $"../real/h{i}.h");
        }

        _folder.Write("main.c", string.Concat(all.Select(static i => $"#include <h{i}.h>\n")));
        CollectedInputs first = await CollectAsync();
        Assert.Equal(InputStage.Scanner, first.Stage);
        Assert.Equal(all.Length, first.Tree!.Links.Length);
        _folder.Write("real/h7.h", "long h7;\n");
        CollectedInputs again = await CollectAsync();

        Assert.Equal(InputStage.Manifest, again.Stage);
        Assert.Equal(Digest.Of("long h7;\n"u8), Assert.Single(again.Tree!.Files, static file => file.Path.EndsWith("/h7.h", StringComparison.Ordinal)).Digest);
    }

    private async Task<CollectedInputs> CollectAsync() => await _folder.Discovery.CollectAsync(_folder.Job("gcc", "-nostdinc", "-Ilinks", "-c", "main.c"));
}
