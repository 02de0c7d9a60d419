namespace Llkd.Students.Transformer;
#pragma warning disable CS1591, CA1051, CA1822
public sealed record TransformerOptions { public int Layers, Hidden, Heads, MaxLength, Vocabulary, Threads, Seed; public double Dropout, WeightDecay, Clip; }
public static class TransformerStudent { public static IStudent Create(IEnumerable<string> t, TransformerOptions o, IReadOnlyList<string> l)=>throw new NotImplementedException(); public static IStudent LoadModel(string f)=>throw new NotImplementedException(); }
