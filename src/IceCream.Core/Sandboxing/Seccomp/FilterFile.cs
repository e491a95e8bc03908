using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Sandboxing.Seccomp;

/// <summary>
/// The filter of this machine where a child can open it: a file without a name, which nobody can change or remove, reached through this process.
/// Every child opens it anew, and so reads it from its beginning.
/// </summary>
internal static class FilterFile
{
    private static readonly Lazy<SafeFileHandle?> File = new(Write);

    /// <summary>Its path, for children of this process and as long as it lives; null where there is no filter for the processor.</summary>
    /// <exception cref="IOException">There is no room for it.</exception>
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
