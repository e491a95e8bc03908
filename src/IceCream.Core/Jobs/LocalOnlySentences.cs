namespace IceCream.Jobs;

/// <summary>The reasons as sentences without a full stop, each naming the flag or the file.</summary>
internal static class LocalOnlySentences
{
    public static string Of(LocalOnlyReason reason)
    {
        string about = reason.Detail.TrimEnd('.');
        return reason.Effect is { } effect && about.Length > 0 ? $"{about} {effect}" : about.Length > 0 ? About(reason.Kind, about) : Alone(reason.Kind);
    }

    private static string About(LocalOnlyKind kind, string about) => kind switch
    {
        LocalOnlyKind.NotACompile => $"it makes no object of a source ({about})",
        LocalOnlyKind.PreprocessOnly => $"{about} only preprocesses",
        LocalOnlyKind.SeveralSources => $"{about} is one of several sources in one command",
        LocalOnlyKind.StandardInput => $"{about} reads the standard input",
        LocalOnlyKind.UnknownFlag => $"{about} is no flag that is known here",
        LocalOnlyKind.ResponseFile => $"its response files hold {about}",
        LocalOnlyKind.PrecompiledHeader => $"{about} is a header that is precompiled",
        LocalOnlyKind.Modules => $"{about} is about modules",
        LocalOnlyKind.Language => $"{about} is in none of the languages that workers compile",
        LocalOnlyKind.UnknownCompiler => $"{about} is no compiler that is known here, or another wrapper",
        LocalOnlyKind.Toolchain => $"its compiler cannot be sent: {about}",
        LocalOnlyKind.Inputs => $"what it reads could not be found out: {about}",
        LocalOnlyKind.NoFarm => $"there is no farm: {about}",
        LocalOnlyKind.Confirmation => $"it failed on the farm without proof that its source is at fault ({about}), and was tried again here",
        LocalOnlyKind.TooLarge => $"it is more than may travel: {about}",

        // For these kinds the detail is the whole sentence.
        _ => about,
    };

    private static string Alone(LocalOnlyKind kind) => kind switch
    {
        LocalOnlyKind.NotACompile => "it makes no object of a source",
        LocalOnlyKind.PreprocessOnly => "it only preprocesses",
        LocalOnlyKind.SeveralSources => "it has several sources",
        LocalOnlyKind.StandardInput => "it reads the standard input",
        LocalOnlyKind.UnknownFlag => "it has a flag that is not known here",
        LocalOnlyKind.LocalFlag => "it has a flag that is bound to this machine",
        LocalOnlyKind.ResponseFile => "its response files cannot be read",
        LocalOnlyKind.PrecompiledHeader => "it makes or reads a precompiled header",
        LocalOnlyKind.Modules => "it is about modules",
        LocalOnlyKind.Language => "its source is in none of the languages that workers compile",
        LocalOnlyKind.UnknownCompiler => "its program is no compiler that is known here",
        LocalOnlyKind.Output => "what it writes is no ordinary file",
        LocalOnlyKind.Toolchain => "its compiler cannot be sent",
        LocalOnlyKind.Inputs => "what it reads could not be found out",
        LocalOnlyKind.Requested => "its user asked for it with ICECREAM_MODE=local",
        LocalOnlyKind.NoFarm => "there is no farm",
        LocalOnlyKind.FarmFailure => "the farm failed at it",
        LocalOnlyKind.Confirmation => "it failed on the farm without proof that its source is at fault, and was tried again here",
        LocalOnlyKind.TooLarge => "it is more than may travel",
        LocalOnlyKind.Refused => "the agent did not understand what was asked",
        LocalOnlyKind.OtherFiles => "the launcher sees other files than the agent",
        LocalOnlyKind.Stream => "it reads or writes a pipe, a socket or a device",
        LocalOnlyKind.WorkingDirectory => "no worker can give a compiler such a working directory",
        LocalOnlyKind.Lookups => "it depends on what does not travel",
        LocalOnlyKind.PrivateFile => "it reads a file that must not leave this machine",
        LocalOnlyKind.Sooner => "a core of this machine was idle, and did it sooner than the farm would have",
        _ => $"reason {(int)kind}",
    };
}
