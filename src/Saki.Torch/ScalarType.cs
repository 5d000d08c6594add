namespace Saki.Torch;

/// <summary>Element types, with libtorch's own numbers.</summary>
public enum ScalarType
{
    /// <summary>Unsigned, 8 bits.</summary>
    uint8 = 0,
    /// <summary>Signed, 32 bits.</summary>
    int32 = 3,
    /// <summary>Signed, 64 bits: indices and class numbers.</summary>
    int64 = 4,
    /// <summary>IEEE half precision.</summary>
    float16 = 5,
    /// <summary>IEEE single precision, the default.</summary>
    float32 = 6,
    /// <summary>IEEE double precision.</summary>
    float64 = 7,
    /// <summary>One byte, 0 or 1.</summary>
    @bool = 11,
    /// <summary>The upper 16 bits of a float32.</summary>
    bfloat16 = 15,
}

/// <summary>How a rank-4 tensor lies in memory.</summary>
public enum MemoryFormat
{
    /// <summary>NCHW, the default.</summary>
    contiguous = 0,
    /// <summary>NHWC strides under NCHW sizes: faster convolutions.</summary>
    channels_last = 2,
}

/// <summary>Where tensors live.</summary>
public enum DeviceType
{
    /// <summary>Main memory.</summary>
    cpu = 0,
    /// <summary>An NVIDIA GPU.</summary>
    cuda = 1,
}

/// <summary>A place for tensors. The default value is the CPU.</summary>
/// <param name="Type">Kind of device.</param>
/// <param name="Index">Which one, from 0; always 0 for the CPU.</param>
public readonly record struct Device(DeviceType Type, int Index = 0)
{
    /// <summary>Reads "cpu", "cuda" or "cuda:1".</summary>
    /// <exception cref="SakiException">Anything else, or CUDA where this libtorch or machine has none.</exception>
    public static Device Parse(string text)
    {
        var parts = text.Split(':');
        var index = 0;
        var known = parts.Length <= 2 && parts[0] is "cpu" or "cuda"
            && (parts.Length == 1 || int.TryParse(parts[1], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out index));
        if (!known) throw new SakiException("Choosing a device", "cpu, cuda or cuda:N", $"\"{text}\"");
        var device = new Device(parts[0] == "cuda" ? DeviceType.cuda : DeviceType.cpu, index);
        device.CheckAvailable();
        return device;
    }

    internal void CheckAvailable()
    {
        if (Type == DeviceType.cpu) return;
        var count = torch.cuda.device_count();
        if (Index < count) return;
        var got = count == 0 ? "a libtorch without CUDA, or a machine without an NVIDIA GPU" : $"{count} of them";
        throw new SakiException("Choosing a device", $"CUDA device {Index}", got, "Use device cpu, or set SAKI_TORCH to a shim that was built against a CUDA libtorch.");
    }

    // libtorch numbers the CPU -1.
    internal int NativeIndex => Type == DeviceType.cpu ? -1 : Index;

    /// <inheritdoc/>
    public override string ToString() => Type == DeviceType.cpu ? "cpu" : $"cuda:{Index}";
}

/// <summary>A number that remembers whether it was a whole one, so that <c>int64 + 1</c> stays int64.</summary>
/// <param name="Value">The number; whole numbers are exact to 2^53.</param>
/// <param name="IsIntegral">True for whole-number literals.</param>
public readonly record struct Scalar(double Value, bool IsIntegral)
{
    /// <summary>A whole number.</summary>
    public static implicit operator Scalar(int value) => new(value, true);

    /// <summary>A whole number.</summary>
    public static implicit operator Scalar(long value) => new(value, true);

    /// <summary>A real number.</summary>
    public static implicit operator Scalar(float value) => new(value, false);

    /// <summary>A real number.</summary>
    public static implicit operator Scalar(double value) => new(value, false);
}
