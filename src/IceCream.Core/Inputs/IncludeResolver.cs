namespace IceCream.Inputs;

/// <summary>A file that an include leads to, under the name that the compiler would give it.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Folder">The folder it lies in, where its own quoted includes are searched first.</param>
/// <param name="Name">Its last component.</param>
/// <param name="IsRelative">Whether the compiler names it relative to the working directory.</param>
/// <param name="Known">What is there.</param>
internal sealed record FoundFile(string Path, Folder Folder, string Name, bool IsRelative, KnownFile Known);

/// <summary>Searches included files for one job as the compiler does. Not thread-safe.</summary>
internal sealed class IncludeResolver
{
    private readonly InputVisit _visit;
    private readonly string _workingDirectory;
    private readonly (Folder Folder, bool IsRelative)[] _quoted, _angled;
    private readonly Dictionary<string, FoundFile?> _byQuotedName = new(StringComparer.Ordinal), _byAngledName = new(StringComparer.Ordinal);

    public IncludeResolver(InputVisit visit, string workingDirectory, SearchPath search)
    {
        _visit = visit;
        _workingDirectory = workingDirectory;
        _quoted = [.. search.Quoted.Select(At)];
        _angled = [.. search.Angled.Select(At)];
    }

    /// <summary>What was met that the search cannot judge; null when there was nothing.</summary>
    public string? Doubt { get; private set; }

    /// <summary>A pipe, a socket or a device that an include leads to; null when there was none.</summary>
    public string? Special { get; private set; }

    /// <summary>The file that the command itself names; null when there is none.</summary>
    public FoundFile? Named(string path) => Named(path, NameState.Present);

    /// <summary>The same for a file that has a precompiled form beside it.</summary>
    public FoundFile? Precompiled(string path) => Named(path, NameState.Precompiled);

    /// <summary>What is at an absolute path.</summary>
    public KnownFile File(string path) => _visit.File(path);

    /// <summary>Whether there is anything of that absolute path.</summary>
    public bool Exists(string path) => File(path).Kind != FileKind.Missing;

    /// <summary>The file for <c>&lt;name&gt;</c>; null when there is none.</summary>
    public FoundFile? Angled(string name)
    {
        if (!_byAngledName.TryGetValue(name, out FoundFile? found))
        {
            _byAngledName[name] = found = First(_angled, name);
        }

        return found;
    }

    /// <summary>The file for <c>"name"</c> in a source; null when there is none.</summary>
    public FoundFile? Quoted(FoundFile source, string name)
    {
        if (Search((source.Folder, source.IsRelative), name, name) is { } own)
        {
            return own;
        }

        return Chain(name);
    }

    private FoundFile? Chain(string name)
    {
        if (!_byQuotedName.TryGetValue(name, out FoundFile? found))
        {
            _byQuotedName[name] = found = First(_quoted, name) ?? Angled(name);
        }

        return found;
    }

    /// <summary>The file for <c>-include name</c>: in the working directory, then where <c>"name"</c> is searched, but not beside the source.</summary>
    public FoundFile? Forced(string name) => Named(name) ?? Chain(name);

    /// <summary>
    /// Every file of that name beside the source and on the whole search path. Where <c>#include_next</c> begins depends on how the source
    /// was found, and that on who included it: so all are taken.
    /// </summary>
    public IEnumerable<FoundFile> All(FoundFile source, string name, bool fromWorkingDirectory = false)
    {
        IEnumerable<(Folder, bool)> folders = [(source.Folder, source.IsRelative), .. _quoted, .. _angled, .. fromWorkingDirectory ? [At(".")] : Array.Empty<(Folder, bool)>()];
        return folders.Select(folder => Search(folder, name, name)).OfType<FoundFile>().DistinctBy(static found => found.Path);
    }

    private FoundFile? Named(string path, NameState sought) => Search(At("."), path, path.StartsWith('/') ? path : "./" + path, sought);

    private (Folder Folder, bool IsRelative) At(string folder) => folder.StartsWith('/')
        ? (_visit.At(folder), false)
        : (_visit.At(folder is "." ? _workingDirectory : $"{_workingDirectory}/{folder}"), true);

    private FoundFile? First((Folder, bool)[] folders, string name)
    {
        foreach ((Folder, bool) folder in folders)
        {
            if (Search(folder, name, name) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private FoundFile? Search((Folder Folder, bool IsRelative) start, string shown, string name, NameState sought = NameState.Present)
    {
        (Folder folder, bool relative) = name.StartsWith('/') ? (_visit.At("/"), false) : start;
        ReadOnlySpan<char> rest = name;
        for (int cut = rest.IndexOf('/'); cut >= 0; cut = rest.IndexOf('/'))
        {
            if (rest[..cut] is not ("" or "."))
            {
                folder = folder.Child(rest[..cut]);
                if (!folder.Exists(_visit))
                {
                    Doubt ??= folder.IsObscure ? $"{folder.Path} cannot be looked at" : null;
                    return null;
                }
            }

            rest = rest[(cut + 1)..];
        }

        if (rest.IsEmpty)
        {
            return null;
        }

        string last = rest.Length == name.Length ? name : rest.ToString();
        (NameState state, string path) = folder.Look(last, _visit);
        if (state == NameState.Absent)
        {
            return null;
        }

        if (state != sought)
        {
            Doubt ??= state is NameState.Precompiled or NameState.PrecompiledAlone ? $"there is a precompiled {shown}" : $"{path} cannot be looked at";
            return null;
        }

        // Compilers pass over folders and go on searching; of what is neither folder nor file they read all the same.
        KnownFile known = _visit.File(path);
        Special ??= known.Kind == FileKind.Special ? path : null;
        return known.Kind is FileKind.Regular or FileKind.Unreadable ? new FoundFile(path, folder, last, relative, known) : null;
    }
}
