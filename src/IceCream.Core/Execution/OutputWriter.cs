using System.Buffers;
using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Storage;

namespace IceCream.Execution;

/// <summary>
/// Writes the files of a result as the compiler would have: a file that the compiler opens and rewrites keeps its owner, its permissions and its
/// other hard links; one that it replaces does not. All files are complete in temporary files beside their targets before the first is put in place,
/// and the object is last: an interrupted build finds the old object and compiles again.
/// </summary>
internal static class OutputWriter
{
    private const int AtOnce = 1 << 20;

    /// <summary>The permission bit by which a folder gives its group to new files.</summary>
    private const int GivesItsGroup = 0b010_000_000_000;

    /// <summary>Writes the outputs and deletes the files that the compiler removed.</summary>
    /// <param name="result">The compiler's result.</param>
    /// <param name="announced">The announced output paths, the object first: make requires it to be the newest.</param>
    /// <param name="umask">The file mode creation mask of the command.</param>
    /// <param name="require">Called when all files are ready and none is in place; it may throw to abort.</param>
    /// <param name="group">The group of new files, except in a folder that gives its own group to them; null: that of this process.</param>
    /// <returns>Null on success, else the failure of the submitting machine.</returns>
    public static JobFailure? Write(CompileResult result, ImmutableArray<string> announced, int umask, Action require, uint? group = null)
    {
        var staged = new List<StagedFile>(result.Outputs.Length);
        try
        {
            foreach (OutputFile output in result.Outputs.OrderByDescending(output => announced.IndexOf(output.Path) is >= 0 and int place ? place : int.MaxValue))
            {
                staged.Add(Stage(output, umask, group));
            }

            require();
            bool anyRewritten = staged.Exists(static file => file.Rewrites);
            foreach (StagedFile file in staged)
            {
                if (anyRewritten && !file.Rewrites)
                {
                    Renew(file);
                }

                Place(file);
            }

            Remove(result.Removed);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            // The framework reports EFBIG by the last of these exceptions.
            Discard(staged);
            return new JobFailure(FailedParty.Origin, JobStep.Write, FailureRemedy.CompileHere, e.Message);
        }
        catch (OperationCanceledException)
        {
            Discard(staged);
            throw;
        }
    }

    private static StagedFile Stage(OutputFile output, int umask, uint? group)
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
            // The target is a device or a pipe, such as /dev/null: there is nothing to rename over.
            return new StagedFile(null, target, output.Content, Rewrites: false);
        }

        string folder = Path.GetDirectoryName(target) ?? throw new IOException($"'{output.Path}' is no place for a file.");
        string temporary = Path.Combine(folder, $".ice-{Guid.NewGuid():N}");
        try
        {
            using FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            Copy(output.Content, stream);
            if (group is { } given)
            {
                Give(stream, folder, given);
            }

            if (OperatingSystem.IsLinux())
            {
                // The worker has no access control list.
                File.SetUnixFileMode(stream.SafeFileHandle, (UnixFileMode)Linux.PermissionsIn(folder, output.Mode & 0x1FF & ~umask, umask));
            }
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        return new StagedFile(temporary, target, output.Content, exists && output.IsRewritten);
    }

    private static void Give(FileStream stream, string folder, uint group)
    {
        bool isGiven = Linux.Stat(folder, followLinks: true, out FileStatus status) == 0 && (status.Permissions & GivesItsGroup) != 0;
        if (!isGiven && Linux.SetGroup(stream.SafeFileHandle, group) is not 0 and int error)
        {
            throw new IOException($"A file in '{folder}' cannot be given to group {group}: error {error}.");
        }
    }

    /// <summary>Rewrites the last byte to update the mtime: a file that was rewritten in place meanwhile must not be newer than the object that follows.</summary>
    private static void Renew(StagedFile file)
    {
        if (file is { Temporary: { } temporary, Content.Length: > 0 })
        {
            using FileStream stream = new(temporary, FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0);
            stream.Position = file.Content.Length - 1;
            Span<byte> last = stackalloc byte[1];
            file.Content.Read(stream.Position, last);
            stream.Write(last);
        }
    }

    private static void Place(StagedFile file)
    {
        if (file.Temporary is not null && !file.Rewrites)
        {
            File.Move(file.Temporary, file.Target, overwrite: true);
            return;
        }

        using (FileStream stream = new(file.Target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
        {
            if (file.Rewrites)
            {
                stream.SetLength(0);
            }

            Copy(file.Content, stream);
        }

        if (file.Temporary is not null)
        {
            // The temporary file only proved that there is enough disk space.
            File.Delete(file.Temporary);
        }
    }

    private static void Copy(OutputContent content, FileStream stream)
    {
        if (content is FileContent file && stream.Length == 0 && file.TryClone(stream.SafeFileHandle))
        {
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(content.Length, AtOnce));
        try
        {
            for (long at = 0; at < content.Length;)
            {
                int read = content.Read(at, buffer);
                stream.Write(buffer, 0, read);
                at += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
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
                // The file was removed together with its folder, which is fine.
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
                // The failure that is being reported is more important than the stray file.
            }
        }
    }

    private readonly record struct StagedFile(string? Temporary, string Target, OutputContent Content, bool Rewrites);
}
