namespace IceCream.Sandboxing;

/// <summary>
/// The defences between a job and its machine. A kernel or a container may not support the first two, and jobs then run with the others. The rest is
/// always available; each has its own name so that a test can remove it and observe its purpose.
/// </summary>
[Flags]
internal enum Defences
{
    None = 0,

    /// <summary>The seccomp filter (<see cref="Seccomp.DenyFilter"/>).</summary>
    Filter = 1,

    /// <summary>User namespaces cannot be created inside, so no process can become root in one (bubblewrap 0.8 and later).</summary>
    NoUserNamespaces = 2,

    /// <summary>No capabilities, not even over the sandbox's own namespaces. bubblewrap otherwise leaves all of them to a user who is root.</summary>
    NoCapabilities = 4,

    /// <summary>
    /// <c>/proc</c> is read-only: processes can change neither the memory of others inside nor the settings of the kernel, which belong to root
    /// without any capability.
    /// </summary>
    ReadOnlyProcesses = 8,

    /// <summary>A separate process namespace: other processes are invisible, and all processes end with the first.</summary>
    OwnProcesses = 16,

    /// <summary>A separate, empty network namespace.</summary>
    OwnNetwork = 32,

    /// <summary>Separate message queues, semaphores and shared memory.</summary>
    OwnIpc = 64,

    /// <summary>A separate host name.</summary>
    OwnHostName = 128,

    /// <summary>No controlling terminal.</summary>
    NewSession = 256,

    /// <summary>Limits of processes, descriptors and core dumps.</summary>
    Limits = 512,

    /// <summary>The kernel's list of this user's keys is hidden.</summary>
    NoKeyList = 1024,

    /// <summary>The root and every folder that is not declared writable are read-only.</summary>
    ReadOnlyRoot = 2048,

    All = 4095,
}
