namespace Llkd.TestModels;

/// <summary>Random weights, the same for a name and seed whatever the layout, put into a graph in one format.</summary>
internal sealed class DecoderWeights(OnnxFile graph, DecoderShape shape)
{
    private const int Block = 32;

    /// <summary>Type the graph calculates in.</summary>
    public Element Type => shape.Weights == WeightFormat.Float16 ? Element.Float16 : Element.Float;

    public string Vector(string name, int size, float around, float spread)
    {
        float[] values = Random(name, size, spread);
        for (int i = 0; i < size; i++) values[i] += around;
        return graph.Floats(name, Type, values, size);
    }

    public string Table(string name, int rows, int width)
    {
        float[] values = Random(name, rows * width, 1);
        if (shape.NotANumber >= 0) values.AsSpan(shape.NotANumber * width, width).Fill(float.NaN);
        return graph.Floats(name, Type, values, rows, width);
    }

    /// <summary>x W, W of [inputs, outputs].</summary>
    public string Linear(string name, string x, int inputs, int outputs, float factor = 1)
    {
        // Variance 1/inputs for uniform numbers, so that values keep their size from layer to layer.
        float[] weights = Random(name, inputs * outputs, factor * MathF.Sqrt(3f / inputs));
        if (shape.Weights != WeightFormat.Int4)
            return graph.Node("MatMul", [x, graph.Floats(name, Type, weights, inputs, outputs)]);
        int blocks = (inputs + Block - 1) / Block;
        var packed = new byte[outputs * blocks * Block / 2];
        var scales = new float[outputs * blocks];
        for (int output = 0; output < outputs; output++)
            for (int block = 0; block < blocks; block++)
                Pack(weights, inputs, outputs, output, block, packed.AsSpan((output * blocks + block) * Block / 2, Block / 2), out scales[output * blocks + block]);
        return graph.Nodes("MatMulNBits", "com.microsoft",
            [x, graph.Tensor(name + "_packed", Element.UInt8, packed, outputs, blocks, Block / 2), graph.Floats(name + "_scales", Element.Float, scales, scales.Length)], 1,
            ("K", (long)inputs), ("N", (long)outputs), ("bits", 4L), ("block_size", (long)Block))[0];
    }

    private static void Pack(float[] weights, int inputs, int outputs, int output, int block, Span<byte> packed, out float scale)
    {
        float most = 0;
        for (int i = block * Block; i < Math.Min(inputs, (block + 1) * Block); i++) most = MathF.Max(most, MathF.Abs(weights[i * outputs + output]));
        scale = most > 0 ? most / 7 : 1;
        for (int i = 0; i < Block; i++)
        {
            int input = block * Block + i;
            int value = input < inputs ? (int)MathF.Round(weights[input * outputs + output] / scale) + 8 : 8;
            packed[i / 2] |= (byte)(value << (i % 2 * 4));
        }
    }

    /// <summary>Uniform numbers in [−spread, spread], by SplitMix64 (Steele et al. 2014).</summary>
    private float[] Random(string name, int count, float spread)
    {
        ulong state = shape.Seed;
        foreach (char c in name) state = Mix(state + c);
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = spread * ((Mix(state += 0x9E3779B97F4A7C15) >> 40) / (float)(1 << 23) - 1);
        return values;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
