using System.Runtime.InteropServices;
using System.Text;

namespace Saki.Inference.Backends.OnnxRuntime.Interop;

/// <summary>Layer 2: every call's status is looked at here and nowhere else; text and handles are taken over with their ownership.</summary>
internal static unsafe class OrtCall
{
    /// <summary>Throws what <paramref name="status"/> says, and frees it.</summary>
    /// <exception cref="OrtException">It is not 0.</exception>
    public static void Check(nint status, string operation)
    {
        if (status != 0) Throw(status, operation);
    }

    private static void Throw(nint status, string operation)
    {
        var code = (OrtErrorCode)OrtApi.GetErrorCode(status);
        var message = Marshal.PtrToStringUTF8((nint)OrtApi.GetErrorMessage(status)) ?? "";
        OrtApi.Release(93)(status);
        throw new OrtException(operation, code, OrtMessage.Clean(message));
    }

    /// <summary>Calls a function whose last argument is where it puts a new object.</summary>
    public static OrtHandle Create(OrtKind kind, delegate* unmanaged<nint*, nint> create, string operation)
    {
        nint made;
        Check(create(&made), operation);
        return new OrtHandle(kind, made);
    }

    /// <summary>Calls a function that makes an object from another one.</summary>
    public static OrtHandle Create(OrtKind kind, delegate* unmanaged<nint, nint*, nint> create, nint from, string operation)
    {
        nint made;
        Check(create(from, &made), operation);
        return new OrtHandle(kind, made);
    }

    /// <summary>Calls a function whose answer is one value that needs no freeing.</summary>
    public static T Get<T>(delegate* unmanaged<nint, T*, nint> get, nint from, string operation) where T : unmanaged
    {
        T value;
        Check(get(from, &value), operation);
        return value;
    }

    /// <summary>Copies a text that the library allocated, and frees it.</summary>
    public static string Text(byte* text)
    {
        if (text is null) return "";
        var copy = Marshal.PtrToStringUTF8((nint)text)!;
        OrtApi.AllocatorFree(OrtEngine.Allocator, text);
        return copy;
    }

    /// <summary><paramref name="text"/> as UTF-8 with the closing zero byte.</summary>
    public static byte[] Utf8(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
