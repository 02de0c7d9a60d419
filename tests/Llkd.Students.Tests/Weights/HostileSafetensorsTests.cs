using System.Text;
using CsCheck;
using Llkd.Students.Weights;

namespace Llkd.Students.Tests.Weights;

/// <summary>Files that are damaged or made to do harm: each must end in an error that names the file and the tensor.</summary>
public sealed class HostileSafetensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llkd-safetensors-").FullName;

    private string FilePath => Path.Combine(_folder, "model.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "`w`: its values end at byte 8, the file has 7")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "1 bytes after the last tensor")]
    [InlineData("{}", 1, "1 bytes after the last tensor")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "`w`: its shape [3] of F32 needs 12 bytes, it has 8")]
    [InlineData("""{"w":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}""", 8, "`w`: its shape [2] of F16 needs 4 bytes, it has 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "`w`: its values begin at byte 4, inside another")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "`w`: its values begin at byte 0, inside another")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "`w`: its values begin at byte 8, 4 bytes after")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "`w`: its values begin at byte 4, 4 bytes after")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "`w` appears twice")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "`w`: its shape [4294967296, 4294967296] is too large")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}""", 0, "`w`: its shape [4294967296, 4294967296, 0] is too large")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}""", 0, "`w`: its shape [4611686018427387904] is too large")]
    [InlineData("""{"w":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}""", 4, "`w`: its `shape` is no list")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "`w`: its `shape` is no list")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "`w`: its `shape` is no list")]
    [InlineData("""{"w":{"dtype":"F32","shape":"1","data_offsets":[0,4]}}""", 4, "`w`: its `shape` is no list")]
    [InlineData("""{"w":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "`w`: its `shape` is no list")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1]}}""", 4, "`w`: its `data_offsets` are no list")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 8, "`w`: its `data_offsets` [0, 4, 8] are no begin and end")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "`w`: its `data_offsets` [4, 0] are no begin and end")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]}}""", 4, "`w`: its `data_offsets` are no list")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", 4, "`w`: its description has `shape` twice")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}""", 4, "`w`: its description has an unknown key `more`")]
    [InlineData("""{"w":{"shape":[1],"data_offsets":[0,4]}}""", 4, "`w`: its `dtype` is missing")]
    [InlineData("""{"w":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", 4, "`w` has the element type `F8_E4M3`")]
    [InlineData("""{"w":{"dtype":"0","shape":[1],"data_offsets":[0,4]}}""", 4, "`w` has the element type `0`")]
    [InlineData("""{"w":[]}""", 0, "`w`: its description is not a JSON object")]
    [InlineData("""{"__metadata__":{"format":1}}""", 0, "`__metadata__` is not a map")]
    [InlineData("""{"__metadata__":[]}""", 0, "`__metadata__` is not a map")]
    [InlineData("""{"w\ud800":{}}""", 0, "its header is not valid JSON")]
    [InlineData("""{"w":""", 0, "its header is not valid JSON")]
    [InlineData("{} {}", 0, "its header is not valid JSON")]
    [InlineData("[]", 0, "its header does not begin with `{`")]
    [InlineData(" {}", 0, "its header does not begin with `{`")]
    [InlineData("", 0, "its header does not begin with `{`")]
    public void A_wrong_header_is_refused(string header, int values, string message) =>
        AssertRefused([.. Prefix((ulong)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. new byte[values]], message);

    [Fact]
    public void A_header_that_is_not_UTF8_is_refused() =>
        AssertRefused([.. Prefix(4), (byte)'{', 0xff, (byte)' ', (byte)'}'], "its header is not UTF-8");

    [Fact]
    public void A_header_of_deeply_nested_lists_is_refused()
    {
        string header = "{\"w\":" + new string('[', 1_000_000);
        AssertRefused([.. Prefix((ulong)header.Length), .. Encoding.UTF8.GetBytes(header)], "its header is not valid JSON");
    }

    [Theory]
    [InlineData(100_000_001ul, "more than the 100000000 allowed")]
    [InlineData(ulong.MaxValue, "more than the 100000000 allowed")]
    [InlineData(100_000_000ul, "claims 100000000 bytes, the file ends after 10")]
    [InlineData(3ul, "claims 3 bytes, the file ends after 10")]
    public void A_header_longer_than_allowed_or_than_the_file_is_refused(ulong claimed, string message) =>
        AssertRefused([.. Prefix(claimed), (byte)'{', (byte)'}'], message);

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_file_too_short_for_a_header_is_refused(int length) =>
        AssertRefused(new byte[length], $"{length} bytes are too few");

    [Fact]
    public void A_missing_file_and_a_folder_are_refused()
    {
        Assert.Contains("does not exist", Assert.Throws<InputException>(() => Safetensors.Load(FilePath)).Message, StringComparison.Ordinal);
        Assert.Contains(_folder, Assert.Throws<InputException>(() => Safetensors.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_tensors_may_share_a_place()
    {
        byte[] header = Encoding.UTF8.GetBytes(
            """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"c":{"dtype":"F32","shape":[0,9],"data_offsets":[4,4]}}""");
        File.WriteAllBytes(FilePath, [.. Prefix((ulong)header.Length), .. header, 0, 0, 0x80, 0x3f]);
        IReadOnlyDictionary<string, NamedTensor> tensors = Safetensors.Load(FilePath);
        Assert.Equal([1f], tensors["a"].Data);
        Assert.Empty(tensors["b"].Data);
        Assert.Empty(tensors["c"].Data);
    }

    private static readonly string[] Numbers =
        ["-1", "0", "3", "1e3", "4294967296", "9223372036854775807", "18446744073709551616", "null", "\"x\"", "[]", "{}"];

    /// <summary>A change to a file: bytes overwritten, cut off, put in, or a number in the header replaced by another.</summary>
    private static readonly Gen<Func<byte[], byte[]>> Change = Gen.OneOf(
        Gen.Select(Gen.Double[0, 0.999], Gen.Byte, (where, value) => (Func<byte[], byte[]>)(bytes =>
        {
            byte[] copy = [.. bytes];
            if (copy.Length > 0) copy[(int)(where * copy.Length)] = value;
            return copy;
        })),
        Gen.Double[0, 1].Select(where => (Func<byte[], byte[]>)(bytes => bytes[..(int)(where * bytes.Length)])),
        Gen.Select(Gen.Double[0, 1], Gen.Byte.Array[1, 9], (where, more) => (Func<byte[], byte[]>)(bytes =>
            [.. bytes[..(int)(where * bytes.Length)], .. more, .. bytes[(int)(where * bytes.Length)..]])),
        Gen.Select(Gen.Double[0, 0.999], Gen.Int[0, Numbers.Length - 1],
            (where, number) => (Func<byte[], byte[]>)(bytes => ReplaceNumber(bytes, where, Numbers[number]))));

    [Fact]
    public void Whatever_happens_to_a_file_it_loads_or_is_refused_by_name()
    {
        Safetensors.Save(FilePath, [new("a.weight", [20, 20], new float[400]), new("b", [], [1f]), new("c", [0], [])]);
        byte[] whole = File.ReadAllBytes(FilePath);
        int loaded = 0, refused = 0;
        Change.List[1, 3].Sample(
            changes =>
            {
                File.WriteAllBytes(FilePath, changes.Aggregate(whole, (bytes, change) => change(bytes)));
                try
                {
                    foreach (NamedTensor tensor in Safetensors.Load(FilePath).Values)
                        Assert.Equal(tensor.Shape.Aggregate(1L, (a, b) => a * b), tensor.Data.Length);
                    loaded++;
                }
                catch (InputException e)
                {
                    Assert.Contains(FilePath, e.Message, StringComparison.Ordinal);
                    refused++;
                }
            },
            iter: 3_000, threads: 1);
        // Changed values load, changed headers mostly do not: both ways must have been taken.
        Assert.True(loaded > 20 && refused > 1_000, $"{loaded} loaded, {refused} refused");
    }

    /// <summary>Puts another value in the place of one of the header's numbers, and mends the header's length.</summary>
    private static byte[] ReplaceNumber(byte[] bytes, double where, string value)
    {
        if (bytes.Length < 8 || BitConverter.ToUInt64(bytes) is var length && length > (ulong)bytes.Length - 8) return bytes;
        string header = Encoding.Latin1.GetString(bytes, 8, (int)length);
        var numbers = System.Text.RegularExpressions.Regex.Matches(header, "(?<=[\\[,])[0-9]+");
        if (numbers.Count == 0) return bytes;
        var number = numbers[(int)(where * numbers.Count)];
        byte[] changed = Encoding.Latin1.GetBytes(header[..number.Index] + value + header[(number.Index + number.Length)..]);
        return [.. Prefix((ulong)changed.Length), .. changed, .. bytes[(8 + (int)length)..]];
    }

    private static byte[] Prefix(ulong length) => BitConverter.GetBytes(length);

    private void AssertRefused(byte[] bytes, string message)
    {
        File.WriteAllBytes(FilePath, bytes);
        InputException error = Assert.Throws<InputException>(() => Safetensors.Load(FilePath));
        Assert.StartsWith(FilePath, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
