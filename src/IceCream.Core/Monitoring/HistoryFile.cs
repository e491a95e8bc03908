using System.Text;
using IceCream.Diagnostics;

namespace IceCream.Monitoring;

/// <summary>
/// Lines that outlive the program, in an append-only file. A full file replaces the former one, and a new file is begun. A line that a crash has torn is
/// skipped. When the disk accepts no writes, lines are lost without any other effect. For one thread at a time.
/// </summary>
/// <param name="path">The file; the former one lies beside it, as <c>PATH.1</c>.</param>
/// <param name="limit">The length in bytes at which the next file is begun; with the former file, the total is twice that.</param>
internal sealed class HistoryFile(string path, long limit) : IDisposable
{
    /// <summary>Longer lines were not written by this class.</summary>
    private const int LongestLine = 256 << 10;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private FileStream? _file;

    /// <summary>Why the last line was not kept; null when it was.</summary>
    public Obstacle? Obstacle { get; private set; }

    private string Former => path + ".1";

    /// <summary>The kept lines, oldest first. A file that cannot be read counts as empty.</summary>
    public IEnumerable<string> Read() => ReadFrom(Former).Concat(ReadFrom(path));

    /// <summary>Appends a line, if the disk accepts it.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <returns>Whether it was kept.</returns>
    public bool TryAppend(string line)
    {
        if (line.Contains('\n', StringComparison.Ordinal))
        {
            throw new ArgumentException("A line is one.", nameof(line));
        }

        // What is in a line comes from other machines: a long one is lost, and nothing else.
        if (line.Length > LongestLine)
        {
            Obstacle = new Obstacle(ObstacleKind.Files, $"a line of {line.Length} characters is longer than any reader takes");
            return false;
        }

        try
        {
            FileStream file = _file ??= Open();
            if (file.Length > limit)
            {
                file.Dispose();
                _file = null;
                File.Move(path, Former, overwrite: true);
                file = _file = Open();
            }

            file.Write(Utf8.GetBytes(line + "\n"));
            file.Flush();
            Obstacle = null;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A line that was written in part is torn. The next line begins on a line of its own.
            _file?.Dispose();
            _file = null;
            Obstacle = new Obstacle(ObstacleKind.Files, e.Message);
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private FileStream Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);

        // Unbuffered: a failed write is known at once, and no later line is lost with it.
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        file.Seek(0, SeekOrigin.End);
        if (file.Length > 0)
        {
            file.Seek(-1, SeekOrigin.End);
            if (file.ReadByte() != '\n')
            {
                file.WriteByte((byte)'\n');
            }
        }

        return file;
    }

    private static IEnumerable<string> ReadFrom(string file)
    {
        StreamReader reader;
        try
        {
            reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), Utf8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        using (reader)
        {
            while (NextLine(reader) is { } line)
            {
                if (line.Length is > 0 and <= LongestLine)
                {
                    yield return line;
                }
            }
        }
    }

    private static string? NextLine(StreamReader reader)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
