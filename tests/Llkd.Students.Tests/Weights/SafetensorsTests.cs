using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Llkd.Students.Weights;

namespace Llkd.Students.Tests.Weights;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llkd-safetensors-").FullName;

    private string FilePath => Path.Combine(_folder, "model.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static readonly Gen<List<NamedTensor>> Tensors =
        from shapes in Gen.Long[0, 4].Array[0, 4].List[0, 6]
        from values in Gen.Single.Array[256]
        select shapes.Select((shape, i) => new NamedTensor(
            $"layer.{i} \"é\\\u0001", shape, values[..(int)shape.Aggregate(1L, (a, b) => a * b)])).ToList();

    [Fact]
    public void What_is_saved_is_loaded_bit_by_bit() => Tensors.Sample(
        tensors =>
        {
            Safetensors.Save(FilePath, tensors);
            IReadOnlyDictionary<string, NamedTensor> loaded = Safetensors.Load(FilePath);
            Assert.Equal(tensors.Count, loaded.Count);
            foreach (NamedTensor expected in tensors)
            {
                NamedTensor actual = loaded[expected.Name];
                Assert.Equal(expected.Shape, actual.Shape);
                Assert.Equal(expected.Data.Select(BitConverter.SingleToUInt32Bits), actual.Data.Select(BitConverter.SingleToUInt32Bits));
            }
        },
        iter: 100, threads: 1);

    [Fact]
    public void A_tensor_larger_than_the_copy_buffer_survives()
    {
        float[] values = [.. Enumerable.Range(0, (1 << 21) + 3).Select(i => (float)i)];
        Safetensors.Save(FilePath, [new("w", [values.Length], values)]);
        Assert.Equal(values, Safetensors.Load(FilePath)["w"].Data);
    }

    /// <summary>The bytes that the layout in the format's own description gives, worked out by hand.</summary>
    [Fact]
    public void The_file_has_the_bytes_of_the_published_format()
    {
        Safetensors.Save(FilePath, [new("b", [], [2f]), new("a", [1, 2], [1f, -1f])]);
        string header =
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}""";
        byte[] bytes = File.ReadAllBytes(FilePath);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Assert.Equal(0ul, length % 8);
        Assert.Equal(header.PadRight((int)length), Encoding.UTF8.GetString(bytes, 8, (int)length));
        Assert.Equal([0, 0, 0x80, 0x3f, 0, 0, 0x80, 0xbf, 0, 0, 0, 0x40], bytes[(8 + (int)length)..]);
    }

    [Fact]
    public void Half_precision_is_widened_and_integers_are_left_out()
    {
        Write(
            """
            {"half":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"brain":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},
            "position_ids":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},"mask":{"dtype":"BOOL","shape":[1],"data_offsets":[16,17]}}
            """,
            [0x00, 0x3e, 0x01, 0x00, 0xc0, 0x3f, 0x80, 0xff, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
        IReadOnlyDictionary<string, NamedTensor> tensors = Safetensors.Load(FilePath);
        Assert.Equal(["brain", "half"], tensors.Keys.Order());
        Assert.Equal([1.5f, MathF.Pow(2, -24)], tensors["half"].Data);
        Assert.Equal([1.5f, float.NegativeInfinity], tensors["brain"].Data);
    }

    [Fact]
    public void A_save_leaves_no_temporary_file_and_replaces_the_old_one()
    {
        Safetensors.Save(FilePath, [new("w", [1], [1f])]);
        Safetensors.Save(FilePath, [new("w", [1], [2f])]);
        Assert.Equal([FilePath], Directory.GetFiles(_folder));
        Assert.Equal([2f], Safetensors.Load(FilePath)["w"].Data);
    }

    [Fact]
    public void Tensors_that_share_a_name_or_do_not_fit_their_shape_are_not_saved()
    {
        Assert.Throws<ArgumentException>(() => Safetensors.Save(FilePath, [new("w", [1], [1f]), new("w", [1], [1f])]));
        Assert.Throws<ArgumentException>(() => Safetensors.Save(FilePath, [new("__metadata__", [1], [1f])]));
        Assert.Throws<ArgumentException>(() => Safetensors.Save(FilePath, [new("w", [2], [1f])]));
        Assert.Throws<ArgumentException>(() => Safetensors.Save(FilePath, [new("w", [-1, -1], [1f])]));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    private void Write(string header, byte[] values)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(FilePath, [.. BitConverter.GetBytes((ulong)text.Length), .. text, .. values]);
    }
}
