using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FsCheck.Xunit;
using IceCream.Sandboxing.Seccomp;
using Xunit;

namespace IceCream.Tests.Sandboxing.Seccomp;

/// <summary>The filter decides as its tables say, on every processor, whichever one this is.</summary>
public sealed partial class DenyFilterTests
{
    private const ulong High = 0xdeadbeef_00000000;

    private static readonly (Architecture Filter, Architecture Processor, uint Audit)[] Ways =
    [
        (Architecture.X64, Architecture.X64, DenyFilter.AuditX64), (Architecture.X64, Architecture.X86, DenyFilter.AuditX86), (Architecture.Arm64, Architecture.Arm64, DenyFilter.AuditArm64),
    ];

    public static TheoryData<int> EveryWay() => [0, 1, 2];

    [Theory]
    [MemberData(nameof(EveryWay))]
    public void What_is_denied_is_denied_with_any_arguments(int way)
    {
        foreach (SystemCall call in DeniedCalls.Always.Where(call => call.On(Ways[way].Processor) >= 0))
        {
            Assert.True(Judge(way, call) == DenyFilter.NotPermitted && Judge(way, call, ulong.MaxValue, ulong.MaxValue) == DenyFilter.NotPermitted, call.Name);
        }

        Assert.All(DeniedCalls.NotThere, call => Assert.Equal(DenyFilter.NoSuchCall, Judge(way, call)));
    }

    [Theory]
    [MemberData(nameof(EveryWay))]
    public void All_that_no_table_names_is_allowed(int way)
    {
        Architecture processor = Ways[way].Processor;
        HashSet<int> named =
        [
            .. DeniedCalls.Always.Concat(DeniedCalls.NotThere).Concat(DeniedCalls.Sockets).Concat(DeniedCalls.Permissions.Select(static rule => rule.Call))
                .Concat(DeniedCalls.Openings.Select(static rule => rule.Call)).Concat(DeniedCalls.Nodes.Select(static rule => rule.Call))
                .Append(DeniedCalls.Clone).Append(DeniedCalls.Unshare).Append(DeniedCalls.Control).Select(call => call.On(processor)),
        ];
        int[] others = [.. Enumerable.Range(0, 1000).Where(number => !named.Contains(number))];
        Assert.All(others, number => Assert.Equal(DenyFilter.Allow, Judge(way, number, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue)));
    }

    [Theory]
    [MemberData(nameof(EveryWay))]
    public void Processes_are_made_in_the_namespaces_that_are_there(int way)
    {
        foreach (int bit in Enumerable.Range(0, 32))
        {
            ulong flag = High | (1u << bit);
            Assert.Equal((DenyFilter.Namespaces >> bit & 1) != 0, Judge(way, DeniedCalls.Clone, flag) != DenyFilter.Allow);
            Assert.Equal(((DenyFilter.Namespaces | DenyFilter.TimeNamespace) >> bit & 1) != 0, Judge(way, DeniedCalls.Unshare, flag) != DenyFilter.Allow);
        }
    }

    [Theory]
    [MemberData(nameof(EveryWay))]
    public void Only_sockets_of_this_machine_are_made(int way)
    {
        foreach (SystemCall call in DeniedCalls.Sockets)
        {
            Assert.All(Enumerable.Range(0, 64), family => Assert.Equal(family == 1 ? DenyFilter.Allow : DenyFilter.NoSuchFamily, Judge(way, call, High | (uint)family)));
        }
    }

    [Property]
    public void Permissions_are_set_unless_they_change_who_a_program_runs_as(int mode, bool makes)
    {
        bool isSetId = (mode & 0xC00) != 0;
        for (int way = 0; way < Ways.Length; way++)
        {
            foreach ((SystemCall call, int at) in DeniedCalls.Permissions.Where(rule => rule.Call.On(Ways[way].Processor) >= 0))
            {
                Assert.Equal(isSetId, Judge(way, call, [.. new ulong[at], (uint)mode]) == DenyFilter.NotPermitted);
            }

            foreach ((SystemCall call, int flags, int at) in DeniedCalls.Openings.Where(rule => rule.Call.On(Ways[way].Processor) >= 0))
            {
                ulong[] arguments = new ulong[at + 1];
                arguments[flags] = makes ? 0x40u | 1 : 0x80000;
                arguments[at] = (uint)mode;
                Assert.Equal(isSetId && makes, Judge(way, call, arguments) == DenyFilter.NotPermitted);
            }

            foreach ((SystemCall call, int at) in DeniedCalls.Nodes.Where(rule => rule.Call.On(Ways[way].Processor) >= 0))
            {
                bool isDevice = (mode & 0xF000) is 0x2000 or 0x6000;
                Assert.Equal(isSetId || isDevice, Judge(way, call, [.. new ulong[at], (uint)mode]) == DenyFilter.NotPermitted);
            }
        }
    }

