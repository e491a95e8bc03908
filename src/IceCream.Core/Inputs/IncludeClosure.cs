using System.Collections.Immutable;
using System.Text;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>All files that one job reaches from its source, found by following every mention whatever the conditions around it. Not thread-safe.</summary>
internal sealed class IncludeClosure(
    SourceReader reader, IncludeResolver resolver, MacroIndex macros, ComputedNames names, SearchPath search, CompileJob job, PreprocessorArguments arguments)
{
    private const int MostFiles = 50_000;

    private readonly CompilerInvocation _invocation = job.Invocation!;
    private readonly Queue<FoundFile> _waiting = new();
    private readonly HashSet<(ulong Device, ulong Inode, string Name)> _expanded = [];
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private readonly List<string> _files = [];
    private readonly HashSet<SourceDirectives> _sources = new(ReferenceEqualityComparer.Instance) { search.Predefined };
    private readonly HashSet<(FoundFile Source, IncludeDirective Directive)> _computed = [];
    private readonly Dictionary<string, ImmutableArray<MacroDefinition>> _definitions = new(StringComparer.Ordinal);
    private FoundFile? _current;
    private bool _mentionsFile;
    private string? _doubt;

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
            Force(source, forced, cancellationToken);
        }

        Add(source);

        // GCC includes it by itself, where the C library brings one.
        if (_invocation.Family == CompilerFamily.Gcc && resolver.Angled("stdc-predef.h") is { } predefined)
        {
            Add(predefined);
        }

        // New files may bring new definitions for what was computed before.
        do
        {
            Drain(cancellationToken);
            FollowComputed(cancellationToken);
        }
        while (_doubt is null && _waiting.Count > 0);

        _doubt ??= resolver.Doubt ?? ComputedProbe();
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
            _files.Add(file.IsRelative ? file.Path[(job.WorkingDirectory.TrimEnd('/').Length + 1)..] : file.Path);
        }
    }

    private void Drain(CancellationToken cancellationToken)
    {
        while (_doubt is null && _waiting.TryDequeue(out FoundFile? file))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (reader.Read(file.Path, file.Known.Digest) is not { } directives)
            {
                _doubt = $"{file.Path} cannot be read";
            }
            else if (_files.Count > MostFiles)
            {
                _doubt = $"more than {MostFiles} files";
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
        _doubt ??= directives.Obstacle is { } obstacle ? $"{obstacle} in {file.Path}"
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

    /// <summary>Assemblers search by rules of their own: all files of the name are taken, and none is a reason to ask.</summary>
    private void FollowAssembler(FoundFile source, IncludeDirective directive)
    {
        bool any = false;
        foreach (FoundFile found in resolver.All(source, directive.Text, fromWorkingDirectory: true))
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

    private void Force(FoundFile source, string name, CancellationToken cancellationToken)
    {
        string path = Path.Combine(job.WorkingDirectory, name);
        KnownFile precompiled = resolver.File(path + ".gch");
        if (resolver.Exists(path + ".pch") || (precompiled.Kind != FileKind.Missing && _invocation.Family == CompilerFamily.Clang))
        {
            _doubt = $"there is a precompiled {name}";
        }
        else if (precompiled.Kind != FileKind.Missing)
        {
            ForcePrecompiled(precompiled, name, cancellationToken);
        }
        else if ((resolver.Named(name) ?? resolver.Quoted(source, name)) is { } found)
        {
            Add(found);
        }
        else
        {
            _doubt = $"{name} is not found";
        }
    }

    /// <summary>
    /// GCC reads the precompiled form when it fits the command, else the header: both leave, and the worker's decides alike. What the header
    /// says is followed as if it were read, which is right as long as it says what was precompiled.
    /// </summary>
    private void ForcePrecompiled(KnownFile precompiled, string name, CancellationToken cancellationToken)
    {
        if (precompiled.Kind != FileKind.Regular || resolver.Precompiled(name) is not { } header)
        {
            _doubt = $"there is a precompiled {name}, which is no file or has no header";
            return;
        }

        int before = _files.Count;
        Add(header);
        Drain(cancellationToken);
        long made = precompiled.Digest.Modified;
        _doubt ??= _files.Skip(before).Select(file => Path.Combine(job.WorkingDirectory, file)).FirstOrDefault(file => resolver.File(file).Digest.Modified > made)
            is { } newer ? $"{newer} is newer than the precompiled {name}" : null;
        _files.Add(name + ".gch");
    }

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
            (IReadOnlyCollection<string> Texts, string? Doubt)? expanded = null;
            foreach ((FoundFile source, IncludeDirective directive) in same)
            {
                // Only what mentions the file it stands in means something else in another.
                if (expanded is null || _mentionsFile)
                {
                    _current = source;
                    _mentionsFile = false;
                    expanded = names.Expand(directive.Text, DefinitionsOf);
                    _doubt ??= expanded.Value.Doubt is { } doubt ? $"{doubt}, in {source.Path}" : null;
                }

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
        if (BuiltinMacros.Definition(name, _current!.Path, job) is { } builtin)
        {
            _mentionsFile |= name == "__FILE__";
            return [builtin];
        }

        if (!_definitions.TryGetValue(name, out ImmutableArray<MacroDefinition> known))
        {
            _definitions[name] = known = BoostPreprocessor.Meaning(name) ?? macros.DefinitionsOf(name, _sources);
        }

        return known;
    }

    /// <summary>Whether a macro of the sources' own asks for a file that is not named where the macro is called.</summary>
    private string? ComputedProbe()
    {
        var probing = _sources.SelectMany(static source => source.ProbeMacros).ToHashSet(StringComparer.Ordinal);
        if (probing.Count == 0)
        {
            return null;
        }

        macros.Add(_sources);
        _definitions.Clear();
        _current ??= resolver.Named(_invocation.Source);
        return _sources.SelectMany(static source => source.CalledInConditions).FirstOrDefault(name => Probes(name, 0)) is { } macro
            ? $"{macro} asks for a file by a computed name" : null;

        bool Probes(string name, int depth) => probing.Contains(name)
            || (depth < 8 && DefinitionsOf(name).Any(definition => definition.IsOmitted || definition.Body.Any(token => token.IsName && token.Text != name && Probes(token.Text, depth + 1))));
    }
}
