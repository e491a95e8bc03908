using System.Diagnostics;
using IceCream.Roots;
using Microsoft.Extensions.Logging;
using Xunit;

namespace IceCream.Tests.Roots;

/// <summary>Folders that foreign programs have filled, down to the last thing that no framework would touch.</summary>
public sealed class FolderRemovalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;

    private string Victim => Path.Combine(_folder, "victim");

    public void Dispose()
    {
        Sh("chattr -R -i \"$1\" 2>/dev/null; rm -rf \"$1\"", _folder);
    }

    [Fact]
    public void Names_that_are_no_text_go()
    {
        Sh("mkdir -p \"$1/$(printf 'a\\377b')/c\" && cd \"$1\" && touch \"$(printf '\\200')\" \"$(printf 'a\\377b/\\376')\" \"$(printf 'new\\nline')\"", Victim);

        FolderRemoval.Remove(Victim);

        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Folders_deeper_than_any_path_go()
    {
        // A tree grows at its root.
        string tree = Directory.CreateDirectory(Path.Combine(_folder, "0")).FullName;
        File.WriteAllText(Path.Combine(tree, "leaf"), "");
        for (int i = 1; i <= 300; i++)
        {
            string above = Directory.CreateDirectory(Path.Combine(_folder, $"{i}")).FullName;
            File.WriteAllText(Path.Combine(above, "beside"), "");
            Directory.Move(tree, Path.Combine(above, "level-of-some-length"));
            tree = above;
        }

        FolderRemoval.Remove(tree);

        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void More_names_than_are_read_at_once_go()
    {
        Directory.CreateDirectory(Path.Combine(Victim, "inner"));
        for (int i = 0; i < 1200; i++)
        {
            File.WriteAllText(Path.Combine(Victim, "inner", $"{i}"), "");
        }

        FolderRemoval.Remove(Victim);

        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Links_go_and_not_what_they_lead_to()
    {
        string kept = Path.Combine(_folder, "kept");
        Directory.CreateDirectory(kept);
        File.WriteAllText(Path.Combine(kept, "file"), "");
        Directory.CreateDirectory(Path.Combine(Victim, "inner"));
        File.CreateSymbolicLink(Path.Combine(Victim, "inner", "out"), kept);
        File.CreateSymbolicLink(Path.Combine(Victim, "nowhere"), "/nowhere/at/all");

        FolderRemoval.Remove(Victim);

        Assert.Equal([kept], Directory.GetFileSystemEntries(_folder));
        Assert.True(File.Exists(Path.Combine(kept, "file")));
    }

    [Fact]
    public void Rights_that_a_program_took_away_from_itself_keep_nothing()
    {
        Directory.CreateDirectory(Path.Combine(Victim, "a", "b"));
        File.WriteAllText(Path.Combine(Victim, "a", "b", "file"), "");
        Sh("chmod 0 \"$1/a/b\" && chmod 0 \"$1/a\" && chmod 0 \"$1\"", Victim);

        FolderRemoval.Remove(Victim);

        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void What_is_not_there_is_as_good_as_removed() => FolderRemoval.Remove(Path.Combine(Victim, "further", "down"));

    [ImmutableFact]
    public void What_cannot_be_removed_stays_alone_and_is_told()
    {
        Directory.CreateDirectory(Path.Combine(Victim, "a", "b"));
        string rock = Path.Combine(Victim, "a", "rock");
        File.WriteAllText(rock, "");
        File.WriteAllText(Path.Combine(Victim, "a", "b", "file"), "");
        Sh("chattr +i \"$1\"", rock);

        Assert.Contains("error 1", Assert.Throws<IOException>(() => FolderRemoval.Remove(Victim)).Message, StringComparison.Ordinal);

        Assert.Equal([Path.Combine(Victim, "a"), rock], Directory.GetFileSystemEntries(Victim, "*", SearchOption.AllDirectories));
    }

    [ImmutableFact]
    public void A_start_sets_aside_what_nobody_can_remove_and_tells_it_once()
    {
        var told = new Told();
        using (var ended = new RootsFolder(_folder, told))
        {
            string rock = Path.Combine(ended.Path, "rock");
            File.WriteAllText(rock, "");
            Sh("chattr +i \"$1\"", rock);
        }

        Assert.Contains("set-aside", Assert.Single(told.Lines), StringComparison.Ordinal);
        string aside = Assert.Single(Directory.GetFileSystemEntries(_folder));
        Assert.True(File.Exists(Path.Combine(Assert.Single(Directory.GetDirectories(aside)), "rock")));

        // Also when it is found by the one that comes after: what has no lock holder is an orphan.
        string orphan = Path.Combine(_folder, "1-orphan");
        Directory.CreateDirectory(orphan);
        File.WriteAllText(orphan + ".lock", "");
        File.WriteAllText(Path.Combine(orphan, "rock"), "");
        Sh("chattr +i \"$1\"", Path.Combine(orphan, "rock"));
        for (int start = 0; start < 2; start++)
        {
            new RootsFolder(_folder, told).Dispose();
        }

        Assert.Equal(2, told.Lines.Count);
        Assert.Equal(2, Directory.GetDirectories(aside).Length);
        Assert.Equal([aside], Directory.GetFileSystemEntries(_folder));
    }

    private static void Sh(string script, string argument)
    {
        using Process process = Process.Start("/bin/sh", ["-c", script, "sh", argument]);
        process.WaitForExit();
    }

    private sealed class Told : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }

    /// <summary>A test that marks files as immutable, which needs a privilege and a file system that knows how; skipped, with the reason, without.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ImmutableFactAttribute : FactAttribute
    {
        public ImmutableFactAttribute()
        {
            string file = Path.GetTempFileName();
            Sh("chattr +i \"$1\" 2>/dev/null", file);
            try
            {
                File.Delete(file);
                Skip = "No file can be made immutable here.";
            }
            catch (UnauthorizedAccessException)
            {
                Sh("chattr -i \"$1\"; rm -f \"$1\"", file);
            }
        }
    }
}
