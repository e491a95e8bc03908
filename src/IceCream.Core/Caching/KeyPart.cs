namespace IceCream.Caching;

/// <summary>
/// What a result is known by. Each part has its reason in <c>docs/cache.md</c>; tests leave one out and see a wrong result. In the command's
/// key are those up to <see cref="Outputs"/>, in the set of inputs the others.
/// </summary>
[Flags]
internal enum KeyPart
{
    None = 0,

    /// <summary>The compiler's path.</summary>
    Compiler = 1 << 0,

    /// <summary>The folder in which it was started.</summary>
    WorkingDirectory = 1 << 1,

    /// <summary>The words as typed.</summary>
    Words = 1 << 2,

    /// <summary>The variables that the compiler obeys.</summary>
    Environment = 1 << 3,

    /// <summary>The file mode creation mask.</summary>
    Umask = 1 << 4,

    /// <summary>Whether it speaks to a terminal.</summary>
    Terminal = 1 << 5,

    /// <summary>The paths that it writes.</summary>
    Outputs = 1 << 6,

    /// <summary>The compiler's files.</summary>
    Toolchain = 1 << 7,

    /// <summary>The files that it was given.</summary>
    Files = 1 << 8,

    /// <summary>The symbolic links on the way to them.</summary>
    Links = 1 << 9,

    /// <summary>The folders that they lie in, and those that must be there.</summary>
    Folders = 1 << 10,

    /// <summary>Which of the files are told apart by nothing but their times and inodes.</summary>
    Twins = 1 << 11,

    /// <summary>What it looked for in vain, and the folders whose names it read.</summary>
    Lookups = 1 << 12,

    /// <summary>Variables that it asked for and that no compiler is known to have.</summary>
    Variables = 1 << 13,

    All = (1 << 14) - 1,
}
