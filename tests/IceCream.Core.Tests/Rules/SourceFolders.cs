using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace IceCream.Tests.Rules;

/// <summary>One folder of a project uses what is declared in another.</summary>
internal sealed record FolderImport(string From, string To, string File, string Symbol);

/// <summary>The folders of a project, and what they use of one another: by the compiler's own symbols, so that no way of spelling a name escapes.</summary>
internal sealed class SourceFolders
{
    // What the SDK writes for projects with implicit usings.
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks; global using System.Net.Http;";

    private readonly string _root;

    /// <param name="root">The project's folder.</param>
    public SourceFolders(string root)
    {
        _root = root;
        Files = [.. Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories).Where(file => FolderOf(file) is not ("bin" or "obj")).Order(StringComparer.Ordinal)];
    }

    /// <summary>Its sources.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>The first folder on the way from the project to a file; empty for a file beside the project.</summary>
    public string FolderOf(string file) => Path.GetRelativePath(_root, file) is var path && path.Contains('/', StringComparison.Ordinal) ? path.Split('/')[0] : "";

    /// <summary>Every use of one folder's declarations in another, once a file and symbol.</summary>
    public IReadOnlyCollection<FolderImport> Imports()
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.None);
        SyntaxTree[] trees = [.. Files.Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), options, file))];
        CSharpCompilation compilation = CSharpCompilation.Create(
            "rules",
            [.. trees, CSharpSyntaxTree.ParseText(ImplicitUsings, options)],
            References(),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        var imports = new HashSet<FolderImport>();
        foreach (SyntaxTree tree in trees)
        {
            SemanticModel model = compilation.GetSemanticModel(tree);
            string from = FolderOf(tree.FilePath);
            foreach (SimpleNameSyntax name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
            {
                if (DeclarationOf(model.GetSymbolInfo(name).Symbol) is { } type && FolderOf(type.Locations[0].SourceTree!.FilePath) is var to && to != from)
                {
                    imports.Add(new FolderImport(from, to, Path.GetRelativePath(_root, tree.FilePath), type.Name));
                }
            }
        }

        return imports;
    }

    /// <summary>The type of this project that a symbol is or belongs to; null for what is none, or comes from elsewhere.</summary>
    private static INamedTypeSymbol? DeclarationOf(ISymbol? symbol) =>
        (symbol as INamedTypeSymbol ?? symbol?.ContainingType)?.OriginalDefinition is { TypeKind: not TypeKind.Error } type && type.Locations.FirstOrDefault() is { IsInSource: true } ? type : null;

    /// <summary>The framework, and whatever these tests were built with: all that the projects refer to is among it.</summary>
    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(static file => !Path.GetFileName(file).StartsWith("IceCream.", StringComparison.Ordinal))
            .Select(static file => MetadataReference.CreateFromFile(file));
}
