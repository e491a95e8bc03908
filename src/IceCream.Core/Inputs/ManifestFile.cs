using System.Collections.Immutable;
using IceCream.Digests;
using IceCream.FileSystem;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>
/// The file that holds manifests: first the paths that any of them depends on, each once with what was last seen there, then the manifests as
/// numbers of paths. A memory of this machine: it never travels.
/// </summary>
internal static class ManifestFile
{
    private const long MaxBytes = 64 << 20;

    /// <summary>So many references of four bytes leave room for the paths.</summary>
    public const int MostReferences = 8 << 20;

    private static ReadOnlySpan<byte> Header => "ICEMAN\x00\x04"u8;

    /// <summary>Replaces the file in one step.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="manifests">Most wanted first; those that no longer hold are left out.</param>
    /// <param name="memory">What they are about.</param>
    public static void Write(string path, IEnumerable<KeyValuePair<Digest, Manifest>> manifests, InputMemory memory)
    {
        // What changes while this is written must not be taken for what the manifests were about.
        long latestChange = memory.LatestChange;
        var files = new Dictionary<KnownFile, int>();
        var folders = new Dictionary<Folder, int>();
        var kept = new List<KeyValuePair<Digest, Manifest>>();
        int references = 0;
        foreach (KeyValuePair<Digest, Manifest> each in manifests.Where(static each => !each.Value.IsIncomplete && each.Value.HeldLately()))
        {
            references += each.Value.Size;
            if (references > MostReferences)
            {
                break;
            }

            kept.Add(each);
            foreach (KnownFile file in each.Value.Files)
            {
                files.TryAdd(file, files.Count);
            }

            foreach (Folder folder in each.Value.Folders)
            {
                folders.TryAdd(folder, folders.Count);
            }

            foreach (Folder directory in each.Value.Directories)
            {
                folders.TryAdd(directory, folders.Count);
            }
        }

        StateFile.Replace(path, writer =>
        {
            writer.Write(Header);
            writer.Write(files.Count);
            foreach (KnownFile file in files.Keys)
            {
                file.Write(writer, latestChange);
            }

            writer.Write(folders.Count);
            foreach (Folder folder in folders.Keys)
            {
                folder.Write(writer, latestChange);
            }

            writer.Write(kept.Count);
            foreach ((Digest key, Manifest manifest) in kept)
            {
                StateFile.Write(writer, key);
                writer.Write((byte)manifest.Stage);
                writer.Write(manifest.Doubt ?? "");
                writer.Write(manifest.PassedOver);
                writer.Write(manifest.Inputs);
                writer.Write(manifest.Lookups is not null);
                StateFile.Write(writer, manifest.Lookups ?? default);
                writer.Write(manifest.Stays ?? "");
                Write(writer, manifest.Further);
                Write(writer, manifest.Variables);

                Write(writer, manifest.Files, files);
                Write(writer, manifest.Folders, folders);
                Write(writer, manifest.Directories, folders);
            }
        });
    }

    /// <summary>Reads the manifests into a memory that has seen nothing yet.</summary>
    /// <exception cref="IOException">It cannot be read, or ends too early.</exception>
    /// <exception cref="InvalidDataException">It is no such file, of another version, or damaged.</exception>
    /// <exception cref="FormatException">It holds no text where there must be text.</exception>
    public static List<KeyValuePair<Digest, Manifest>> Read(string path, InputMemory memory)
    {
        using BinaryReader reader = StateFile.Open(path, Header, MaxBytes);
        var files = new KnownFile[ReadCount(reader)];
        for (int i = 0; i < files.Length; i++)
        {
            files[i] = memory.FileAt(reader.ReadString());
            files[i].Read(reader);
        }

        var folders = new Folder[ReadCount(reader)];
        for (int i = 0; i < folders.Length; i++)
        {
            folders[i] = memory.FolderAt(reader.ReadString());
            folders[i].Read(reader);
        }

        var manifests = new List<KeyValuePair<Digest, Manifest>>(ReadCount(reader));
        for (int i = manifests.Capacity; i > 0; i--)
        {
            Digest key = StateFile.ReadDigest(reader);
            var stage = (InputStage)reader.ReadByte();
            string doubt = reader.ReadString();
            int passedOver = reader.ReadInt32(), inputs = reader.ReadInt32();
            bool observed = reader.ReadBoolean();
            Digest lookups = StateFile.ReadDigest(reader);
            string stays = reader.ReadString();
            string[] further = ReadTexts(reader), variables = ReadTexts(reader);
            KnownFile[] itsFiles = Read(reader, files);
            Folder[] itsFolders = Read(reader, folders), directories = Read(reader, folders);
            if (stage is not (InputStage.Scanner or InputStage.Compiler) || inputs < 0 || inputs > itsFiles.Length)
            {
                throw new InvalidDataException("a manifest makes no sense");
            }

            manifests.Add(new(key, new Manifest(stage, doubt.Length == 0 ? null : doubt, itsFiles, inputs, itsFolders, directories, memory.LatestChange, null)
            {
                PassedOver = passedOver,
                Lookups = observed ? lookups : null,
                Stays = stays.Length == 0 ? null : stays,
                Further = [.. further],
                Variables = [.. variables],
            }));
        }

        return manifests;
    }

    private static void Write(BinaryWriter writer, ImmutableArray<string> texts)
    {
        writer.Write(texts.Length);
        foreach (string text in texts)
        {
            writer.Write(text);
        }
    }

    private static string[] ReadTexts(BinaryReader reader)
    {
        // A text takes a byte or more, so that their count is no measure of what is to be allotted.
        var texts = new List<string>();
        for (int count = reader.ReadInt32(); count > texts.Count;)
        {
            texts.Add(reader.ReadString());
        }

        return [.. texts];
    }

    private static void Write<T>(BinaryWriter writer, ReadOnlySpan<T> things, Dictionary<T, int> numbers)
        where T : class
    {
        writer.Write(things.Length);
        foreach (T thing in things)
        {
            writer.Write(numbers[thing]);
        }
    }

    private static T[] Read<T>(BinaryReader reader, T[] all)
    {
        var some = new T[ReadCount(reader)];
        for (int i = 0; i < some.Length; i++)
        {
            int number = reader.ReadInt32();
            some[i] = (uint)number < (uint)all.Length ? all[number] : throw new InvalidDataException("a manifest names a path that is not there");
        }

        return some;
    }

    /// <summary>How many things follow, of which each takes four bytes or more.</summary>
    private static int ReadCount(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        return count >= 0 && count <= (reader.BaseStream.Length - reader.BaseStream.Position) / sizeof(int)
            ? count : throw new InvalidDataException("it announces more than it has");
    }
}
