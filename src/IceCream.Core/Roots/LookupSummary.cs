using System.Collections.Immutable;
using System.Text;
using IceCream.CommandLine;
using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Sandboxing.Observation;
using IceCream.Toolchains.Wrappers;

namespace IceCream.Roots;

/// <summary>
/// Converts the observed lookups of a job's programs into what the origin must compare: names in existing folders, with links resolved, and without
/// those in the job's own environment: its temporary folder, its outputs, the sandbox's devices.
/// </summary>
/// <param name="layout">The paths in the root.</param>
/// <param name="outputFolders">The folders that the job could write in.</param>
/// <param name="outputs">The files that the job was to write.</param>
internal sealed class LookupSummary(TreeLayout layout, IEnumerable<string> outputFolders, ImmutableArray<JobOutput> outputs)
{
    private const int LinksFollowed = 40;
    private const int EROFS = 30, EACCES = 13, EINVAL = 22, ENAMETOOLONG = 36, ENXIO = 6, EEXIST = 17;

    private readonly HashSet<string> _outputFolders = [.. outputFolders];
    private readonly HashSet<string> _outputs = [.. outputs.Select(output => RootPlan.PlaceOf(layout, output.Path))];
    private readonly Dictionary<string, Place> _folders = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedSet<string>> _absent = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _listed = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _variables = new(StringComparer.Ordinal);
    private string? _objection;
    private bool _asksLocalTime;

    /// <summary>The end of a path walk: a name in a folder. When the walk stops at a missing component, the remaining components are part of the name.</summary>
    private readonly record struct Place(string? Folder, string Name, bool IsThere)
    {
        public Place Before(string name) => IsThere || Folder is null ? this : this with { Name = $"{Name}/{name}" };
    }

    /// <summary>Summarizes the lookups of a command.</summary>
    public ObservedLookups Of(CommandLookups seen)
    {
        foreach (Lookup lookup in seen.Lookups)
        {
            Add(lookup);
        }

        return new ObservedLookups
        {
            Lists = new LookupLists([.. _absent.Select(static folder => new AbsentNames(folder.Key, [.. folder.Value]))], [.. _listed], [.. _variables]),
            Gap = seen.Gap,
            Objection = _objection,
            AsksLocalTime = _asksLocalTime,
            Trouble = seen.Trouble,
        };
    }

    private void Add(Lookup lookup)
    {
        if (lookup is { Kind: LookupKind.Variable, Path: { } name })
        {
            if (CompilerVariables.Find(Encoding.UTF8.GetBytes(name)) is null)
            {
                _variables.Add(name);
            }

            return;
        }

        if (lookup.Path is not { } path || !path.StartsWith('/'))
        {
            _objection ??= "it looks for a file whose name is not UTF-8";
            return;
        }

        if (lookup is { Kind: LookupKind.Execute, Error: 0 } && MachinePrograms.IsOne(path))
        {
            _objection ??= $"it runs {path}, whose answer differs from machine to machine";
        }

        if (lookup.IsBelow && lookup.Error != 0 && HarmlessLookups.ReasonToIgnore(path) is not null)
        {
            return;
        }

        if (MachinePaths.IsMachines(path))
        {
            _objection ??= MachinePaths.ReasonToIgnore(path, lookup) is null ? $"it looks at {path}, which differs from machine to machine" : null;
            return;
        }

        _asksLocalTime |= path == "/etc/localtime" || path.Contains("/zoneinfo/", StringComparison.Ordinal);
        Place place = Walk(path, followLast: lookup.Kind is not (LookupKind.LinkStatus or LookupKind.ReadLink or LookupKind.Change));
        if (place.Folder is null || IsWithin(place.Folder, place.Name, RootPlan.TemporaryFolder))
        {
            // The path leads through a file, which the origin has as well, or into the job's own environment.
            return;
        }

        string real = place.Name.Length == 0 ? place.Folder : TreeLayout.Join(place.Folder, place.Name);
        if (MachinePaths.IsMachines(real))
        {
            _objection ??= MachinePaths.ReasonToIgnore(real, lookup) is null ? $"it looks at {path}, which is {real} and differs from machine to machine" : null;
            return;
        }

        bool writes = lookup.Kind is LookupKind.Write or LookupKind.Change;
        if (writes && lookup.Error is 0 or EROFS or EACCES && !_outputs.Contains(real) && !_outputFolders.Contains(place.Folder))
        {
            _objection ??= lookup.Kind == LookupKind.Write ? $"it writes {path}, which no flag names" : $"it changes {path}";
        }
        else if (_outputs.Contains(real))
        {
            NoteOutput(lookup, real);
        }
        else
        {
            Note(lookup, place, real);
        }
    }

