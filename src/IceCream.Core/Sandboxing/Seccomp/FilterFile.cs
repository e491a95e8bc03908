using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Sandboxing.Seccomp;

/// <summary>
/// The filter of this machine as a file for child processes: a file without a name, which nobody can change or remove, accessible through this
/// process. Every child opens it anew, and so reads it from the beginning.
/// </summary>
internal static class FilterFile
{
    // A failure is not remembered: the disk may be full for a while only.
    private static readonly Lazy<SafeFileHandle?> File = new(Write, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Its path, valid for children of this process while it lives; null where the processor has no filter.</summary>
    /// <exception cref="IOException">There is no space for it.</exception>
    public static string? Path =>
        File.Value is { } file ? string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{file.DangerousGetHandle()}") : null;

    private static SafeFileHandle? Write()
    {
        if (DenyFilter.For(RuntimeInformation.ProcessArchitecture) is not { } filter)
        {
            return null;
        }

        string path = System.IO.Path.Combine(BubblewrapSandbox.TemporaryFolder, ".icecream-" + System.IO.Path.GetRandomFileName());
        SafeFileHandle file = System.IO.File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
        try
        {
            RandomAccess.Write(file, filter, 0);
            return file;
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }
}
