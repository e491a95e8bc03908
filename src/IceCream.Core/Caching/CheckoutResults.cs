using System.Collections.Immutable;
using System.Text;
using IceCream.FileSystem;
using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Toolchains;
using IceCream.Wire;

namespace IceCream.Caching;

/// <summary>
/// Results that are shared between the checkouts of a project. A result is stored when none of its bytes contains the checkout's path. It is used in
/// another checkout when the inputs there are the same and the preprocessed source does not contain that checkout's path: the compiler's own output
/// would then be the same, since it learns paths in no other way.
/// </summary>
/// <param name="store">The store of results.</param>
/// <param name="bases">The folders that contain checkouts.</param>
/// <param name="probe">Runs the preprocessor.</param>
internal sealed class CheckoutResults(ResultStore store, ImmutableArray<string> bases, ICompilerProbe probe)
{
    private const string Version = "icecream checkout 1";

    /// <summary>Builtins that give a program the path of its source without a macro.</summary>
    private static readonly string[] TellsPath = ["__builtin_FILE", "__builtin_source_location", "__builtin_FILE_NAME"];

    /// <summary>Stores a result for other checkouts.</summary>
    /// <returns>Why it was not stored; null when it was, or when the job is in no checkout.</returns>
    /// <exception cref="IOException">The store cannot be used.</exception>
    public string? Keep(CompileJob job, KnownResult kept)
    {
        if (Checkout.Of(job, bases) is not { } checkout)
        {
            return null;
        }

        if (checkout.Generalize(job, out string? doubt) is not { } general)
        {
            return doubt;
        }

        if (Load(kept) is not var (ownTree, ownLists) || InputSet.HasPrecompiled(ownTree)
            || checkout.Generalize(ownTree) is not { } tree || checkout.Generalize(ownLists) is not { } lists)
        {
            return "its inputs cannot lie elsewhere";
        }

        if (new FixedWays(checkout, bases).MayBeAmong(ownTree))
        {
            return "a file may be reached by a way that is the same from every checkout";
        }

        if (Names(checkout, kept.StandardOutput) || Names(checkout, kept.StandardError)
            || MoveOutputs(job, kept.Outputs, checkout.Root, Checkout.Placeholder, bytes => Names(checkout, bytes)) is not { } outputs)
        {
            return "what it writes names the checkout";
        }

        Digest key = KeyOf(general);
        CommandRecord record = store.Records.Find(key) ?? new CommandRecord();
        store.Records.Put(key, record.With(kept with
        {
            Tree = store.Put(FileTreeCodec.Encode(tree)), Lookups = store.Put(LookupsCodec.Encode(lists).WrittenSpan), Outputs = outputs,
        }));
        return null;
    }

    /// <summary>Whether a result of an equivalent job in any checkout is stored.</summary>
    /// <exception cref="IOException">The store cannot be used.</exception>
    public bool Knows(CompileJob job) =>
        Checkout.Of(job, bases)?.Generalize(job, out _) is { } general && store.Records.Find(KeyOf(general)) is not null;

    /// <summary>The result of an equivalent job in another checkout, when it is valid here.</summary>
    /// <exception cref="IOException">The store cannot be used.</exception>
    public async ValueTask<KnownResult?> FindAsync(CompileJob job, Toolchain toolchain, InputMemory memory, CancellationToken cancellationToken)
    {
        if (Checkout.Of(job, bases) is not { } checkout || checkout.Generalize(job, out _) is not { } general || store.Records.Find(KeyOf(general)) is not { } record)
        {
            return null;
        }

        InputVisit visit = memory.Begin();
        foreach (KnownResult known in record.Results.Where(known => known.Toolchain == toolchain.Digest))
        {
            if (Load(known) is not var (tree, lists) || checkout.Specialize(tree) is not { } here || checkout.Specialize(lists) is not { } looked
                || new InputSet(here, looked, toolchain.Tree).FirstDifference(job, visit) is not null)
            {
                continue;
            }

            return await TellsPathAsync(job, checkout, cancellationToken).ConfigureAwait(false)
                || MoveOutputs(job, known.Outputs, Checkout.Placeholder, checkout.Root, static _ => false) is not { } outputs
                ? null
                : known with
                {
                    Tree = store.Put(FileTreeCodec.Encode(here)), Lookups = store.Put(LookupsCodec.Encode(looked).WrittenSpan), Outputs = outputs,
                };
        }

        return null;
    }

