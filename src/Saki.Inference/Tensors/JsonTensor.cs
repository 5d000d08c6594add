using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Numerics;
using System.Runtime.InteropServices;
using Saki.Inference.Backends.OnnxRuntime;

namespace Saki.Inference.Tensors;

/// <summary>JSON arrays of numbers straight into tensor memory: no tokens, no objects, one pass.</summary>
/// <remarks>
/// A float32 is read as the nearest double, then rounded: what NumPy does with the same text. Numbers whose digits fit 53 bits, with an exponent within ±22, take the exact short way
/// (Clinger, 1990). Of up to 19 digits, which programs write that print float32 as doubles, the short way is at most 3 last places of the double off; where no float32's border is that near the
/// rounded number is the same. Other numbers go through the framework's parser. Digits are taken eight at a time (Lemire, 2021).
/// </remarks>
public static class JsonTensor
{
    /// <summary>Deepest nesting of a tensor's array.</summary>
    public const int MaxDepth = 32;

    private const string Operation = "Reading the request";

    private static readonly SearchValues<byte> Delimiters = SearchValues.Create("[], \n\r\t"u8);

    private static readonly double[] PowersOfTen =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    /// <summary>Writes the elements of <paramref name="json"/> to <paramref name="to"/>, which they must fill exactly. Nesting is not compared with a shape.</summary>
    /// <exception cref="SakiException">Not such an array, too many or too few elements, or a number that the type cannot hold.</exception>
    public static void Read(ReadOnlySpan<byte> json, OrtElementType type, Span<byte> to)
    {
        switch (type)
        {
            case OrtElementType.Float32: Read(json, MemoryMarshal.Cast<byte, float>(to)); break;
            case OrtElementType.Float64: Read(json, MemoryMarshal.Cast<byte, double>(to)); break;
            case OrtElementType.UInt8: ReadWhole<byte>(json, to); break;
            case OrtElementType.Int8: ReadWhole<sbyte>(json, to); break;
            case OrtElementType.UInt16: ReadWhole<ushort>(json, to); break;
            case OrtElementType.Int16: ReadWhole<short>(json, to); break;
            case OrtElementType.UInt32: ReadWhole<uint>(json, to); break;
            case OrtElementType.Int32: ReadWhole<int>(json, to); break;
            case OrtElementType.UInt64: ReadWhole<ulong>(json, to); break;
            case OrtElementType.Int64: ReadWhole<long>(json, to); break;
            case OrtElementType.Bool:
                ReadWhole<byte>(json, to);
                if (to.ContainsAnyExceptInRange((byte)0, (byte)1)) throw OutOfRange("BOOL");
                break;
            default: throw new SakiException(Operation, "a type that JSON can carry", $"{type}", "Send it as a binary tensor.");
        }
    }

    /// <summary>The lengths of nested arrays, read off the first element of each; ragged ones are refused.</summary>
    public static long[] ShapeOf(ReadOnlySpan<byte> json)
    {
        var counts = new List<long>();
        var depth = 0;
        var deepest = 0;
        var closed = false; // true behind the first innermost array: deeper levels are known
        for (var i = 0; i < json.Length; i++)
        {
            var sign = json[i];
            if (sign == '[')
            {
                if (++depth > MaxDepth) throw TooDeep();
                if (depth > deepest && !closed)
                {
                    deepest = depth;
                    counts.Add(0);
                }
            }
            else if (sign == ']')
            {
                if (depth == 0) throw NotArray();
                if (depth == deepest && !closed)
                {
                    closed = true;
                    counts[depth - 1] = Elements(json[..i]);
                }
                if (--depth == 0 && !json[(i + 1)..].Trim(" \t\r\n"u8).IsEmpty) throw NotArray();
            }
        }
        return closed && depth == 0 ? CountOuter(json, counts) : throw NotArray();
    }

    private static long[] CountOuter(ReadOnlySpan<byte> json, List<long> counts)
    {
        var shape = counts.ToArray();
        Span<long> seen = stackalloc long[MaxDepth + 2];
        Span<bool> known = stackalloc bool[MaxDepth + 2];
        var depth = 0;
        foreach (var sign in json)
        {
            if (sign == '[')
            {
                seen[depth]++;
                seen[++depth] = 0;
            }
            else if (sign == ']')
            {
                if (depth < shape.Length)
                {
                    if (known[depth] && shape[depth - 1] != seen[depth]) throw Ragged();
                    (known[depth], shape[depth - 1]) = (true, seen[depth]);
                }
                depth--;
            }
        }
        return shape;
    }

    private static long Elements(ReadOnlySpan<byte> upToEnd)
    {
        var inner = upToEnd[(upToEnd.LastIndexOf((byte)'[') + 1)..];
        return inner.Trim(" \t\r\n"u8).IsEmpty ? 0 : inner.Count((byte)',') + 1;
    }

