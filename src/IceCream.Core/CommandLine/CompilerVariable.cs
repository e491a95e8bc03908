namespace IceCream.CommandLine;

/// <summary>What a variable of the environment does to a compile.</summary>
internal enum VariableEffect : byte
{
    /// <summary>Changes what is read, written or said, and does so on any machine that is told of it.</summary>
    Travels,

    /// <summary>Changes nothing that a compile reads, writes or says, where the command compiles at all.</summary>
    Harmless,

    /// <summary>Makes the compiler write what the command line does not name.</summary>
    Writes,

    /// <summary>Is as good as flags, and none that the command line shows.</summary>
    ChangesFlags,

    /// <summary>Brings code into the compiler that is no part of it.</summary>
    LoadsCode,

    /// <summary>Names files of this machine that are neither inputs nor parts of a toolchain.</summary>
    NamesFiles,
}

/// <summary>What else is to be known of a variable, as bits that add up.</summary>
[Flags]
internal enum VariableTraits : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Says which of the compiler's own files take part: another value makes another toolchain.</summary>
    MovesToolchain = 1 << 0,

    /// <summary>Is a list of folders with colons between them.</summary>
    FolderList = 1 << 1,

    /// <summary>Says where the compiler's programs are looked for: there, one may come at any time.</summary>
    MovesPrograms = 1 << 2,

    /// <summary>Describes the terminal, and means nothing to a compile without one.</summary>
    OfTerminal = 1 << 3,

    /// <summary>Differs between commands that mean the same compiler.</summary>
    OfCommand = 1 << 4,
}

/// <summary>One row of the table of variables.</summary>
/// <param name="Name">Its name, or how the names of a family begin.</param>
/// <param name="Effect">What it does.</param>
internal readonly record struct CompilerVariable(string Name, VariableEffect Effect)
{
    /// <summary>What else is to be known of it.</summary>
    public VariableTraits Traits { get; init; }

    /// <summary>Whether the row stands for all names that begin so and have no row of their own.</summary>
    public bool IsFamily { get; init; }

    /// <summary>Whether it does the same when it is set to nothing.</summary>
    public bool CountsWhenEmpty { get; init; }

    /// <summary>Why a compile with it stays on its machine; null when it may travel.</summary>
    public string? ReasonToStay => Effect switch
    {
        VariableEffect.Writes => "makes the compiler write what no flag names",
        VariableEffect.ChangesFlags => "changes flags that the command line does not show",
        VariableEffect.LoadsCode => "brings code into the compiler that is no part of it",
        VariableEffect.NamesFiles => "names files of this machine that no toolchain holds",
        _ => null,
    };
}
