using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Execution;

/// <summary>
/// Puts the files of a result where the compiler would have written them. All are complete beside their places before the first is
/// renamed into its own, the object last: a build that is interrupted in between finds the old object and compiles again.
/// </summary>
internal static class OutputWriter
{
    /// <summary>Writes the outputs and deletes what the compiler removed.</summary>
    /// <param name="result">The compiler's result.</param>
    /// <param name="umask">The file mode creation mask of the command.</param>
    /// <returns>Null when all is in place, else how the submitting machine failed.</returns>
    public static JobFailure? Write(CompileResult result, int umask)
    {
        var staged = new List<StagedFile>(result.Outputs.Length);
        try
        {
            foreach (OutputFile output in result.Outputs)
            {
                staged.Add(Stage(output, umask));
            }

            for (int i = staged.Count - 1; i >= 0; i--)
            {
                Place(staged[i]);
            }

            Remove(result.Removed);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard(staged);
            return new JobFailure(FailedParty.Origin, JobStep.Write, FailureRemedy.CompileHere, e.Message);
        }
    }

    private static StagedFile Stage(OutputFile output, int umask)
    {
        string target = output.Path;
        bool exists = Linux.Stat(target, followLinks: false, out FileStatus status) == 0;
        if (exists && status.IsLink)
        {
            // Compilers write through links; a rename onto the link would replace it.
            target = File.ResolveLinkTarget(target, returnFinalTarget: true)?.FullName ?? target;
            exists = Linux.Stat(target, followLinks: false, out status) == 0;
        }

        if (exists && status.IsDirectory)
        {
            throw new IOException($"'{output.Path}' is a directory.");
        }

        if (exists && !status.IsRegular)
        {
            // A device or a pipe, such as /dev/null: there is nothing to rename over.
            return new StagedFile(null, target, output.Content);
        }

        string folder = Path.GetDirectoryName(target) ?? throw new IOException($"'{output.Path}' is no place for a file.");
        string temporary = Path.Combine(folder, $".ice-{Guid.NewGuid():N}");
        try
        {
            using FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            stream.Write(output.Content.Span);
            if (OperatingSystem.IsLinux())
            {
                File.SetUnixFileMode(stream.SafeFileHandle, (UnixFileMode)(output.Mode & 0x1FF & ~umask));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw;
        }

        return new StagedFile(temporary, target, output.Content);
    }

    private static void Place(StagedFile file)
    {
        if (file.Temporary is not null)
        {
            File.Move(file.Temporary, file.Target, overwrite: true);
            return;
        }

        using FileStream stream = new(file.Target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        stream.Write(file.Content.Span);
    }

    private static void Remove(ImmutableArray<string> paths)
    {
        foreach (string path in paths)
        {
            try
            {
                File.Delete(path);
            }
            catch (DirectoryNotFoundException)
            {
                // Gone with its folder, which is as gone as it is to be.
            }
        }
    }

    private static void Discard(List<StagedFile> staged)
    {
        foreach (StagedFile file in staged)
        {
            if (file.Temporary is null)
            {
                continue;
            }

            try
            {
                File.Delete(file.Temporary);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The failure that is being reported says more than the stray file.
            }
        }
    }

    private readonly record struct StagedFile(string? Temporary, string Target, ReadOnlyMemory<byte> Content);
}
