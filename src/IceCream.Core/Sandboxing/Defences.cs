namespace IceCream.Sandboxing;

/// <summary>
/// What stands between a job and its machine. A kernel or a container may refuse the first two, and jobs then run under the others; each of the rest is
/// always there, and has its own name so that a test can take it away and see what it was for.
/// </summary>
[Flags]
internal enum Defences
{
    None = 0,

    /// <summary>The seccomp filter (<see cref="Seccomp.DenyFilter"/>).</summary>
    Filter = 1,

    /// <summary>No user namespace can be made inside, and so nobody becomes the root of anything (bubblewrap 0.8 and later).</summary>
    NoUserNamespaces = 2,

    /// <summary>No capability, not even over the sandbox's own namespaces. bubblewrap leaves a user who is root all of them.</summary>
    NoCapabilities = 4,

    /// <summary>
    /// <c>/proc</c> cannot be written: neither the memory of other processes inside, nor the settings of the kernel, which root owns without any capability.
    /// </summary>
    ReadOnlyProcesses = 8,

    /// <summary>Own processes: no others are seen, and all end with the first.</summary>
    OwnProcesses = 16,

    /// <summary>An empty network.</summary>
    OwnNetwork = 32,

    /// <summary>Own message queues, semaphores and shared memory.</summary>
    OwnIpc = 64,

    /// <summary>An own host name.</summary>
    OwnHostName = 128,

    /// <summary>No terminal.</summary>
    NewSession = 256,

    /// <summary>Limits of processes, descriptors and core dumps.</summary>
    Limits = 512,

    /// <summary>The keys of the kernel that this user may see are not listed.</summary>
    NoKeyList = 1024,

    /// <summary>The root is read-only, and so is every folder that is not said to be writable.</summary>
    ReadOnlyRoot = 2048,

    All = 4095,
}
