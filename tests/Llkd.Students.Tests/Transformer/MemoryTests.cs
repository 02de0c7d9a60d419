using System.Diagnostics;
using System.Runtime.InteropServices;
using Llkd.Students.Transformer;
using Microsoft.Win32.SafeHandles;

namespace Llkd.Students.Tests.Transformer;

/// <summary>Alone, because it measures the whole process.</summary>
[CollectionDefinition(nameof(WholeProcess), DisableParallelization = true)]
public sealed class WholeProcess;

[Collection(nameof(WholeProcess))]
public sealed class MemoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Memory_stays_flat_over_hundreds_of_steps(int lanes)
    {
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start(Toy.Options with { Lanes = lanes });
        using (student)
        {
            void Work(int from, int to)
            {
                for (int step = from; step < to; step++)
                {
                    Toy.Train(student, corpus, classes, step, step + 1);
                    Toy.Score(student, corpus, [.. Enumerable.Range(0, 64)]);
                }
            }
            Work(0, 100);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            long tensors = TorchSharp.torch.Tensor.TotalCount, before = Resident();
            Work(100, 500);
            // Not equal: what earlier tests left to the finaliser may go in between. A step that keeps one tensor adds 400.
            Assert.InRange(TorchSharp.torch.Tensor.TotalCount, 0, tensors);
            Assert.True(Resident() - before < 60_000_000, $"Resident memory grew by {(Resident() - before) / 1e6:0} MB.");
        }
    }

    /// <summary>
    /// In new threads, which glibc gives pools by turns: what a pool keeps at its end differs between the process's first and the
    /// others, up to one heap of 64 MiB in these.
    /// </summary>
    [Fact]
    public void Freed_memory_stays_while_any_network_is_trained_and_is_given_back_afterwards()
    {
        Assert.SkipUnless(FreedMemory.IsGlibc, "The C library is not glibc.");
        Exception? failure = null;
        for (int turn = 0; turn < 4; turn++)
        {
            var thread = new Thread(() => failure ??= Record.Exception(() =>
            {
                CheckFreedMemory(null);
                CheckFreedMemory([]);
            }));
            thread.Start();
            thread.Join();
        }
        Assert.Null(failure);
    }

    /// <param name="held">For <see cref="AllocateAndFree"/> before memory is given back.</param>
    private static void CheckFreedMemory(List<nint>? held)
    {
        // What earlier tests have freed goes first, or these blocks would be put there.
        FreedMemory.Keep().Dispose();
        long kept;
        nint[] blocks;
        using (FreedMemory.Keep())
        {
            IDisposable second = FreedMemory.Keep();
            kept = Kept(AllocateAndFree());
            Assert.True(kept > Blocks / 2, $"Kept {kept / 1e6:0} MB.");
            second.Dispose();
            second.Dispose();
            kept = Kept(blocks = AllocateAndFree(held));
            Assert.True(kept > Blocks / 2, $"Kept {kept / 1e6:0} MB with one of two left.");
        }
        kept = Kept(blocks);
        Assert.True(kept < HalfHeap, $"Kept {kept / 1e6:0} MB that nobody wants.");
        held?.ForEach(Marshal.FreeHGlobal);
        // Half, as what another thread puts behind a block in the same pool holds that block, and glibc trims no middles by itself.
        kept = Kept(AllocateAndFree());
        Assert.True(kept < Blocks / 2, $"Kept {kept / 1e6:0} MB after it was over.");
    }

    private const int BlockSize = 20 << 20, HeldSize = 1 << 20, Blocks = 12 * BlockSize, HalfHeap = 32 << 20;

    /// <summary>Twelve blocks at once, every page touched. None is on .NET's heap, which keeps what is freed.</summary>
    /// <param name="held">Gets a small block from behind each, not freed: glibc trims what lies before it only when told to.</param>
    /// <returns>Where they were.</returns>
    private static nint[] AllocateAndFree(List<nint>? held = null)
    {
        var blocks = new nint[Blocks / BlockSize];
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i] = Marshal.AllocHGlobal(BlockSize);
            held?.Add(Marshal.AllocHGlobal(HeldSize));
        }
        foreach (nint at in blocks)
        {
            for (int page = 0; page < BlockSize; page += Page) Marshal.WriteByte(at, page, 1);
        }
        foreach (nint at in blocks) Marshal.FreeHGlobal(at);
        return blocks;
    }

    /// <summary>
    /// Bytes of the blocks that still are in memory, whatever else the process does meanwhile: the two highest bits of each page's
    /// entry, present or swapped out, in the kernel's page map (proc_pid_pagemap(5)).
    /// </summary>
    private static long Kept(nint[] blocks)
    {
        using SafeFileHandle map = File.OpenHandle("/proc/self/pagemap");
        var entries = new byte[BlockSize / Page * sizeof(ulong)];
        long bytes = 0;
        foreach (nint at in blocks)
        {
            int read = RandomAccess.Read(map, entries, at / Page * sizeof(ulong));
            Assert.Equal(entries.Length, read);
            foreach (ulong entry in MemoryMarshal.Cast<byte, ulong>(entries)) bytes += entry >> 62 != 0 ? Page : 0;
        }
        return bytes;
    }

    private static readonly int Page = Environment.SystemPageSize;

    private static long Resident()
    {
        GC.Collect();
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