    private void Note(Lookup lookup, Place place, string real)
    {
        switch (lookup.Error)
        {
            case 0 when lookup.Kind == LookupKind.List:
                _listed.Add(real);
                break;
            case 0 or EEXIST or EINVAL:
                break;
            case Linux.ENOENT or Linux.ENOTDIR when !place.IsThere:
                NoteAbsent(place.Folder!, place.Name);
                break;
            case Linux.ENOTDIR:
                // A file was looked up as if it were a folder: the origin has the file too.
                break;
            case Linux.ENOENT when _outputFolders.Contains(place.Folder!):
                // The file was created or removed while the job ran.
                NoteAbsent(place.Folder!, place.Name);
                break;
            case ENAMETOOLONG:
                // The answer is the same on every machine.
                break;
            case EACCES or EROFS or ENXIO when lookup.Kind == LookupKind.Access:
                // The program asked whether it may write there. The sandbox denies it, and the origin's answer is unknown.
                _objection ??= $"it asks for the right to write {lookup.Path}";
                break;
            default:
                _objection ??= $"it met the error {lookup.Error} at {lookup.Path}";
                break;
        }
    }

    /// <summary>Rejects a read of an output before it is written: its content at the origin is not available here.</summary>
    private void NoteOutput(Lookup lookup, string real)
    {
        if (lookup is { Kind: LookupKind.Open, Error: 0 } && !layout.HasFile(real) && !outputs.Any(static output => output.Path.EndsWith(".dwo", StringComparison.Ordinal)))
        {
            _objection ??= $"it reads {lookup.Path}, which it writes as well";
        }
    }

    private void NoteAbsent(string folder, string name)
    {
        if (!_absent.TryGetValue(folder, out SortedSet<string>? names))
        {
            _absent[folder] = names = new SortedSet<string>(StringComparer.Ordinal);
        }

        names.Add(name);
    }

    private static bool IsWithin(string folder, string name, string outer) =>
        folder == outer || folder.StartsWith(outer + "/", StringComparison.Ordinal) || (folder == "/" && "/" + name == outer);

    /// <summary>Resolves a path in the layout as the kernel does.</summary>
    private Place Walk(string path, bool followLast)
    {
        int end = path.Length;
        while (end > 1 && path[end - 1] == '/')
        {
            end--;
        }

        int slash = path.LastIndexOf('/', end - 1);
        string last = path[(slash + 1)..end];
        if (last is "." or ".." or "")
        {
            return WalkFolder(path[..end]);
        }

        Place folder = WalkFolder(path[..Math.Max(slash, 1)]);
        return folder is { IsThere: true, Folder: not null } ? Step(folder, last, followLast || end < path.Length, LinksFollowed) : folder.Before(last);
    }

    private Place WalkFolder(string path)
    {
        if (!_folders.TryGetValue(path, out Place place))
        {
            _folders[path] = place = WalkAll("/", path, LinksFollowed);
        }

        return place;
    }

    private Place WalkAll(string start, string path, int links)
    {
        var here = new Place(path.StartsWith('/') ? "/" : start, "", true);
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(static part => part != "."))
        {
            here = here is not { IsThere: true, Folder: not null } ? here.Before(part)
                : part == ".." ? new Place(TreeLayout.ParentOf(Real(here)), "", true)
                : Step(here, part, followLast: true, links);
        }

        return here;
    }

    /// <summary>Resolves one more component.</summary>
    private Place Step(Place from, string name, bool followLast, int links)
    {
        string folder = Real(from);
        if (!layout.HasFolder(folder))
        {
            // A path below a file does not exist.
            return default;
        }

        string next = TreeLayout.Join(folder, name);
        if (layout.LinkAt(next) is { } target)
        {
            return !followLast ? new Place(folder, name, true) : links == 0 ? default : WalkAll(folder, target, links - 1);
        }

        return new Place(folder, name, layout.HasFolder(next) || layout.HasFile(next));
    }

    private static string Real(Place place) => place.Name.Length == 0 ? place.Folder! : TreeLayout.Join(place.Folder!, place.Name);
}
