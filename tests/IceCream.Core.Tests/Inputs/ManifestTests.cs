using System.Collections.Immutable;
using System.Security.Cryptography;
using IceCream.Inputs;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Inputs;

public sealed class ManifestTests : IDisposable
{
    private readonly ScannedFolder _folder = new();

    public ManifestTests()
    {
        _folder.Write("one/none", "");
        _folder.Write("two/a.h", "#include \"b.h\"\n");
        _folder.Write("two/b.h", "int b;\n");
        _folder.Write("main.c", "#include <a.h>\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_command_that_comes_again_gets_the_same_tree()
    {
        CollectedInputs first = await CollectAsync(), second = await CollectAsync();

        Assert.Equal((InputStage.Scanner, InputStage.Manifest), (first.Stage, second.Stage));
        Assert.Same(first.Tree, second.Tree);
        Assert.Equal(["a.h", "b.h", "main.c"], Names(first).Order(StringComparer.Ordinal));
        Assert.Contains(new NamedCount("manifest", 1), _folder.Counters.Read());
    }

    [Fact]
    public async Task Another_command_line_or_environment_is_another_command()
    {
        await CollectAsync();
        Assert.Equal(InputStage.Scanner, (await _folder.Discovery.CollectAsync(_folder.Job("gcc", "-nostdinc", "-Ione", "-Itwo", "-O2", "-c", "main.c"))).Stage);
        CompileJob job = Job();
        Assert.Equal(InputStage.Scanner, (await _folder.Discovery.CollectAsync(job with { Environment = [.. job.Environment, "CPATH=/nowhere"] })).Stage);
        Assert.Equal(InputStage.Scanner, (await _folder.Discovery.CollectAsync(job with { Toolchain = Digest.Of("other"u8) })).Stage);
    }

    [Fact]
    public async Task A_response_file_is_part_of_the_command_by_its_name_as_well_as_by_its_words()
    {
        _folder.Write("same.rsp", "-DV=2");
        _folder.Write("outer.rsp", "@same.rsp");
        CompileJob plain = _folder.Job("gcc", "-DV=2", "-c", "main.c"), other = _folder.Job("gcc", "@same.rsp", "-c", "main.c"), nested = _folder.Job("gcc", "@outer.rsp", "-c", "main.c");
        _folder.Write("outer.rsp", "-DV=2");
        CompileJob flat = _folder.Job("gcc", "@outer.rsp", "-c", "main.c");
        Assert.All([other, nested, flat], job => Assert.Equal(plain.Invocation!.Arguments.AsEnumerable(), job.Invocation!.Arguments));

        Assert.Equal(4, new[] { plain, other, nested, flat }.Select(static job => ManifestStore.KeyOf(job, "")).Distinct().Count());
        Assert.Equal(["outer.rsp", "same.rsp"], nested.Invocation!.NamedInputs.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Edits_between_directives_keep_the_list_and_change_the_digest()
    {
        await CollectAsync();
        int read = _folder.Reader.ContentsRead;
        _folder.Write("two/b.h", "int c;\n");
        CollectedInputs again = await CollectAsync();

        Assert.Equal(InputStage.Manifest, again.Stage);
        Assert.Equal(read + 1, _folder.Reader.ContentsRead);
        Assert.Equal(Digest.Of("int c;\n"u8), Assert.Single(again.Tree!.Files, file => file.Path.EndsWith("/b.h", StringComparison.Ordinal)).Digest);
        Assert.Same(again.Tree, (await CollectAsync()).Tree);
    }

    [Fact]
    public async Task A_file_written_anew_with_the_same_bytes_and_time_keeps_the_tree()
    {
        CollectedInputs first = await CollectAsync();
        string path = Path.Combine(_folder.Root, "two/b.h");
        DateTime modified = File.GetLastWriteTimeUtc(path);
        File.WriteAllText(path + ".new", "int b;\n");
        File.SetLastWriteTimeUtc(path + ".new", modified);
        File.Move(path + ".new", path, overwrite: true);

        CollectedInputs again = await CollectAsync();
        Assert.Equal(InputStage.Manifest, again.Stage);
        Assert.Same(first.Tree, again.Tree);
    }

    [Fact]
    public async Task A_touched_file_keeps_the_list()
    {
        await CollectAsync();
        File.SetLastWriteTimeUtc(Path.Combine(_folder.Root, "two/b.h"), DateTime.UnixEpoch.AddDays(1));

        CollectedInputs again = await CollectAsync();
        Assert.Equal(InputStage.Manifest, again.Stage);
        Assert.Contains(again.Tree!.Files, file => file.Modified == 86400);
    }

    [Fact]
    public async Task Objects_beside_the_sources_change_nothing()
    {
        CollectedInputs first = await CollectAsync();
        for (int i = 0; i < 3; i++)
        {
            _folder.Write($"main{i}.o", "");
            _folder.Write($"one/{i}.h", "");
            CollectedInputs again = await CollectAsync();
            Assert.Equal(InputStage.Manifest, again.Stage);
            Assert.Same(first.Tree, again.Tree);
        }
    }

    [Theory]
    [InlineData("one/a.h")]
    [InlineData("one/a.h.gch")]
    [InlineData("two/b.h.gch")]
    public async Task A_file_where_one_was_looked_for_in_vain_is_noticed(string name)
    {
        await CollectAsync();
        _folder.Write(name, "");
        Assert.NotEqual(InputStage.Manifest, (await CollectAsync()).Stage);
    }

    [Fact]
    public async Task A_precompiled_header_leaves_with_its_header_as_long_as_it_is_there_and_no_older()
    {
        _folder.Write("forced.h", "#include \"part.h\"\n");
        _folder.Write("part.h", "#define PART 1\n");
        _folder.Write("forced.h.gch", "gpch");
        CompileJob job = _folder.Job("gcc", "-nostdinc", "-Itwo", "-include", "forced.h", "-c", "main.c");
        Assert.Equal((InputStage.Scanner, "forced.h forced.h.gch part.h"), await ForcedAsync());
        Assert.Equal((InputStage.Manifest, "forced.h forced.h.gch part.h"), await ForcedAsync());
        _folder.Write("forced.h.gch", "gpch of another kind");
        CollectedInputs rewritten = await _folder.Discovery.CollectAsync(job);
        Assert.Equal(Digest.Of("gpch of another kind"u8), Assert.Single(rewritten.Tree!.Files, static file => file.Path.EndsWith(".gch", StringComparison.Ordinal)).Digest);
        _folder.Write("part.h", "#define PART 1\n#define MORE 1\n");
        File.SetLastWriteTimeUtc(Path.Combine(_folder.Root, "part.h"), DateTime.UtcNow.AddMinutes(1));
        Assert.Equal(LocalOnlyKind.PrecompiledHeader, (await _folder.Discovery.CollectAsync(job)).LocalOnly?.Kind);
        File.Delete(Path.Combine(_folder.Root, "forced.h.gch"));
        Assert.Equal((InputStage.Scanner, "forced.h part.h"), await ForcedAsync());
        Directory.CreateDirectory(Path.Combine(_folder.Root, "forced.h.gch"));
        Assert.Equal(LocalOnlyKind.PrecompiledHeader, (await _folder.Discovery.CollectAsync(job)).LocalOnly?.Kind);

        async Task<(InputStage Stage, string Names)> ForcedAsync()
        {
            CollectedInputs inputs = await _folder.Discovery.CollectAsync(job);
            return (inputs.Stage, string.Join(' ', Names(inputs).Where(static name => name.Contains("forced", StringComparison.Ordinal) || name == "part.h").Order(StringComparer.Ordinal)));
        }
    }

    [Fact]
    public async Task Of_many_names_looked_for_in_vain_the_one_that_comes_is_noticed()
    {
        _folder.Write("main.c", string.Concat(Enumerable.Range(0, 200).Select(static i => $"#include <{i}.h>\n")));
        for (int i = 0; i < 200; i++)
        {
            _folder.Write($"two/{i}.h", "");
        }

        CollectedInputs first = await CollectAsync();
        _folder.Write("one/none.h", "");
        Assert.Same(first.Tree, (await CollectAsync()).Tree);
        _folder.Write("one/77.h", "");
        CollectedInputs shadowed = await CollectAsync();
        Assert.Equal(InputStage.Scanner, shadowed.Stage);
        Assert.Contains(shadowed.Tree!.Files, file => file.Path.EndsWith("one/77.h", StringComparison.Ordinal));
        File.Delete(Path.Combine(_folder.Root, "one/77.h"));
        Assert.Equal(InputStage.Scanner, (await CollectAsync()).Stage);
    }

    [Fact]
    public async Task A_link_that_comes_to_lead_elsewhere_is_noticed()
    {
        _folder.Write("three/a.h", "#include \"b.h\"\n");
        _folder.Write("three/b.h", "int three;\n");
        string link = Path.Combine(_folder.Root, "link");
        File.CreateSymbolicLink(link, "two");
        CompileJob job = _folder.Job("gcc", "-nostdinc", "-Ilink", "-c", "main.c");
        await _folder.Discovery.CollectAsync(job);
        Assert.Equal(InputStage.Manifest, (await _folder.Discovery.CollectAsync(job)).Stage);

        File.Delete(link);
        File.CreateSymbolicLink(link, "three");
        CollectedInputs again = await _folder.Discovery.CollectAsync(job);
        Assert.Contains(again.Tree!.Files, file => file.Path.EndsWith("three/b.h", StringComparison.Ordinal));
        Assert.Equal([new TreeLink(link, "three")], again.Tree.Links.AsEnumerable());
    }

    [Fact]
    public async Task A_link_that_led_nowhere_and_now_leads_somewhere_is_noticed()
    {
        File.CreateSymbolicLink(Path.Combine(_folder.Root, "one/a.h"), "../later.h");
        await CollectAsync();
        Assert.Equal(InputStage.Manifest, (await CollectAsync()).Stage);
        _folder.Write("later.h", "");
        Assert.Contains("later.h", Names(await CollectAsync()));
    }

    [Theory]
    [InlineData("one/a.h")]
    [InlineData("one")]
    [InlineData("one/sub")]
    public async Task A_link_that_led_nowhere_and_now_leads_in_a_circle_is_noticed(string link)
    {
        // Compilers go on to the next folder where nothing is, and break off at a circle.
        File.Delete(Path.Combine(_folder.Root, "one/none"));
        if (link == "one")
        {
            Directory.Delete(Path.Combine(_folder.Root, link));
        }

        _folder.Write("two/sub/c.h", "");
        _folder.Write("main.c", "#include <a.h>\n#include <sub/c.h>\n");
        string path = Path.Combine(_folder.Root, link), target = Path.Combine(_folder.Root, "nowhere");
        File.CreateSymbolicLink(path, target);
        await CollectAsync();
        Assert.Equal(InputStage.Manifest, (await CollectAsync()).Stage);
        File.CreateSymbolicLink(target, path);
        CollectedInputs circle = await CollectAsync();
        Assert.NotEqual(InputStage.Manifest, circle.Stage);
        Assert.NotNull(circle.LocalOnly);
        File.Delete(target);
        Assert.Null((await CollectAsync()).LocalOnly);
    }

    [Fact]
    public async Task A_search_folder_that_comes_is_noticed()
    {
        CompileJob job = _folder.Job("gcc", "-nostdinc", "-Ilater", "-Itwo", "-c", "main.c");
        await _folder.Discovery.CollectAsync(job);
        Assert.Equal(InputStage.Manifest, (await _folder.Discovery.CollectAsync(job)).Stage);
        _folder.Write("later/a.h", "");
        Assert.Contains((await _folder.Discovery.CollectAsync(job)).Tree!.Files, file => file.Path.EndsWith("later/a.h", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("main.o", true)]
    [InlineData("one/a.h", false)]
    [InlineData("two/b.h", false)]
    public async Task What_another_process_remembered_holds_until_something_changes(string written, bool holds)
    {
        string path = Path.Combine(_folder.Root, "state");
        (InputDiscovery discovery, ManifestStore manifests) = _folder.DiscoveryFrom(path);
        CollectedInputs first = await discovery.CollectAsync(Job());
        manifests.Dispose();
        if (written.Length > 0)
        {
            _folder.Write(written, "#define NEW\n");
        }

        (discovery, manifests) = _folder.DiscoveryFrom(path);
        using (manifests)
        {
            CollectedInputs again = await discovery.CollectAsync(Job());
            Assert.Equal(holds ? InputStage.Manifest : InputStage.Scanner, again.Stage);
            Assert.Equal(holds, again.Tree!.Files.SequenceEqual(first.Tree!.Files));
        }
    }

    [Fact]
    public async Task A_broken_file_is_no_file()
    {
        string path = Path.Combine(_folder.Root, "state");
        (InputDiscovery discovery, ManifestStore manifests) = _folder.DiscoveryFrom(path);
        await discovery.CollectAsync(Job());
        manifests.Dispose();
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length += 97)
        {
            byte[] broken = whole[..length];
            File.WriteAllBytes(path, length % 2 == 0 ? broken : [.. broken, .. SHA256.HashData(broken)]);
            (discovery, manifests) = _folder.DiscoveryFrom(path);
            Assert.Equal(InputStage.Scanner, (await discovery.CollectAsync(Job())).Stage);
            manifests.Dispose();
        }
    }

    private CompileJob Job() => _folder.Job("gcc", "-nostdinc", "-Ione", "-Itwo", "-c", "main.c");

    private async Task<CollectedInputs> CollectAsync() => await _folder.Discovery.CollectAsync(Job());

    private static ImmutableArray<string> Names(CollectedInputs inputs) => [.. inputs.Tree!.Files.Select(file => Path.GetFileName(file.Path))];
}
