using System.Diagnostics;
using System.Reflection;
using IceCream.Toolchains;
using Xunit;
using Xunit.Sdk;

namespace IceCream.Tests.Nodes;

/// <summary>A compile elsewhere gives the bytes of home - object, dependency file, words, all it writes - or it stays, and says why.</summary>
public sealed class ExactnessTests(ExactnessFarm farm) : IClassFixture<ExactnessFarm>
{
    private static IEnumerable<ExactnessRow> Rows =>
        [.. ExactnessRows.Preprocessing, .. ExactnessRows.Outputs, .. ExactnessRows.Words, .. ExactnessRows.Variables, .. ExactnessRows.Hidden, .. ExactnessRows.Wrappers];

    /// <summary>Of the rows that GCC and Clang share, the short run gives each family every fourth. The long run compiles all rows with both.</summary>
    [Theory]
    [RowsOf("gcc")]
    [RowsOf("gcc", "cc1obj")]
    [RowsOf("g++", Without = "gcc")]
    [RowsOf("clang", Without = "clang++")]
    [RowsOf("clang++")]
    [RowsOf("musl-gcc")]
    public Task Nobody_can_tell_where_it_was_compiled(string compiler, string row) =>
        farm.CheckAsync(Rows.Single(candidate => candidate.Name == row), compiler);

    /// <summary>The shared rows that the short run leaves out for a family.</summary>
    [Theory]
    [RowsOf("gcc", IsOtherTurn = true)]
    [RowsOf("g++", Without = "gcc", IsOtherTurn = true)]
    [RowsOf("clang", Without = "clang++", IsOtherTurn = true)]
    [RowsOf("clang++", IsOtherTurn = true)]
    [Trait("Length", "Long")]
    public Task Nobody_can_tell_by_the_other_family_where_it_was_compiled(string compiler, string row) => Nobody_can_tell_where_it_was_compiled(compiler, row);

    /// <summary>The same by the other driver of a family that is there already, for hours in which there is time.</summary>
    [Theory]
    [RowsOf("g++", Twin = "gcc")]
    [RowsOf("clang", Twin = "clang++")]
    [Trait("Length", "Long")]
    public Task Nobody_can_tell_by_the_other_driver_where_it_was_compiled(string compiler, string row) => Nobody_can_tell_where_it_was_compiled(compiler, row);

    /// <summary>The rows for one compiler, skipped where that is not installed.</summary>
    [AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
    private sealed class RowsOfAttribute : DataAttribute
    {
        private readonly string _compiler, _needs;

        public RowsOfAttribute(string compiler, string needs = "")
        {
            (_compiler, _needs) = (compiler, needs);
            Skip = CompilerLocator.Find(compiler, Environment.GetEnvironmentVariable("PATH")!, "/", new HashSet<string>()) is null ? $"Not installed: {compiler}."
                : needs.Length != 0 && !Has(compiler, needs) ? $"Not installed: {needs} of {compiler}." : null;
        }

        /// <summary>Only rows that this compiler has too.</summary>
        public string Twin { get; set; } = "";

        /// <summary>Only rows that this compiler does not have.</summary>
        public string Without { get; set; } = "";

        /// <summary>Only shared rows that are not this family's in the short run.</summary>
        public bool IsOtherTurn { get; set; }

        public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
            from numbered in Rows.Index()
            let row = numbered.Item
            let compilers = row.Compilers.Split(' ')
            let isBoth = compilers.Any(static name => name is "gcc" or "g++") && compilers.Any(static name => name.StartsWith("clang", StringComparison.Ordinal))
            let turn = numbered.Index % 4
            let isOther = Twin.Length == 0 && isBoth && _compiler != "musl-gcc" && turn != (_compiler.StartsWith("clang", StringComparison.Ordinal) ? 2 : 0)
            where isOther == IsOtherTurn && row.Needs == _needs && compilers.Contains(_compiler) && (Twin.Length == 0 || compilers.Contains(Twin)) && !compilers.Contains(Without)
            select new object[] { _compiler, row.Name };

        private static bool Has(string compiler, string program)
        {
            using Process process = Process.Start(new ProcessStartInfo(compiler, ["-print-prog-name=" + program]) { RedirectStandardOutput = true })!;
            string answer = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return answer.StartsWith('/');
        }
    }
}