    [Fact]
    public void Nobody_types_into_a_terminal()
    {
        for (int way = 0; way < Ways.Length; way++)
        {
            Assert.Equal(DenyFilter.NotPermitted, Judge(way, DeniedCalls.Control, 0, High | 0x5412));
            Assert.Equal(DenyFilter.NotPermitted, Judge(way, DeniedCalls.Control, 0, 0x541C));
            Assert.Equal(DenyFilter.Allow, Judge(way, DeniedCalls.Control, 0, 0x5401));
        }
    }

    [Fact]
    public void Other_ways_into_the_kernel_lead_nowhere()
    {
        var machine = new BpfMachine(DenyFilter.For(Architecture.X64)!);
        Assert.All(Enumerable.Range(0, 1000), number => Assert.Equal(DenyFilter.NoSuchCall, machine.Judge(new SeenCall(DenyFilter.AuditX64, 0x40000000 + number))));
        Assert.Equal(DenyFilter.NoSuchCall, machine.Judge(new SeenCall(DenyFilter.AuditX64, -1)));
        Assert.Equal(DenyFilter.NoSuchCall, machine.Judge(new SeenCall(DenyFilter.AuditArm64, 0)));

        // 32-bit Arm has no table.
        Assert.Equal(DenyFilter.NoSuchCall, new BpfMachine(DenyFilter.For(Architecture.Arm64)!).Judge(new SeenCall(0x40000028, 4)));
        Assert.Null(DenyFilter.For(Architecture.S390x));
    }

    [Fact]
    public void The_kernel_takes_programs_of_so_many_instructions()
    {
        Assert.InRange(DenyFilter.For(Architecture.X64)!.Length / BpfProgram.InstructionSize, 100, 4096);
        Assert.InRange(DenyFilter.For(Architecture.Arm64)!.Length / BpfProgram.InstructionSize, 100, 4096);
    }

    /// <summary>Headers that are older than a call do not know it; where they do, the numbers are theirs.</summary>
    [Theory]
    [InlineData("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", Architecture.X64)]
    [InlineData("/usr/include/x86_64-linux-gnu/asm/unistd_32.h", Architecture.X86)]
    [InlineData("/usr/include/asm-generic/unistd.h", Architecture.Arm64)]
    public void The_numbers_are_those_of_the_kernels_headers(string header, Architecture processor)
    {
        if (!File.Exists(header))
        {
            return;
        }

        Dictionary<string, int> numbers = File.ReadLines(header).Select(static line => Definition().Match(line)).Where(static match => match.Success)
            .ToDictionary(static match => match.Groups[1].Value, static match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture), StringComparer.Ordinal);
        Assert.True(numbers.Count > 200);
        IEnumerable<SystemCall> calls = DeniedCalls.Always.Concat(DeniedCalls.NotThere).Concat(DeniedCalls.Sockets).Concat(DeniedCalls.Permissions.Select(static rule => rule.Call))
            .Concat(DeniedCalls.Openings.Select(static rule => rule.Call)).Concat(DeniedCalls.Nodes.Select(static rule => rule.Call)).Append(DeniedCalls.Clone).Append(DeniedCalls.Unshare).Append(DeniedCalls.Control);
        foreach (SystemCall call in calls)
        {
            // What only 32-bit programs can smuggle past is denied to them alone.
            if (numbers.TryGetValue(call.Name, out int number) && call.Name != "process_vm_readv")
            {
                Assert.True(call.On(processor) == number, $"{call.Name} is {number}, not {call.On(processor)}");
            }
        }
    }

    private static uint Judge(int way, SystemCall call, params ulong[] arguments) => Judge(way, call.On(Ways[way].Processor), arguments);

    private static uint Judge(int way, int number, params ulong[] arguments) =>
        new BpfMachine(DenyFilter.For(Ways[way].Filter)!).Judge(new SeenCall(Ways[way].Audit, number, arguments));

    [GeneratedRegex(@"^#define __NR(?:3264)?_(\w+)\s+(\d+)\s*$")]
    private static partial Regex Definition();
}