    private static void ReadWhole<T>(ReadOnlySpan<byte> json, Span<byte> to) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(to);
        var at = 0;
        var count = 0;
        while (Next(json, ref at))
        {
            if (count == values.Length) throw WrongCount(values.Length, "more");
            var token = Token(json, ref at);
            if (T.TryParse(token, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var whole)) values[count++] = whole;
            else
            {
                var at2 = 0;
                var number = Number(token, ref at2);
                var fits = number == Math.Floor(number) && number >= double.CreateChecked(T.MinValue) && number <= double.CreateChecked(T.MaxValue);
                values[count++] = fits ? T.CreateSaturating(number) : throw OutOfRange(typeof(T).Name);
            }
        }
        if (count != values.Length) throw WrongCount(values.Length, $"{count}");
    }

    private static void Read<T>(ReadOnlySpan<byte> json, Span<T> values) where T : unmanaged, IFloatingPoint<T>
    {
        var at = 0;
        var count = 0;
        while (Next(json, ref at))
        {
            if (count == values.Length) throw WrongCount(values.Length, "more");
            values[count++] = T.CreateTruncating(Number(json, ref at, single: typeof(T) == typeof(float)));
        }
        if (count != values.Length) throw WrongCount(values.Length, $"{count}");
    }

    // Goes to the next element over brackets, commas and blanks; false at the end. Two numbers side by side without a comma do not get here: a number ends at a delimiter.
    private static bool Next(ReadOnlySpan<byte> json, ref int at)
    {
        while (at < json.Length)
        {
            var sign = json[at];
            if (sign is (byte)'[' or (byte)']' or (byte)',' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') at++;
            else return true;
        }
        return false;
    }

    private static ReadOnlySpan<byte> Token(ReadOnlySpan<byte> json, ref int at)
    {
        var length = json[at..].IndexOfAny(Delimiters);
        if (length < 0) length = json.Length - at;
        var token = json.Slice(at, length);
        at += length;
        return token;
    }

    // With single, what comes is rounded to float32 by the caller and need not be the nearest double where that gives the same.
    private static double Number(ReadOnlySpan<byte> json, ref int at, bool single = false)
    {
        var start = at;
        var negative = json[at] == '-';
        if (negative) at++;
        ulong digits = 0;
        int significant = 0, scale = 0, seen = 0;
        for (; at < json.Length && (uint)(json[at] - '0') <= 9; at++, seen++) Take(json[at], ref digits, ref significant);
        if (at < json.Length && json[at] == '.')
        {
            var point = ++at;
            while (json.Length - at >= 8 && significant <= 11 && TakeEight(json[at..], ref digits, ref significant))
            {
                at += 8;
                seen += 8;
            }
            for (; at < json.Length && (uint)(json[at] - '0') <= 9; at++, seen++) Take(json[at], ref digits, ref significant);
            scale = point - at;
        }
        if (seen == 0) return Word(json, start, ref at);
        if (at < json.Length && (json[at] | 0x20) == 'e') scale += Exponent(json, ref at);
        if (at < json.Length && json[at] is not ((byte)',' or (byte)']' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')) throw NotNumber();
        if (significant <= 19 && scale is >= -22 and <= 22 && (single || digits <= 1UL << 53))
        {
            var value = scale < 0 ? digits / PowersOfTen[-scale] : digits * PowersOfTen[scale];
            if (digits <= 1UL << 53 || RoundsAlike(value)) return negative ? -value : value;
        }
        if (Utf8Parser.TryParse(json[start..at], out double exact, out var used) && used == at - start) return double.IsFinite(exact) ? exact : throw OutOfRange("FP64");
        throw NotNumber();
    }

    // True when no border between two float32 lies within 8 last places of the double; the numbers that come here are neither tiny nor beyond float32's range but for the check.
    private static bool RoundsAlike(double value)
    {
        const int border = 1 << 28; // half of what the 29 bits count that a float32 lacks
        var low = (int)(BitConverter.DoubleToInt64Bits(value) & ((1 << 29) - 1));
        return value < 1e38 && Math.Abs(low - border) > 8;
    }

    // Eight digits at once; false when there is another sign among them.
    private static bool TakeEight(ReadOnlySpan<byte> json, ref ulong digits, ref int significant)
    {
        var eight = BinaryPrimitives.ReadUInt64LittleEndian(json);
        if (((eight & 0xF0F0F0F0F0F0F0F0) | (((eight + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) >> 4)) != 0x3333333333333333) return false;
        eight -= 0x3030303030303030;
        eight = (eight * 10) + (eight >> 8);
        digits = (digits * 100_000_000) + (uint)((((eight & 0x000000FF000000FF) * 0x000F424000000064) + (((eight >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >> 32);
        if (digits != 0) significant += 8;
        return true;
    }

    private static void Take(byte sign, ref ulong digits, ref int significant)
    {
        if (significant >= 19)
        {
            significant++; // too long for the short way
            return;
        }
        digits = (digits * 10) + (uint)(sign - '0');
        if (digits != 0) significant++;
    }

    private static int Exponent(ReadOnlySpan<byte> json, ref int at)
    {
        at++;
        var negative = at < json.Length && json[at] == '-';
        if (at < json.Length && json[at] is (byte)'-' or (byte)'+') at++;
        int value = 0, from = at;
        for (; at < json.Length && (uint)(json[at] - '0') <= 9; at++) value = Math.Min(100_000, (value * 10) + json[at] - '0');
        if (at == from) throw NotNumber();
        return negative ? -value : value;
    }

    private static double Word(ReadOnlySpan<byte> json, int start, ref int at)
    {
        at = start;
        var word = Token(json, ref at);
        return word.SequenceEqual("true"u8) ? 1 : word.SequenceEqual("false"u8) ? 0 : throw NotNumber();
    }

    private static SakiException NotNumber() => new(Operation, "numbers as JSON writes them", "something else", "Infinity and NaN can only be sent as binary tensors.");

    private static SakiException NotArray() => new(Operation, "an array of numbers", "something else");

    private static SakiException TooDeep() => new(Operation, $"arrays nested at most {MaxDepth} deep", "deeper ones");

    private static SakiException Ragged() => new(Operation, "nested arrays of equal lengths", "different ones");

    private static SakiException OutOfRange(string type) => new(Operation, $"numbers that {type} can hold", "another number");

    private static SakiException WrongCount(int expected, string got) => new(Operation, $"{expected} elements, as the shape says", got);
}
