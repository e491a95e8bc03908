using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Tests.Execution;
using Xunit;

namespace IceCream.Tests.Roots;

/// <summary>Jobs that get the roots of others: each sees its own files, and no others.</summary>
public sealed class SharedRootsTests : CompiledElsewhere
{
    [Fact]
    public async Task A_job_leaves_its_root_and_nothing_of_its_own()
    {
        Write("a.c", "int x;\n");
        await CompileAsync(["gcc", "-c", "a.c", "-o", "out.o"]);

        string root = Assert.Single(Directory.GetFileSystemEntries(Path.Combine(Folder, "roots")));
        Assert.Equal([Path.Combine(root, "root")], Directory.GetFileSystemEntries(root));
    }

    [Fact]
    public Task Each_job_sees_its_own_headers_and_no_others() => EachjobseesitsownheadersandnoothersAsync("gcc");

    [Fact]
    [Trait("Length", "Long")]
    public Task Each_job_sees_its_own_headers_and_no_others_by_Clang() => EachjobseesitsownheadersandnoothersAsync("clang");

    private async Task EachjobseesitsownheadersandnoothersAsync(string compiler)
    {
        Write("one/.keep", "");
        Write("two/a.h", "int first;\n");
        Write("a.c", "#include <a.h>\n#if __has_include(<extra.h>)\nint extra;\n#endif\n");
        ImmutableArray<string> command = [compiler, "-Ione", "-Itwo", "-MD", "-c", "a.c", "-o", "build/out.o"];
        Directory.CreateDirectory(Path.Combine(Source, "build"));

        await SameAsHomeAsync(command);
        Write("two/a.h", "int a_second_version;\n");
        await SameAsHomeAsync(command);

        // A header that comes before the other, and one that is merely asked for: both there, then gone.
        Write("one/a.h", "int in_the_way;\n");
        Write("two/extra.h", "");
        await SameAsHomeAsync(command);
        File.Delete(Path.Combine(Source, "one/a.h"));
        File.Delete(Path.Combine(Source, "two/extra.h"));
        await SameAsHomeAsync(command);

        // What was a file is a folder, what was a folder is a link.
        Directory.Delete(Path.Combine(Source, "one"), recursive: true);
        File.CreateSymbolicLink(Path.Combine(Source, "one"), "three");
        Write("three/a.h/inner.h", "int inner;\n");
        Write("a.c", "#include <a.h/inner.h>\n");
        await SameAsHomeAsync(command);
        Assert.Single(Directory.GetFileSystemEntries(Path.Combine(Folder, "roots")));
    }

    [Fact]
    public Task ManyFolders_beside_the_object_are_those_of_home() => ManyFoldersbesidetheobjectarethoseofhomeAsync("gcc");

    [Fact]
    [Trait("Length", "Long")]
    public Task ManyFolders_beside_the_object_are_those_of_home_by_Clang() => ManyFoldersbesidetheobjectarethoseofhomeAsync("clang");

    private async Task ManyFoldersbesidetheobjectarethoseofhomeAsync(string compiler)
    {
        // More that hold a header than are shown one by one, some that hold none, links, and headers that are equal but for their place.
        string[] numbers = [.. Enumerable.Range(0, 40).Select(i => $"{i:00}")];
        foreach ((int i, string number) in numbers.Index())
        {
            Write($"d{number}/deep/a{number}.h", $"#pragma once\n#include <same.h>\nint a{number};\n");
            Write($"d{number}/same.h", "#pragma once\n#include \"deep/own.h\"\n");
            // By which GCC tells them apart.
            File.SetLastWriteTimeUtc(Path.Combine(Source, $"d{number}/same.h"), DateTime.UnixEpoch.AddDays(10_000 + i));
            Write($"d{number}/deep/own.h", $"int own{number};\n");
            Directory.CreateDirectory(Path.Combine(Source, "empty" + number));
            File.CreateSymbolicLink(Path.Combine(Source, "link" + number), $"d{number}/deep");
        }

        Write("a.c", string.Concat(numbers.Select(number => $"#include \"empty{number}/../d{number}/same.h\"\n#include <a{number}.h>\n")));
        ImmutableArray<string> folders = [.. numbers.SelectMany(number => (string[])[$"-Iempty{number}", $"-Ilink{number}", $"-Id{number}"])];
        await SameAsHomeAsync([compiler, .. folders, "-g", "-MD", "-c", "a.c", "-o", "out.o"]);
        await SameAsHomeAsync([compiler, .. folders, "-g", "-MD", "-c", "a.c", "-o", "d07/out.o"]);
        await SameAsHomeAsync([compiler, .. folders, "-g", "-MD", "-MF", "out.d", "-c", "a.c", "-o", "d08/deep/out.o"]);
    }

    [Fact]
    public async Task Compilers_that_take_turns_keep_their_roots()
    {
        Write("a.c", "int x;\n");
        Directory.CreateDirectory(Path.Combine(Source, "build"));
        foreach (string compiler in (string[])["gcc", "clang", "gcc", "clang"])
        {
            await SameAsHomeAsync([compiler, "-g", "-c", "a.c", "-o", "build/out.o"]);
        }

        Assert.Equal(2, Directory.GetFileSystemEntries(Path.Combine(Folder, "roots")).Length);
    }

    [Fact]
    public async Task Jobs_at_the_same_time_do_not_disturb_one_another()
    {
        Directory.CreateDirectory(Path.Combine(Source, "build"));
        var jobs = new List<CompileJob>();
        for (int i = 0; i < 6; i++)
        {
            Write("a.h", $"int version_{i};\n");
            Write("a.c", "#include \"a.h\"\n");
            jobs.Add(await PrepareAsync(["gcc", "-S", "a.c", "-o", "build/out.s"]));
        }

        CompileResult[] results = await Task.WhenAll(jobs.Select(job => Task.Run(async () => await Executor.ExecuteAsync(job))));
        for (int i = 0; i < results.Length; i++)
        {
            string assembly = System.Text.Encoding.UTF8.GetString(Assert.Single(results[i].Outputs).Content.ToArray());
            Assert.Contains($"version_{i}", assembly, StringComparison.Ordinal);
        }
    }
}
