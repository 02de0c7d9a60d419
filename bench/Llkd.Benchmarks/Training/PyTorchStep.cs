using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics.X86;

namespace Llkd.Benchmarks.Training;

/// <summary>
/// The same step in PyTorch, if this machine has one (Debian: python3-torch, with libopenblas0 for its matrix products). It
/// stays loaded and takes a step whenever a line is sent, so that it can run in turns with the others.
/// </summary>
internal sealed class PyTorchStep : IDisposable
{
    private readonly Process _process;
    private readonly string _script;

    private PyTorchStep(Process process, string script, string version) => (_process, _script, Version) = (process, script, version);

    public string Version { get; }

    public Process Process => _process;

    /// <summary>Starts it; null where there is no PyTorch.</summary>
    public static PyTorchStep? Start(int threads, int batch, int length, bool bf16)
    {
        string script = Path.GetTempFileName();
        File.WriteAllText(script, Script);
        ProcessStartInfo start = Python(threads, Kernels.Value, script, $"{threads}", $"{batch}", $"{length}", bf16 ? "bf16" : "fp32");
        try
        {
            Process process = Process.Start(start)!;
            _ = process.StandardError.ReadToEndAsync();
            if (process.StandardOutput.ReadLine() is { } version) return new PyTorchStep(process, script, version);
            process.Dispose();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No Python: the table says so.
        }
        File.Delete(script);
        return null;
    }

    /// <summary>
    /// OpenBLAS takes its slowest kernels on a processor younger than itself, unless told others: those with the fastest product.
    /// </summary>
    private static readonly Lazy<string> Kernels = new(() => new[] { "", "Haswell", "SkylakeX", "Cooperlake" }.MaxBy(ProductsPerSecond)!);

    private static double ProductsPerSecond(string kernels)
    {
        if (kernels is "SkylakeX" or "Cooperlake" && !Avx512F.IsSupported) return 0;
        try
        {
            using Process process = Process.Start(Python(1, kernels, "-c", Product))!;
            string answer = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return double.TryParse(answer, CultureInfo.InvariantCulture, out double rate) ? rate : 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return 0;
        }
    }

    private static ProcessStartInfo Python(int threads, string kernels, params string[] arguments)
    {
        var start = new ProcessStartInfo(File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OPENBLAS_NUM_THREADS"] = start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        if (kernels.Length > 0) start.Environment["OPENBLAS_CORETYPE"] = kernels;
        return start;
    }

    /// <summary>One step.</summary>
    public void Run()
    {
        _process.StandardInput.WriteLine();
        _process.StandardInput.Flush();
        if (_process.StandardOutput.ReadLine() is null) throw new InvalidOperationException("PyTorch has ended.");
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000)) _process.Kill();
        _process.Dispose();
        File.Delete(_script);
    }

    private const string Product = """
        import time, torch
        torch.set_num_threads(1)
        a, b = torch.randn(512, 768), torch.randn(768, 768)
        def seconds():
            start = time.perf_counter(); torch.mm(a, b); return time.perf_counter() - start
        print(1 / min(seconds() for _ in range(20)))
        """;

    private const string Script = """
        import sys, torch, torch.nn as nn, torch.nn.functional as F
        threads, batch, length, kind = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
        torch.manual_seed(1); torch.set_num_threads(threads)
        H, L, A, V, P, C, D = 768, 12, 12, 50265, 514, 6, 0.1
        fused_attention = hasattr(F, "scaled_dot_product_attention")
        class Layer(nn.Module):
            def __init__(s):
                super().__init__()
                s.qkv, s.out, s.up, s.down = nn.Linear(H, 3 * H), nn.Linear(H, H), nn.Linear(H, 4 * H), nn.Linear(4 * H, H)
                s.first, s.second = nn.LayerNorm(H), nn.LayerNorm(H)
            def forward(s, x):
                b, t, _ = x.shape
                q, k, v = s.qkv(x).view(b, t, 3, A, H // A).permute(2, 0, 3, 1, 4)
                if fused_attention: a = F.scaled_dot_product_attention(q, k, v, dropout_p=D)
                else: a = F.dropout(torch.softmax(q @ k.transpose(-1, -2) / (H // A) ** 0.5, -1), D) @ v
                x = s.first(x + F.dropout(s.out(a.transpose(1, 2).reshape(b, t, H)), D))
                return s.second(x + F.dropout(s.down(F.gelu(s.up(x))), D))
        class Model(nn.Module):
            def __init__(s):
                super().__init__()
                s.words, s.places, s.norm = nn.Embedding(V, H), nn.Embedding(P, H), nn.LayerNorm(H)
                s.layers = nn.ModuleList(Layer() for _ in range(L))
                s.dense, s.output = nn.Linear(H, H), nn.Linear(H, C)
            def forward(s, ids, positions):
                x = F.dropout(s.norm(s.words(ids) + s.places(positions)), D)
                for layer in s.layers: x = layer(x)
                return s.output(F.dropout(torch.tanh(s.dense(F.dropout(x[:, 0], D))), D))
        model = Model()
        try: optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.01, fused=True)
        except Exception:
            optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.01)
        ids, positions, labels = torch.randint(4, V, (batch, length)), torch.arange(2, 2 + length), torch.arange(batch) % C
        print(torch.__version__, flush=True)
        for line in sys.stdin:
            optimizer.zero_grad()
            if kind == "bf16":
                with torch.autocast("cpu", dtype=torch.bfloat16): z = model(ids, positions)
            else: z = model(ids, positions)
            F.cross_entropy(z.float(), labels).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            print("done", flush=True)
        """;
}
