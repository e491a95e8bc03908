namespace IceCream.Preprocessing;

/// <summary>What a source does with a file that it names.</summary>
internal enum IncludeKind : byte
{
    /// <summary>Includes it (<c>#include</c>, <c>#import</c>).</summary>
    Include,

    /// <summary>Includes the next one of that name (<c>#include_next</c>).</summary>
    IncludeNext,

    /// <summary>Asks whether it exists (<c>__has_include</c> and its kin).</summary>
    Probe,

    /// <summary>Takes its bytes (<c>#embed</c>, <c>.incbin</c>).</summary>
    Data,

    /// <summary>Includes it in assembler text (<c>.include</c>).</summary>
    Assembler,
}

/// <summary>How the file is named.</summary>
internal enum IncludeForm : byte
{
    /// <summary><c>"name"</c>.</summary>
    Quoted,

    /// <summary><c>&lt;name&gt;</c>.</summary>
    Angled,

    /// <summary>By macros: the text is an expression that expands to one of the others.</summary>
    Computed,
}

/// <summary>A mention of a file in a source.</summary>
/// <param name="Kind">What the source does with the file.</param>
/// <param name="Form">How it is named.</param>
/// <param name="Text">The name without its delimiters, or the expression.</param>
internal readonly record struct IncludeDirective(IncludeKind Kind, IncludeForm Form, string Text);
