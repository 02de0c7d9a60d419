using CsCheck;
using Llkd.Build;

namespace Llkd.Students.Tests.Native;

/// <summary>The build step that lets libtorch load on older systems, tried on the library itself.</summary>
public sealed class ElfVersionNeedsTests
{
    private const string Library = "libstdc++.so.6", Version = "GLIBCXX_3.4.32", Unused = "_ZSt21ios_base_library_initv";

    /// <summary>libLibTorchSharp.so as this build made it, and the same with the one flag taken back.</summary>
    private static readonly Lazy<(byte[] Weakened, byte[] Original, int Flag)> Real = new(() =>
    {
        string[] places =
        [
            Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so"),
            Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"),
        ];
        byte[] weakened = File.ReadAllBytes(places.First(File.Exists));
        // The entry is found by its name alone, independently of the code under test: the name's offset in the string
        // table, then the one 16-byte entry that holds the name's System V hash.
        byte[] hash = BitConverter.GetBytes(SystemVHash(Version));
        int entry = Enumerable.Range(0, weakened.Length / 4).Select(i => 4 * i).Single(at => weakened.AsSpan(at, 4).SequenceEqual(hash));
        byte[] original = [.. weakened];
        original[entry + 4] &= 0xfd;
        return (weakened, original, entry + 4);
    });

    [Fact]
    public void The_build_marked_the_need_weak()
    {
        Assert.Equal(0x2, Real.Value.Weakened[Real.Value.Flag]);
        Assert.Equal(VersionNeed.AlreadyWeak, ElfVersionNeeds.Weaken([.. Real.Value.Weakened], Library, Version, Unused));
    }

    [Fact]
    public void Only_the_flag_is_changed_and_a_second_time_changes_nothing()
    {
        byte[] elf = [.. Real.Value.Original];
        Assert.Equal(VersionNeed.Weakened, ElfVersionNeeds.Weaken(elf, Library, Version, Unused));
        Assert.Equal(Real.Value.Weakened, elf);
        Assert.Equal(VersionNeed.AlreadyWeak, ElfVersionNeeds.Weaken(elf, Library, Version, Unused));
        Assert.Equal(Real.Value.Weakened, elf);
    }

    [Theory]
    [InlineData(Library, "GLIBCXX_3.4.99")]
    [InlineData("libc.so.6", Version)]
    [InlineData("libother.so.1", Version)]
    public void A_library_that_does_not_ask_for_the_version_is_left_as_it_is(string library, string version)
    {
        byte[] elf = [.. Real.Value.Original];
        Assert.Equal(VersionNeed.Absent, ElfVersionNeeds.Weaken(elf, library, version, Unused));
        Assert.Equal(Real.Value.Original, elf);
    }

    /// <summary>GLIBCXX_3.4.30 stands for one symbol that the library does call: it must not be weakened.</summary>
    [Fact]
    public void A_version_whose_symbol_is_called_is_refused()
    {
        const string Wait = "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE";
        AssertRefused(Real.Value.Original, "GLIBCXX_3.4.30", Wait, $"it does use {Wait}");
    }

    [Fact]
    public void A_version_of_another_symbol_is_refused() =>
        AssertRefused(Real.Value.Original, Version, "_ZSomethingElse", $"its symbol {Unused} is of {Version} as well");

    [Theory]
    [InlineData(0, 0x00, "it is no ELF file")]
    [InlineData(4, 1, "it is not a 64-bit little-endian ELF file")]
    [InlineData(5, 2, "it is not a 64-bit little-endian ELF file")]
    [InlineData(16, 2, "it is not a shared library")]
    [InlineData(47, 0x7f, "an offset lies outside the file")]
    [InlineData(58, 1, "it has no table of sections")]
    public void An_unexpected_file_is_refused(int at, byte value, string message)
    {
        byte[] elf = [.. Real.Value.Original];
        elf[at] = value;
        AssertRefused(elf, Version, Unused, message);
    }

    [Theory]
    [InlineData(0, "it is no ELF file")]
    [InlineData(63, "it is no ELF file")]
    [InlineData(64, "an offset lies outside the file")]
    [InlineData(1_000_000, "an offset lies outside the file")]
    public void A_file_cut_short_is_refused(int length, string message) =>
        AssertRefused(Real.Value.Original[..length], Version, Unused, message);

    [Fact]
    public void Whatever_happens_to_the_tables_it_is_refused_or_only_the_flag_is_set()
    {
        byte[] original = Real.Value.Original;
        int sections = (int)BitConverter.ToUInt64(original, 40), needs = Real.Value.Flag & ~0xfff;
        Gen<int> where = Gen.OneOf(Gen.Int[0, 63], Gen.Int[sections, original.Length - 1], Gen.Int[needs, needs + 0xfff]);
        int refused = 0;
        Gen.Select(where, Gen.Byte).Array[1, 4].Sample(
            changes =>
            {
                byte[] elf = [.. original];
                foreach ((int at, byte value) in changes) elf[at] = value;
                byte[] before = [.. elf];
                try
                {
                    VersionNeed need = ElfVersionNeeds.Weaken(elf, Library, Version, Unused);
                    int[] changed = [.. Enumerable.Range(0, elf.Length).Where(i => elf[i] != before[i])];
                    Assert.Equal(need == VersionNeed.Weakened ? 1 : 0, changed.Length);
                }
                catch (InvalidDataException)
                {
                    Assert.Equal(before, elf);
                    refused++;
                }
            },
            iter: 300, threads: 1);
        Assert.True(refused > 20, $"{refused} refused");
    }

    private static void AssertRefused(byte[] elf, string version, string unused, string message)
    {
        byte[] before = [.. elf];
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Weaken(elf, Library, version, unused));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, elf);
    }

    /// <summary>System V ABI, the hash of a symbol's name.</summary>
    private static uint SystemVHash(string name)
    {
        uint hash = 0;
        foreach (char c in name)
        {
            hash = (hash << 4) + c;
            uint high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }
        return hash;
    }
}
