namespace IceCream.Sandboxing;

/// <summary>
/// <c>mmap</c> for x86-64, as instructions: the system call of that name, after which anonymous private memory of at least 2 MiB, placed
/// by the kernel, is put on a border of 2 MiB and advised to come in huge pages. All else is as the C library's, <c>errno</c> too.
/// It stands in front of the C library's (<see cref="SharedObject"/>), where a compiler's collector of garbage finds it.
/// </summary>
/// <remarks>
/// GCC maps its memory by 2 MiB. Linux puts such mappings on a border since 6.7; before, the second half of a huge page would lie in the
/// mapping that comes next, and the kernel gives small pages: so the memory is mapped again with room to choose from, and the room given back.
/// The calling convention is that of the System V ABI for AMD64 (registers, §3.2.3; system calls, §A.2).
/// </remarks>
internal static class HugePageMapping
{
    /// <summary>The name that <see cref="Code"/> goes by, and the one under which programs with large files ask for it.</summary>
    public const string Name = "mmap", LargeFileName = "mmap64";

    /// <summary>The C library's function that <see cref="Code"/> calls: it tells where <c>errno</c> is.</summary>
    public const string Import = "__errno_location";

    /// <summary>Where <see cref="Code"/> wants the distance from <see cref="CallEnd"/> to the import's address: four bytes.</summary>
    public const int CallOperand = 0xDA, CallEnd = 0xDE;

    /// <summary>The instructions. They may lie anywhere, and need nothing but the operand of their one call.</summary>
    public static ReadOnlySpan<byte> Code =>
    [
        // The mapping itself: number 9. A result from -4095 to -1 is an error.
        0x49, 0x89, 0xCA,                               // 00  mov  r10, rcx
        0xB8, 9, 0, 0, 0,                               // 03  mov  eax, 9
        0x0F, 0x05,                                     // 08  syscall
        0x48, 0x3D, 0x01, 0xF0, 0xFF, 0xFF,             // 0A  cmp  rax, -4095
        0x0F, 0x83, 0xBF, 0, 0, 0,                      // 10  jae  failed

        // Ours are those that the kernel placed, for reading and writing, private and anonymous, of 2 MiB or more.
        0x48, 0x85, 0xFF,                               // 16  test rdi, rdi
        0x0F, 0x85, 0xB5, 0, 0, 0,                      // 19  jnz  done
        0x83, 0xFA, 3,                                  // 1F  cmp  edx, PROT_READ | PROT_WRITE
        0x0F, 0x85, 0xAC, 0, 0, 0,                      // 22  jne  done
        0x41, 0x83, 0xFA, 0x22,                         // 28  cmp  r10d, MAP_PRIVATE | MAP_ANONYMOUS
        0x0F, 0x85, 0xA2, 0, 0, 0,                      // 2C  jne  done
        0x48, 0x81, 0xFE, 0x00, 0x00, 0x20, 0x00,       // 32  cmp  rsi, 2 MiB
        0x0F, 0x82, 0x95, 0, 0, 0,                      // 39  jb   done
        0x53,                                           // 3F  push rbx
        0x41, 0x54,                                     // 40  push r12
        0x48, 0x89, 0xC3,                               // 42  mov  rbx, rax              the address
        0x4C, 0x8D, 0xA6, 0xFF, 0x0F, 0, 0,             // 45  lea  r12, [rsi + 4095]
        0x49, 0x81, 0xE4, 0x00, 0xF0, 0xFF, 0xFF,       // 4C  and  r12, -4096            the length, in whole pages
        0xF7, 0xC3, 0xFF, 0xFF, 0x1F, 0x00,             // 53  test ebx, 2 MiB - 1
        0x74, 0x61,                                     // 59  jz   advise

        // Not on a border: once more, with room for one. Where that fails, the first stays.
        0x49, 0x8D, 0xB4, 0x24, 0x00, 0xF0, 0x1F, 0x00, // 5B  lea  rsi, [r12 + 2 MiB - 4096]
        0xB8, 9, 0, 0, 0,                               // 63  mov  eax, 9
        0x0F, 0x05,                                     // 68  syscall
        0x48, 0x3D, 0x01, 0xF0, 0xFF, 0xFF,             // 6A  cmp  rax, -4095
        0x73, 0x4A,                                     // 70  jae  advise
        0x48, 0x93,                                     // 72  xchg rbx, rax
        0x48, 0x89, 0xC7,                               // 74  mov  rdi, rax
        0x4C, 0x89, 0xE6,                               // 77  mov  rsi, r12
        0xB8, 11, 0, 0, 0,                              // 7A  mov  eax, 11               munmap: the first
        0x0F, 0x05,                                     // 7F  syscall
        0x4C, 0x8D, 0x83, 0xFF, 0xFF, 0x1F, 0x00,       // 81  lea  r8, [rbx + 2 MiB - 1]
        0x49, 0x81, 0xE0, 0x00, 0x00, 0xE0, 0xFF,       // 88  and  r8, -2 MiB            the border
        0x48, 0x89, 0xDF,                               // 8F  mov  rdi, rbx
        0x4C, 0x89, 0xC6,                               // 92  mov  rsi, r8
        0x48, 0x29, 0xDE,                               // 95  sub  rsi, rbx
        0x74, 0x07,                                     // 98  jz   behind
        0xB8, 11, 0, 0, 0,                              // 9A  mov  eax, 11               munmap: the room before it
        0x0F, 0x05,                                     // 9F  syscall
        0x4B, 0x8D, 0x3C, 0x20,                         // A1  behind: lea rdi, [r8 + r12]
        0x4A, 0x8D, 0xB4, 0x23, 0x00, 0xF0, 0x1F, 0x00, // A5  lea  rsi, [rbx + r12 + 2 MiB - 4096]
        0x48, 0x29, 0xFE,                               // AD  sub  rsi, rdi
        0x74, 0x07,                                     // B0  jz   kept
        0xB8, 11, 0, 0, 0,                              // B2  mov  eax, 11               munmap: the room behind it
        0x0F, 0x05,                                     // B7  syscall
        0x4C, 0x89, 0xC3,                               // B9  kept: mov rbx, r8

        // madvise, number 28. A kernel without huge pages refuses, and nothing is lost.
        0x48, 0x89, 0xDF,                               // BC  advise: mov rdi, rbx
        0x4C, 0x89, 0xE6,                               // BF  mov  rsi, r12
        0xBA, 14, 0, 0, 0,                              // C2  mov  edx, MADV_HUGEPAGE
        0xB8, 28, 0, 0, 0,                              // C7  mov  eax, 28
        0x0F, 0x05,                                     // CC  syscall
        0x48, 0x89, 0xD8,                               // CE  mov  rax, rbx
        0x41, 0x5C,                                     // D1  pop  r12
        0x5B,                                           // D3  pop  rbx
        0xC3,                                           // D4  done: ret

        // errno = the error; the result is MAP_FAILED. The push also puts the stack on the border that a call wants.
        0xF7, 0xD8,                                     // D5  failed: neg eax
        0x50,                                           // D7  push rax
        0xFF, 0x15, 0, 0, 0, 0,                         // D8  call [rip + the import]
        0x59,                                           // DE  pop  rcx
        0x89, 0x08,                                     // DF  mov  [rax], ecx
        0x48, 0x83, 0xC8, 0xFF,                         // E1  or   rax, -1
        0xC3,                                           // E5  ret
    ];
}
