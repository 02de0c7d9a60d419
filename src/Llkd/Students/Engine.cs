namespace Llkd.Students;

/// <summary>Number type of the encoder's matrix products; weights, losses, softmax, layer norms and the optimiser are in fp32 always.</summary>
public enum TrainingPrecision
{
    /// <summary>bf16 on a CUDA device and on a processor that has it (AVX512-BF16, AMX) and multiplies it faster, else fp32.</summary>
    Auto,
    /// <summary>fp32.</summary>
    Fp32,
    /// <summary>bf16, wherever it runs.</summary>
    Bf16,
}

/// <summary>Where a transformer is computed.</summary>
public enum ComputeDevice
{
    /// <summary>A CUDA device where the build has CUDA and the machine a device, else the processor.</summary>
    Auto,
    /// <summary>The processor.</summary>
    Cpu,
    /// <summary>A CUDA device; an error where there is none.</summary>
    Cuda,
}
