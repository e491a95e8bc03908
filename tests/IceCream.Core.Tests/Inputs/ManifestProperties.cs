using System.Collections.Immutable;
using IceCream.Inputs;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Inputs;

/// <summary>Whatever is edited between two compiles, the second is told what the compiler reads now. <c>ICECREAM_CASES</c> sets how many trees are tried.</summary>
public sealed class ManifestProperties
{
    private const int EditsPerTree = 4;

    private static readonly int Cases = Tests.Cases.Or(15);

    [Fact]
    public async Task After_any_edit_the_tree_holds_what_the_compiler_reads()
    {
        int remembered = 0, compared = 0;
        for (int seed = 1; seed <= Cases; seed++)
        {
            using var folder = new ScannedFolder();
            var sources = new RandomSources(seed);
            var random = new Random(seed);
            sources.WriteTo(folder);
            CompileJob job = folder.Job(
                seed % 2 == 0 ? "g++" : "clang++", "-Itwo", "-iquote", "quote", "-Ione", "-Ilink", "-idirafter", "after", "-DH3=<a.h>", "-c", "src/main.cc");
            await folder.Discovery.CollectAsync(job);
            for (int i = 0; i < EditsPerTree; i++)
            {
                string edit = Edit(folder, sources, random);
                CollectedInputs found = await folder.Discovery.CollectAsync(job);
                remembered += found.Stage == InputStage.Manifest ? 1 : 0;
                if (await folder.AskAsync(job) is not { } read || found.Tree is not { } tree)
                {
                    continue;
                }

                compared++;
                ILookup<string, Digest> known = tree.Files.ToLookup(file => file.Path, file => file.Digest);
                foreach (string path in read)
                {
                    string real = folder.Real(path);
                    Assert.True(known[real].Contains(Digest.Of(File.ReadAllBytes(real))), $"seed {seed}, {edit}: {job.CommandLine[0]} reads {path}, by {found.Stage}");
                }
            }
        }

        Assert.True(compared > Cases * EditsPerTree / 2, $"{compared} compared");
        Assert.True(remembered > Cases / 2, $"{remembered} remembered");
    }

    private static string Edit(ScannedFolder folder, RandomSources sources, Random random)
    {
        string name = RandomSources.Folders[random.Next(RandomSources.Folders.Length)] + RandomSources.Names[random.Next(RandomSources.Names.Length)];
        string path = folder.Real(name);
        string link = Path.Combine(folder.Root, "link");
        switch (random.Next(8))
        {
            case 0 when File.Exists(path):
                File.Delete(path);
                return "deleted " + name;
            case 1 when File.Exists(path):
                File.AppendAllText(path, "/* more */\n");
                return "appended to " + name;
            case 2 when File.Exists(path):
                File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddSeconds(random.Next(1_000_000)));
                return "touched " + name;
            case 3:
                File.Delete(link);
                string target = RandomSources.Folders[1 + random.Next(RandomSources.Folders.Length - 1)].TrimEnd('/');
                File.CreateSymbolicLink(link, target);
                return "link to " + target;
            case 4 when File.Exists(path):
                File.WriteAllText(path + ".new", sources.Header());
                File.Move(path + ".new", path, overwrite: true);
                return "replaced " + name;
            case 5:
                folder.Write("src/main" + random.Next() + ".o", "");
                return "an object";
            case 6 when !Path.Exists(path):
                folder.Write(name + ".target", sources.Header());
                File.CreateSymbolicLink(path, Path.GetFileName(name) + ".target");
                return "a link at " + name;
            case 7:
                string from = Path.Combine(folder.Root, "two"), aside = Path.Combine(folder.Root, "aside");
                Directory.Move(Directory.Exists(from) ? from : aside, Directory.Exists(from) ? aside : from);
                return "moved a folder";
            default:
                folder.Write(name, sources.Header());
                return "wrote " + name;
        }
    }
}