    private static Digest KeyOf(CompileJob general) => Digest.Of(Encoding.UTF8.GetBytes($"{Version} {CommandKey.Of(general)}"));

    private (FileTree Tree, LookupLists Lists)? Load(KnownResult known) =>
        store.Read(known.Tree, WireLimits.Message) is { } tree && store.Read(known.Lookups, WireLimits.Lookups) is { } lists
            ? (FileTreeCodec.Decode(tree), LookupsCodec.Decode(lists)) : null;

    private bool Names(Checkout checkout, Digest blob)
    {
        using OutputContent? content = store.Take(blob);
        return content is null || Names(checkout, content.ToArray());
    }

    /// <summary>Whether bytes contain the folder's path, or its form as an identifier, in which compilers replace all characters but letters and digits.</summary>
    private static bool Names(Checkout checkout, ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf(Encoding.UTF8.GetBytes(checkout.Root)) >= 0
        || bytes.IndexOf(Encoding.UTF8.GetBytes(string.Concat(checkout.Root[1..].Select(static c => char.IsAsciiLetterOrDigit(c) ? c : '_')))) >= 0;

    /// <summary>The outputs for another checkout: the dependency file is rewritten, and no other output may contain the path.</summary>
    private ImmutableArray<KnownOutput>? MoveOutputs(CompileJob job, ImmutableArray<KnownOutput> outputs, string from, string to, Func<byte[], bool> names)
    {
        string? dependencies = job.Invocation!.DependencyFile is { } file ? Path.GetFullPath(file, job.WorkingDirectory) : null;
        var moved = ImmutableArray.CreateBuilder<KnownOutput>(outputs.Length);
        foreach (KnownOutput output in outputs)
        {
            using OutputContent? content = store.Take(output.Content);
            if (content is null)
            {
                return null;
            }

            byte[] bytes = content.ToArray();
            if (job.Outputs[output.Index].Path != dependencies)
            {
                if (names(bytes))
                {
                    return null;
                }

                moved.Add(output);
                continue;
            }

            if (DependencyText.Move(Encoding.UTF8.GetString(bytes), from, to) is not { } text)
            {
                return null;
            }

            byte[] written = Encoding.UTF8.GetBytes(text);
            moved.Add(output with { Content = store.Put(written), Length = written.Length });
        }

        return moved.DrainToImmutable();
    }

    /// <summary>
    /// Whether the preprocessed source tells the compiler where its checkout is: by <c>__FILE__</c>, by a macro, or by a builtin; or whether a file
    /// was reached by a path through the base folder, which would lead to another checkout.
    /// </summary>
    private async ValueTask<bool> TellsPathAsync(CompileJob job, Checkout checkout, CancellationToken cancellationToken)
    {
        ImmutableArray<string> question = job.Invocation!.DependencyArguments;
        int listing = question.LastIndexOf("-M");
        if (listing < 0 || question[(listing + 1)..] is not ["-MT", _, ..])
        {
            return true;
        }

        ProbeAnswer answer = await probe.AskAsync(job.Compiler, question.RemoveRange(listing, 3).Insert(listing, "-E"), job.WorkingDirectory, job.Environment, cancellationToken).ConfigureAwait(false);
        if (answer.ExitCode != 0)
        {
            return true;
        }

        var ways = new FixedWays(checkout, bases);
        foreach (ReadOnlySpan<char> line in answer.Output.AsSpan().EnumerateLines())
        {
            if (line.Length > 2 && line.StartsWith("# ", StringComparison.Ordinal) && char.IsAsciiDigit(line[2]))
            {
                int from = line.IndexOf('"'), to = line.LastIndexOf('"');
                if (from < 0 || to <= from || line.Contains('\\')
                    || (line[(from + 1)..to].ToString() is var read && (checkout.LeadsOut(read, job.WorkingDirectory) || ways.LeadsBeside(read, job.WorkingDirectory))))
                {
                    return true;
                }
            }
            else if (line.Contains(checkout.Root, StringComparison.Ordinal) || Tells(line))
            {
                return true;
            }
        }

        return false;

        static bool Tells(ReadOnlySpan<char> line)
        {
            foreach (string word in TellsPath)
            {
                if (line.Contains(word, StringComparison.Ordinal))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
