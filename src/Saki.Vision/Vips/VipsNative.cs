using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Saki.Engines;

namespace Saki.Vision.Vips;

/// <summary>A GObject value: a type and 16 bytes. Must start as zero and be freed by <see cref="VipsNative.ValueUnset"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GValue
{
    internal nuint Type;
    internal long A, B;
}

/// <summary>
/// The raw functions of libvips 8 and GObject that are needed, all without variable arguments. libvips is one file that exports both.
/// Functions that return int give 0 for success; those that return a pointer give a new reference or 0.
/// </summary>
internal static unsafe partial class VipsNative
{
    internal static readonly EngineFile File = new("libvips", "libvips.so", "SAKI_VIPS", "make deps", "libvips.so.42", "libvips.42.dylib");

    private const string Name = "saki:vips";
    private static readonly Lazy<nint> Library = new(Start);

    internal static nint Resolve(string name) => name == Name ? Library.Value : 0;

    [LibraryImport(Name, EntryPoint = "vips_version")]
    internal static partial int Version(int part);

    [LibraryImport(Name, EntryPoint = "vips_error_buffer")]
    internal static partial byte* ErrorBuffer();

    [LibraryImport(Name, EntryPoint = "vips_error_clear")]
    internal static partial void ErrorClear();

    [LibraryImport(Name, EntryPoint = "vips_foreign_find_load_buffer")]
    internal static partial byte* FindLoadBuffer(byte* data, nuint size);

    [LibraryImport(Name, EntryPoint = "vips_operation_new")]
    internal static partial nint OperationNew(byte* name);

    [LibraryImport(Name, EntryPoint = "vips_cache_operation_build")]
    internal static partial nint OperationBuild(nint operation);

    [LibraryImport(Name, EntryPoint = "vips_object_unref_outputs")]
    internal static partial void UnrefOutputs(nint operation);

    [LibraryImport(Name, EntryPoint = "vips_blob_new")]
    internal static partial nint BlobNew(nint free, byte* data, nuint size);

    [LibraryImport(Name, EntryPoint = "vips_area_unref")]
    internal static partial void AreaUnref(nint area);

    [LibraryImport(Name, EntryPoint = "vips_blob_get_type")]
    internal static partial nuint BlobType();

    [LibraryImport(Name, EntryPoint = "vips_image_get_type")]
    internal static partial nuint ImageType();

    [LibraryImport(Name, EntryPoint = "vips_image_get_width")]
    internal static partial int Width(nint image);

    [LibraryImport(Name, EntryPoint = "vips_image_get_height")]
    internal static partial int Height(nint image);

    [LibraryImport(Name, EntryPoint = "vips_image_get_bands")]
    internal static partial int Bands(nint image);

    [LibraryImport(Name, EntryPoint = "vips_image_get_interpretation")]
    internal static partial int Interpretation(nint image);

    [LibraryImport(Name, EntryPoint = "vips_image_get_typeof", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nuint TypeOf(nint image, string name);

    [LibraryImport(Name, EntryPoint = "vips_image_get_int", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int GetInt(nint image, string name, out int value);

    [LibraryImport(Name, EntryPoint = "vips_image_write_to_memory")]
    internal static partial byte* WriteToMemory(nint image, out nuint size);

    [LibraryImport(Name, EntryPoint = "g_object_set_property", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void SetProperty(nint target, string name, GValue* value);

    [LibraryImport(Name, EntryPoint = "g_object_get_property", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void GetProperty(nint target, string name, GValue* value);

    [LibraryImport(Name, EntryPoint = "g_object_ref")]
    internal static partial nint Ref(nint target);

    [LibraryImport(Name, EntryPoint = "g_object_unref")]
    internal static partial void Unref(nint target);

    [LibraryImport(Name, EntryPoint = "g_free")]
    internal static partial void Free(byte* memory);

    [LibraryImport(Name, EntryPoint = "g_value_init")]
    internal static partial void ValueInit(GValue* value, nuint type);

    [LibraryImport(Name, EntryPoint = "g_value_unset")]
    internal static partial void ValueUnset(GValue* value);

    [LibraryImport(Name, EntryPoint = "g_value_set_boxed")]
    internal static partial void SetBoxed(GValue* value, nint boxed);

    [LibraryImport(Name, EntryPoint = "g_value_set_object")]
    internal static partial void SetObject(GValue* value, nint target);

    [LibraryImport(Name, EntryPoint = "g_value_set_int")]
    internal static partial void SetInt(GValue* value, int number);

    [LibraryImport(Name, EntryPoint = "g_value_set_string", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void SetString(GValue* value, string text);

    [LibraryImport(Name, EntryPoint = "g_value_get_object")]
    internal static partial nint GetObject(GValue* value);

    // The whole library is set up when it is first needed: one thread per picture (the callers bring their own), no cache, no risky loaders, no chatter.
    private static nint Start()
    {
        var library = File.Load();
        fixed (byte* name = "saki"u8)
            if (((delegate* unmanaged<byte*, int>)NativeLibrary.GetExport(library, "vips_init"))(name) != 0)
                throw new SakiException("Starting libvips", "vips_init to succeed", "a failure", "Type: saki doctor");
        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "vips_concurrency_set"))(1);
        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "vips_cache_set_max"))(0);
        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "vips_block_untrusted_set"))(1);
        foreach (var domain in (string[])["VIPS", "GLib-GObject", "GLib"])
        {
            fixed (byte* text = System.Text.Encoding.UTF8.GetBytes(domain + '\0'))
                ((delegate* unmanaged<byte*, int, delegate* unmanaged[Cdecl]<byte*, int, byte*, nint, void>, nint, uint>)NativeLibrary.GetExport(library, "g_log_set_handler"))(text, -1 & ~3, &Ignore, 0);
        }
        return library;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Ignore(byte* domain, int level, byte* message, nint data) { }
}
