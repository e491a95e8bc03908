using System.Collections.Immutable;
using System.Text;
using IceCream.FileSystem;
using IceCream.Jobs;
using IceCream.Preprocessing;

namespace IceCream.Inputs;

/// <summary>
/// Finds all files that one job can reach from its source. It follows every include regardless of the conditions around it. When in doubt it
/// continues, because it must still find the pipes and devices that only the compiler may read. Not thread-safe.
/// </summary>
internal sealed partial class IncludeClosure(
    SourceReader reader, IncludeResolver resolver, MacroIndex macros, ComputedNames names, SearchPath search, CompileJob job, PreprocessorArguments arguments,
    string? doubt = null)
{
    private const int MostFiles = 50_000;
    private const int MostMentions = 200_000;
    private const int MostRounds = 1000;

    /// <summary>What all computed names of a job may cost, in tokens: some seconds, in which a compiler itself answers. Each name has a limit too.</summary>
    private const long MostEffort = 60_000_000;

    /// <summary>What it costs to look for a file, in tokens.</summary>
    private const int SearchEffort = 10;

    private readonly CompilerInvocation _invocation = job.Invocation!;
    private readonly Queue<FoundFile> _waiting = new();
    private readonly HashSet<(ulong Device, ulong Inode, string Name)> _expanded = [];
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private readonly List<string> _files = [];
    private readonly HashSet<SourceDirectives> _sources = new(ReferenceEqualityComparer.Instance) { search.Predefined };
    private readonly HashSet<SourceDirectives> _notBoosts = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<(FoundFile Source, IncludeDirective Directive)> _computed = [];
    private readonly Dictionary<string, ImmutableArray<MacroDefinition>> _definitions = new(StringComparer.Ordinal);
    private FoundFile? _current;
    private bool _mentionsFile;
    private TimePragma _timePragma;
    private string? _doubt = doubt;
    private long _effort;

    /// <summary>The files, source first; or the doubt.</summary>
    public (IReadOnlyList<string> Files, string? Doubt) Find(CancellationToken cancellationToken)
    {
        if (resolver.Named(_invocation.Source) is not { } source)
        {
            return ([], $"{_invocation.Source} cannot be read");
        }

        AddPath(source);
        if (arguments.Macros.Length != 0)
        {
            Take(source, DirectiveReader.Read(Encoding.UTF8.GetBytes(arguments.Macros)));
        }

        foreach (string forced in arguments.Forced)
        {
            Force(forced, cancellationToken);
        }

        Add(source);

        // GCC includes this file implicitly where the C library provides one.
        if (_invocation.Family == CompilerFamily.Gcc && resolver.Angled("stdc-predef.h") is { } predefined)
        {
            Add(predefined);
        }

        // New files may contain new definitions for names that were computed before.
        int rounds = 0;
        do
        {
            Drain(cancellationToken);
            if (_doubt is null)
            {
                FollowComputed(cancellationToken);
                _doubt ??= ++rounds > MostRounds ? "computed includes lead to computed includes without an end" : null;
            }
        }
        while (_waiting.Count > 0);

        _doubt ??= resolver.Doubt ?? (_timePragma == TimePragma.Whole ? TimePragmas.MadeByMacros : null);
        string? probe = _doubt is null ? ComputedProbe(cancellationToken) : null;
        _doubt ??= probe;
        return (_files, _doubt);
    }

    private void Add(FoundFile file)
    {
        AddPath(file);
        if (_expanded.Add((file.Folder.Identity.Device, file.Folder.Identity.Inode, file.Name)))
        {
            _waiting.Enqueue(file);
        }
    }

    private void AddPath(FoundFile file)
    {
        if (_paths.Add(file.Path))
        {
            _files.Add(NamesOf(file).First());
        }
    }

    private IEnumerable<string> NamesOf(FoundFile file) =>
        file.IsRelative ? [file.Path[(job.WorkingDirectory.TrimEnd('/').Length + 1)..], file.Path] : [file.Path];

    private void Drain(CancellationToken cancellationToken)
    {
        while (_waiting.TryDequeue(out FoundFile? file))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (reader.Read(file.Path, file.Known.Digest) is not { } directives)
            {
                _doubt ??= $"{file.Path} cannot be read";
            }
            else if (_files.Count > MostFiles)
            {
                _doubt ??= $"more than {MostFiles} files";
                _waiting.Clear();
            }
            else if (directives.Includes.Length > MostMentions)
            {
                _doubt ??= $"more than {MostMentions} includes in {file.Path}";
            }
            else
            {
                Take(file, directives);
            }
        }
    }

    private void Take(FoundFile file, SourceDirectives directives)
    {
        _sources.Add(directives);
        _timePragma |= directives.TimePragma;
        if (!BoostPreprocessor.MayHold(file.Path))
        {
            _notBoosts.Add(directives);
        }

        _doubt ??= directives.Doubt is { } why ? $"{why} in {file.Path}"
            : directives.HasTrigraphs && arguments.Trigraphs ? $"trigraphs in {file.Path}"
            : directives.HasModules && arguments.Modules && _invocation.Language is SourceLanguage.Cxx or SourceLanguage.PreprocessedCxx ? $"modules in {file.Path}"
            : null;
        foreach (IncludeDirective directive in directives.Includes)
        {
            if (_invocation.Language == SourceLanguage.Assembler && directive.Kind is not (IncludeKind.Assembler or IncludeKind.Data))
            {
                continue;
            }

            if (directive.Form == IncludeForm.Computed)
            {
                _computed.Add((file, directive));
            }
            else
            {
                Follow(file, directive);
            }
        }
    }

    private void Follow(FoundFile source, IncludeDirective directive)
    {
        switch (directive.Kind)
        {
            case IncludeKind.Include:
                if ((directive.Form == IncludeForm.Angled ? resolver.Angled(directive.Text) : resolver.Quoted(source, directive.Text)) is { } found)
                {
                    Add(found);
                }

                break;
            case IncludeKind.IncludeNext:
                foreach (FoundFile next in resolver.All(source, directive.Text))
                {
                    Add(next);
                }

                break;
            case IncludeKind.Probe:
                foreach (FoundFile probed in resolver.All(source, directive.Text))
                {
                    AddPath(probed);
                }

                break;
            default:
                FollowAssembler(source, directive);
                break;
        }
    }

    /// <summary>Assemblers have their own search rules: all files of the name are taken, and finding none is a doubt.</summary>
    private void FollowAssembler(FoundFile source, IncludeDirective directive)
    {
        bool any = false;
        foreach (FoundFile found in resolver.All(source, directive.Text, fromWorkingDirectory: true).Concat(InNamedFolders(directive.Text)))
        {
            any = true;
            if (directive.Kind == IncludeKind.Data)
            {
                AddPath(found);
            }
            else
            {
                Add(found);
            }
        }

        _doubt ??= any ? null : $"'{directive.Text}', mentioned in {source.Path}, is not found";
    }

    /// <summary>The files of a name in the folders that flags name: <c>-Wa,-I</c> is no folder of the preprocessor's.</summary>
    private IEnumerable<FoundFile> InNamedFolders(string name) => name.StartsWith('/') ? []
        : _invocation.NamedDirectories.Select(folder => resolver.Named($"{folder}/{name}")).OfType<FoundFile>();

    private void FollowComputed(CancellationToken cancellationToken)
    {
        if (_computed.Count == 0)
        {
            return;
        }

        macros.Add(_sources);
        _definitions.Clear();
        foreach (IGrouping<string, (FoundFile Source, IncludeDirective Directive)> same in _computed.GroupBy(static computed => computed.Directive.Text).ToArray())
        {
            cancellationToken.ThrowIfCancellationRequested();
            (IReadOnlyCollection<string> Texts, string? Doubt, int Effort)? expanded = null;
            foreach ((FoundFile source, IncludeDirective directive) in same)
            {
                if (_effort > MostEffort)
                {
                    _doubt ??= "computed includes take too long to follow";
                    return;
                }

                // Only a macro that uses __FILE__ or the like expands differently in another file.
                if (expanded is null || _mentionsFile)
                {
                    _current = source;
                    _mentionsFile = false;
                    expanded = names.Expand(directive.Text, DefinitionsOf);
                    _effort += expanded.Value.Effort;
                    _doubt ??= expanded.Value.Doubt is { } doubt ? $"{doubt}, in {source.Path}" : null;
                }

                _effort += 1 + (SearchEffort * expanded.Value.Texts.Count);
                foreach (string text in expanded.Value.Texts)
                {
                    _doubt ??= text.Contains('\uFFFD', StringComparison.Ordinal) ? $"a name that is not UTF-8, in {source.Path}" : null;
                    foreach (IncludeDirective named in HeaderNames.In(text, directive.Kind))
                    {
                        Follow(source, named);
                    }
                }
            }
        }
    }

    private ImmutableArray<MacroDefinition> DefinitionsOf(string name)
    {
        if (BuiltinMacros.Definitions(name, NamesOf(_current!), job) is { } builtin)
        {
            _mentionsFile |= name == "__FILE__";
            return builtin;
        }

        if (!_definitions.TryGetValue(name, out ImmutableArray<MacroDefinition> known))
        {
            _doubt ??= BoostPreprocessor.IsKnown(name) && !macros.DefinitionsOf(name, _notBoosts).IsEmpty ? $"{name} is another than Boost's" : null;
            _definitions[name] = known = BoostPreprocessor.Meaning(name) ?? macros.DefinitionsOf(name, _sources);
        }

        return known;
    }

    /// <summary>A macro of the sources that tests for a file whose name is not given where the macro is used; null when there is none.</summary>
    private string? ComputedProbe(CancellationToken cancellationToken)
    {
        var probing = _sources.SelectMany(static source => source.ProbeMacros).ToHashSet(StringComparer.Ordinal);
        if (probing.Count == 0)
        {
            return null;
        }

        macros.Add(_sources);
        _definitions.Clear();
        _current ??= resolver.Named(_invocation.Source);
        return ProbeSearch.Find(_sources.SelectMany(static source => source.CalledInConditions), probing, DefinitionsOf, cancellationToken) is { } macro
            ? $"{macro} asks for a file by a computed name" : null;
    }
}
