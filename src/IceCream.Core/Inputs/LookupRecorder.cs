using System.Text;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>
/// Finds out where a compiler looked for the files that it lists. Its own list does not say so, and a file that comes to lie at one of these
/// places changes the list.
/// </summary>
internal sealed class LookupRecorder(SearchFolders searchFolders, InputMemory memory)
{
    /// <summary>Tells a visit of all those places, or of more.</summary>
    /// <returns>False when they are not known.</returns>
    public async ValueTask<bool> RecordAsync(CompileJob job, CollectedInputs listed, InputVisit visit, CancellationToken cancellationToken)
    {
        CompilerInvocation invocation = job.Invocation!;
        if (invocation.DependencyArguments.IsEmpty)
        {
            return true;
        }

        PreprocessorArguments arguments = PreprocessorArguments.Read(invocation);
        SearchPath? search;
        try
        {
            search = await searchFolders.AskAsync(job, invocation, visit, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The compiler cannot be asked any more: the job has its inputs, and only what they depend on is unknown.
            return false;
        }

        if (arguments.Doubt is not null || search is not { Doubt: null })
        {
            return false;
        }

        var resolver = new IncludeResolver(visit, job.WorkingDirectory, search);
        resolver.Angled("stdc-predef.h");
        var computing = new List<FoundFile>();
        foreach (string file in listed.Files)
        {
            if (resolver.Named(file) is not { } source || memory.Reader.Read(source.Path, source.Known.Digest) is not { Obstacle: null } directives)
            {
                return false;
            }

            Record(resolver, source, directives);
            if (directives.Includes.Any(static include => include.Form == IncludeForm.Computed))
            {
                computing.Add(source);
            }
        }

        SourceDirectives given = DirectiveReader.Read(Encoding.UTF8.GetBytes(arguments.Macros));
        if (resolver.Named(invocation.Source) is not { } main || given.Obstacle is not null)
        {
            return false;
        }

        foreach (string forced in arguments.Forced)
        {
            string path = Path.Combine(job.WorkingDirectory, forced);
            if (resolver.Exists(path + ".gch") || resolver.Exists(path + ".pch"))
            {
                return false;
            }

            resolver.Named(forced);
            resolver.Quoted(main, forced);
        }

        foreach (FoundFile source in computing)
        {
            RecordComputed(resolver, source, listed, search);
        }

        return true;
    }

    private static void Record(IncludeResolver resolver, FoundFile source, SourceDirectives directives)
    {
        foreach (IncludeDirective include in directives.Includes.Where(static include => include.Form != IncludeForm.Computed))
        {
            if (include.Kind != IncludeKind.Include)
            {
                foreach (FoundFile _ in resolver.All(source, include.Text, fromWorkingDirectory: true))
                {
                    // Searched for its own sake.
                }
            }
            else if (include.Form == IncludeForm.Angled)
            {
                resolver.Angled(include.Text);
            }
            else
            {
                resolver.Quoted(source, include.Text);
            }
        }
    }

    /// <summary>Which names were computed is not known; but what each listed file was called when it was found is what follows one of the folders.</summary>
    private static void RecordComputed(IncludeResolver resolver, FoundFile source, CollectedInputs listed, SearchPath search)
    {
        foreach (string file in listed.Files)
        {
            foreach (string folder in search.Folders.Append(source.Folder.Path).Append("."))
            {
                string start = folder.TrimEnd('/') + "/";
                if (folder == "." || file.StartsWith(start, StringComparison.Ordinal))
                {
                    resolver.Quoted(source, folder == "." ? file : file[start.Length..]);
                    resolver.Angled(folder == "." ? file : file[start.Length..]);
                }
            }
        }
    }
}
