namespace IceCream.CommandLine;

/// <summary>What a variable of the environment does to a compile.</summary>
internal enum VariableEffect : byte
{
    /// <summary>Changes what is read, written or printed, in the same way on every machine that has the variable.</summary>
    Travels,

    /// <summary>Changes nothing that a compile reads, writes or prints, if the command compiles at all.</summary>
    Harmless,

    /// <summary>Makes the compiler write files that the command line does not name.</summary>
    Writes,

    /// <summary>Acts like flags that the command line does not show.</summary>
    ChangesFlags,

    /// <summary>Loads foreign code into the compiler.</summary>
    LoadsCode,

    /// <summary>Names files of this machine that are neither inputs nor parts of a toolchain.</summary>
    NamesFiles,
}

/// <summary>Further properties of a variable; values combine.</summary>
[Flags]
internal enum VariableTraits : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Selects files of the compiler itself: another value means another toolchain.</summary>
    MovesToolchain = 1 << 0,

    /// <summary>The value is a list of folders, separated by colons.</summary>
    FolderList = 1 << 1,

    /// <summary>Selects folders in which the compiler looks for its programs; a program may appear there at any time.</summary>
    MovesPrograms = 1 << 2,

    /// <summary>Describes the terminal, and has no effect on a compile without one.</summary>
    OfTerminal = 1 << 3,

    /// <summary>Differs between commands that use the same compiler.</summary>
    OfCommand = 1 << 4,
}

/// <summary>One row of the table of variables.</summary>
/// <param name="Name">The variable's name, or the prefix of a family of names.</param>
/// <param name="Effect">What the variable does.</param>
internal readonly record struct CompilerVariable(string Name, VariableEffect Effect)
{
    /// <summary>Further properties of the variable.</summary>
    public VariableTraits Traits { get; init; }

    /// <summary>Whether the row covers all names with this prefix that have no row of their own.</summary>
    public bool IsFamily { get; init; }

    /// <summary>Whether the variable has the same effect when it is empty.</summary>
    public bool CountsWhenEmpty { get; init; }

    /// <summary>How absolute paths end with which a compile travels all the same: their files are parts of its toolchain; null when there are none.</summary>
    public string? TravellingEnd { get; init; }

    /// <summary>Why a compile with the variable stays on its machine; null when it may travel.</summary>
    public string? ReasonToStay => Effect switch
    {
        VariableEffect.Writes => "makes the compiler write what no flag names",
        VariableEffect.ChangesFlags => "changes flags that the command line does not show",
        VariableEffect.LoadsCode => "brings code into the compiler that is no part of it",
        VariableEffect.NamesFiles => "names files of this machine that no toolchain holds",
        _ => null,
    };
}
