using System.Collections.Immutable;
using System.Text;
using IceCream.CommandLine;
using IceCream.Jobs;

namespace IceCream.Tests.Nodes;

/// <summary>One compile, what it needs, and whether it may leave.</summary>
/// <param name="Name">What is special about it.</param>
/// <param name="Compilers">The compilers that it is tried with, parted by spaces.</param>
/// <param name="Command">The arguments as a response file would hold them. <c>SRC</c> stands for <c>a.c</c> or, with a C++ compiler, for <c>a.cc</c>.</param>
public sealed record ExactnessRow(string Name, string Compilers, string Command)
{
    public const string Four = "gcc g++ clang clang++", OfC = "gcc clang", OfCxx = "g++ clang++", Mixed = "gcc clang++";

    public ImmutableArray<(string Path, byte[] Content)> Files { get; private init; } = [];

    /// <summary>A shell script that makes what files alone cannot: links, and the work of earlier commands. <c>$CC</c> is the compiler.</summary>
    public string Script { get; private init; } = "";

    public ImmutableArray<string> Environment { get; private init; } = [];

    /// <summary>Variables that no compiler obeys, and that go along only where a wrapper of one may.</summary>
    public ImmutableArray<string> OtherVariables { get; private init; } = [];

    /// <summary>The program to call: <c>TOP</c> is the row's own folder, <c>CC</c> the compiler's name. Empty for the compiler itself.</summary>
    public string Program { get; private init; } = "";

    /// <summary>The folder to compile in, below the row's own.</summary>
    public string Folder { get; private init; } = "";

    /// <summary>Why it stays; null when it leaves.</summary>
    public LocalOnlyKind? Stays { get; private init; }

    /// <summary>What the reason must name.</summary>
    public string Because { get; private init; } = "";

    /// <summary>Whether the clock goes into what it writes.</summary>
    public bool ReadsClock { get; private init; }

    /// <summary>The end of the names of files whose content differs from run to run by its nature.</summary>
    public string Restless { get; private init; } = "";

    /// <summary>Whether its words differ from run to run by their nature.</summary>
    public bool SpeaksOfItself { get; private init; }

    /// <summary>A program of the compiler that is not always installed.</summary>
    public string Needs { get; private init; } = "";

    /// <summary>Whether no result of it is kept: it cannot be told when that would be true again.</summary>
    public bool IsNeverKnown { get; private init; }

    public ExactnessRow With(string path, string text) => WithBytes(path, Encoding.UTF8.GetBytes(text));

    public ExactnessRow WithBytes(string path, byte[] content) => this with { Files = Files.Add((path, content)) };

    public ExactnessRow After(string script) => this with { Script = script };

    public ExactnessRow Told(params string[] variables) => this with { Environment = [.. Environment, .. variables] };

    public ExactnessRow Kept(params string[] variables) => this with { OtherVariables = [.. variables] };

    public ExactnessRow By(string program) => this with { Program = program };

    public ExactnessRow In(string folder) => this with { Folder = folder };

    public ExactnessRow Here(LocalOnlyKind kind, string because) => this with { Stays = kind, Because = because };

    public ExactnessRow ByTheClock() => this with { ReadsClock = true, IsNeverKnown = true };

    public ExactnessRow NeverKnown() => this with { IsNeverKnown = true };

    public ExactnessRow ExceptFor(string ending) => this with { Restless = ending };

    public ExactnessRow ExceptForWords() => this with { SpeaksOfItself = true };

    public ExactnessRow Needing(string program) => this with { Needs = program };

    public ImmutableArray<string> CommandFor(string compiler, string top) =>
    [
        Program.Length == 0 ? compiler : Program.Replace("TOP", top, StringComparison.Ordinal).Replace("CC", compiler, StringComparison.Ordinal),
        .. ResponseFiles.Split(Named(Command, compiler)),
    ];

    /// <summary>A name or text with the source's name for a compiler.</summary>
    public static string Named(string text, string compiler) =>
        text.Replace("SRC", compiler.EndsWith("++", StringComparison.Ordinal) ? "a.cc" : "a.c", StringComparison.Ordinal);
}
