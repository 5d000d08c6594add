using System.Runtime.InteropServices;

namespace Saki.Vision.Vips;

/// <summary>One libvips operation: made by name, given its properties, run. Images that come out are owned by the caller.</summary>
internal sealed unsafe class VipsOperation : IDisposable
{
    private const nuint GTypeInt = 6 << 2, GTypeString = 16 << 2;
    private nint _handle;

    internal VipsOperation(ReadOnlySpan<byte> name)
    {
        fixed (byte* text = name) _handle = VipsNative.OperationNew(text);
        if (_handle == 0) throw Failed();
    }

    internal VipsOperation Set(string property, int number) => Set(property, GTypeInt, (nint)number, &PutInt);

    internal VipsOperation Set(string property, VipsImage image) => Set(property, VipsNative.ImageType(), image.DangerousGetHandle(), &VipsNative.SetObject);

    /// <summary>Sets an enumeration by its nickname, or a string.</summary>
    internal VipsOperation Set(string property, string text)
    {
        GValue value = default;
        VipsNative.ValueInit(&value, GTypeString);
        VipsNative.SetString(&value, text);
        VipsNative.SetProperty(_handle, property, &value);
        VipsNative.ValueUnset(&value);
        return this;
    }

    /// <summary>Sets the bytes to read; they must stay where they are until the image that comes out is freed.</summary>
    internal VipsOperation Set(string property, byte* data, int length)
    {
        var blob = VipsNative.BlobNew(0, data, (nuint)length);
        try
        {
            return Set(property, VipsNative.BlobType(), blob, &VipsNative.SetBoxed);
        }
        finally
        {
            VipsNative.AreaUnref(blob);
        }
    }

    /// <summary>Runs it and gives the image that it makes.</summary>
    internal VipsImage Run()
    {
        var built = VipsNative.OperationBuild(_handle);
        if (built == 0) throw Failed();
        VipsNative.Unref(_handle);
        _handle = built;
        GValue value = default;
        VipsNative.ValueInit(&value, VipsNative.ImageType());
        VipsNative.GetProperty(_handle, "out", &value);
        var image = new VipsImage(VipsNative.Ref(VipsNative.GetObject(&value)));
        VipsNative.ValueUnset(&value);
        return image;
    }

    public void Dispose()
    {
        if (_handle == 0) return;
        VipsNative.UnrefOutputs(_handle);
        VipsNative.Unref(_handle);
        _handle = 0;
    }

    /// <summary>What libvips says of its failures so far, of any thread: for people to read, never to decide on.</summary>
    internal static VipsException Failed()
    {
        var text = Marshal.PtrToStringUTF8((nint)VipsNative.ErrorBuffer())?.Trim().ReplaceLineEndings("; ") ?? "";
        VipsNative.ErrorClear();
        return new VipsException(text.Length > 200 ? "" : text);
    }

    private VipsOperation Set(string property, nuint type, nint content, delegate*<GValue*, nint, void> put)
    {
        GValue value = default;
        VipsNative.ValueInit(&value, type);
        put(&value, content);
        VipsNative.SetProperty(_handle, property, &value);
        VipsNative.ValueUnset(&value);
        return this;
    }

    private static void PutInt(GValue* value, nint number) => VipsNative.SetInt(value, (int)number);
}

/// <summary>libvips refused; becomes an <see cref="ImageException"/> where the format is known.</summary>
internal sealed class VipsException(string message) : Exception(message);
