namespace IceCream.Caching;

/// <summary>
/// The parts of a cache key. <c>docs/cache.md</c> gives the reason for each; tests omit one and observe a wrong result. The parts up to
/// <see cref="Outputs"/> are in the command key, the others in the input set.
/// </summary>
[Flags]
internal enum KeyPart
{
    None = 0,

    /// <summary>The compiler's path.</summary>
    Compiler = 1 << 0,

    /// <summary>The folder in which it was started.</summary>
    WorkingDirectory = 1 << 1,

    /// <summary>The arguments as typed.</summary>
    Words = 1 << 2,

    /// <summary>The environment variables that the compiler uses.</summary>
    Environment = 1 << 3,

    /// <summary>The file mode creation mask.</summary>
    Umask = 1 << 4,

    /// <summary>Whether its standard error is a terminal.</summary>
    Terminal = 1 << 5,

    /// <summary>The paths that it writes.</summary>
    Outputs = 1 << 6,

    /// <summary>The compiler's files.</summary>
    Toolchain = 1 << 7,

    /// <summary>The input files.</summary>
    Files = 1 << 8,

    /// <summary>The symbolic links on the way to them.</summary>
    Links = 1 << 9,

    /// <summary>The folders that contain them, and those that must exist.</summary>
    Folders = 1 << 10,

    /// <summary>Which of the files differ only in their mtimes and inodes.</summary>
    Twins = 1 << 11,

    /// <summary>The lookups that failed, and the folders that were listed.</summary>
    Lookups = 1 << 12,

    /// <summary>Environment variables that it queried and that no compiler is known to use.</summary>
    Variables = 1 << 13,

    All = (1 << 14) - 1,
}
