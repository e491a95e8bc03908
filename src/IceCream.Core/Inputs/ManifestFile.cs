using System.Collections.Immutable;
using IceCream.Digests;
using IceCream.FileSystem;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>
/// The file format of manifests: first all paths that any of them depends on, each once with its last known state, then the manifests with paths as
/// indexes. The data is valid on this machine only and is never sent.
/// </summary>
internal static class ManifestFile
{
    private const long MaxBytes = 64 << 20;

    /// <summary>The most references, of four bytes each, so that there is room for the paths.</summary>
    public const int MostReferences = 8 << 20;

    private static ReadOnlySpan<byte> Header => "ICEMAN\x00\x04"u8;

    /// <summary>Replaces the file atomically.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="manifests">The most important first; invalid ones are omitted.</param>
    /// <param name="memory">The memory that they refer to.</param>
    public static void Write(string path, IEnumerable<KeyValuePair<Digest, Manifest>> manifests, InputMemory memory)
    {
        // Changes during the write must not be taken for the state that the manifests describe.
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

                // What is remembered was observed by a worker, so its kind is always the same.
                writer.Write(manifest.Stays?.Detail ?? "");
                Write(writer, manifest.Further);
                Write(writer, manifest.Variables);

                Write(writer, manifest.Files, files);
                Write(writer, manifest.Folders, folders);
                Write(writer, manifest.Directories, folders);
            }
        });
    }

    /// <summary>Reads the manifests into a memory that is still empty.</summary>
    /// <exception cref="IOException">The file cannot be read, or is truncated.</exception>
    /// <exception cref="InvalidDataException">The file has another format or version, or is damaged.</exception>
    /// <exception cref="FormatException">The file contains invalid text.</exception>
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
                Stays = stays.Length == 0 ? null : new LocalOnlyReason(LocalOnlyKind.Lookups, stays),
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
        // A text takes as little as one byte, so the count must not be used to allocate memory.
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

    /// <summary>Reads a count of items that take at least four bytes each.</summary>
    private static int ReadCount(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        return count >= 0 && count <= (reader.BaseStream.Length - reader.BaseStream.Position) / sizeof(int)
            ? count : throw new InvalidDataException("it announces more than it has");
    }
}
