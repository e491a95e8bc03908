using IceCream.FileSystem;

namespace IceCream.Inputs;

/// <summary>A file that an include resolves to, with the name that the compiler would use.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Folder">Its folder, which is searched first for its own quoted includes.</param>
/// <param name="Name">Its last component.</param>
/// <param name="IsRelative">Whether the compiler names it relative to the working directory.</param>
/// <param name="Known">Its known state.</param>
internal sealed record FoundFile(string Path, Folder Folder, string Name, bool IsRelative, KnownFile Known);

/// <summary>Resolves includes for one job in the compiler's search order. Not thread-safe.</summary>
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

    /// <summary>A finding that the search cannot judge; null when there was none.</summary>
    public string? Doubt { get; private set; }

    /// <summary>A pipe, a socket or a device that an include resolves to; null when there was none.</summary>
    public string? Special { get; private set; }

    /// <summary>The file that the command itself names; null when it does not exist.</summary>
    public FoundFile? Named(string path) => Search(At("."), path, path.StartsWith('/') ? path : "./" + path);

    /// <summary>The file at an absolute path.</summary>
    public KnownFile File(string path) => _visit.File(path);

    /// <summary>Whether an absolute path exists.</summary>
    public bool Exists(string path) => File(path).Kind != FileKind.Missing;

    /// <summary>The names in a folder, sorted; null when there is no such folder.</summary>
    /// <param name="folder">Absolute.</param>
    public IReadOnlyList<string>? NamesIn(string folder) => _visit.At(folder).List(_visit);

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

    /// <summary>The file for <c>-include name</c>: searched in the working directory, then like <c>"name"</c>, but not beside the source.</summary>
    public FoundFile? Forced(string name) => Named(name) ?? Chain(name);

    /// <summary>
    /// The candidates for <c>-include name</c> in each searched folder, up to the first folder with the file itself: GCC tries every precompiled form
    /// on the way there.
    /// </summary>
    public IEnumerable<(NameState State, string Path, FoundFile? File)> ForcedPlaces(string name)
    {
        foreach ((Folder, bool) start in (IEnumerable<(Folder, bool)>)[At("."), .. _quoted, .. _angled])
        {
            if (Walk(start, name) is { } place && place.Folder.Look(place.Name, _visit) is { State: not NameState.Absent } seen)
            {
                FoundFile? file = seen.State is NameState.Present or NameState.Precompiled ? Found(place, seen.Path) : null;
                yield return (seen.State, seen.Path, file);
                if (file is not null || seen.State == NameState.Unknown)
                {
                    yield break;
                }
            }
        }
    }

    /// <summary>
    /// Every file of that name beside the source and on the whole search path. Where <c>#include_next</c> starts depends on how the source was found,
    /// and that on its includer: so all are taken.
    /// </summary>
    public IEnumerable<FoundFile> All(FoundFile source, string name, bool fromWorkingDirectory = false)
    {
        IEnumerable<(Folder, bool)> folders = [(source.Folder, source.IsRelative), .. _quoted, .. _angled, .. fromWorkingDirectory ? [At(".")] : Array.Empty<(Folder, bool)>()];
        return folders.Select(folder => Search(folder, name, name)).OfType<FoundFile>().DistinctBy(static found => found.Path);
    }

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

    private FoundFile? Search((Folder Folder, bool IsRelative) start, string shown, string name)
    {
        if (Walk(start, name) is not { } place)
        {
            return null;
        }

        (NameState state, string path) = place.Folder.Look(place.Name, _visit);
        if (state == NameState.Absent)
        {
            return null;
        }

        if (state != NameState.Present)
        {
            Doubt ??= state is NameState.Precompiled or NameState.PrecompiledAlone ? $"there is a precompiled {shown}" : $"{path} cannot be looked at";
            return null;
        }

        return Found(place, path);
    }

    /// <summary>Resolves a name to the folder of its last component; null when that folder does not exist, or the name has no last component.</summary>
    private (Folder Folder, bool IsRelative, string Name)? Walk((Folder Folder, bool IsRelative) start, string name)
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

        return rest.IsEmpty ? null : (folder, relative, rest.Length == name.Length ? name : rest.ToString());
    }

    private FoundFile? Found((Folder Folder, bool IsRelative, string Name) place, string path)
    {
        // Compilers skip folders and continue the search. They read anything else, even if it is not a regular file.
        KnownFile known = _visit.File(path);
        Special ??= known.Kind == FileKind.Special ? path : null;
        return known.Kind is FileKind.Regular or FileKind.Unreadable ? new FoundFile(path, place.Folder, place.Name, place.IsRelative, known) : null;
    }
}
