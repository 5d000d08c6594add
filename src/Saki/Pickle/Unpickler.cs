using System.Numerics;
using System.Text;

namespace Saki.Pickle;

/// <summary>
/// Reads Python pickles of protocols 2 to 5 (and the binary part of 0 and 1) without Python: a machine with a stack and a memo that builds plain data. Source: CPython's
/// <c>Lib/pickletools.py</c>, which describes every instruction.
/// </summary>
/// <remarks>
/// None is null; int is long, or BigInteger beyond 64 bits; float is double; str is string; bytes, and Python 2's str, are byte[]; tuple is object?[]; list and set are
/// List&lt;object?&gt;; dict is OrderedDictionary&lt;object, object?&gt; with keys that are strings (also for byte keys), numbers or truth values.
/// </remarks>
public sealed class Unpickler
{
    private const int MostMemo = 20_000_000;

    private static readonly object Mark = new();

    private readonly PickleStream _in;
    private readonly PickleRules _rules;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];

    private Unpickler(Stream stream, PickleRules rules) => (_in, _rules) = (new PickleStream(stream, rules.MaxBytes), rules);

    /// <summary>Reads one pickle and leaves <paramref name="stream"/> right behind it: PyTorch's old files hold several, one behind the other.</summary>
    /// <param name="stream">At the start of a pickle. Not owned; should be buffered.</param>
    /// <param name="name">For messages.</param>
    /// <param name="rules">What it may ask for.</param>
    /// <returns>The object, as the remarks of this class say.</returns>
    /// <exception cref="SakiException">It is damaged, passes a limit, or names something that the rules do not know.</exception>
    public static object? Read(Stream stream, string name, PickleRules? rules = null)
    {
        var machine = new Unpickler(stream, rules ?? new PickleRules());
        try
        {
            return machine.Run();
        }
        catch (UnknownGlobalException unknown)
        {
            throw new SakiException($"Reading {name}", "a pickle of plain data", $"one that asks to run {unknown.Global}",
                "Nothing of it was run. Do not open such a file with Python unless you trust whoever made it.", unknown);
        }
        // Casts and unboxings, also those of the rules, are the checks on the form of what was read.
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException or InvalidCastException or NullReferenceException or OverflowException
            or ArgumentException or IndexOutOfRangeException)
        {
            var got = failure switch
            {
                EndOfStreamException => "one that ends too early",
                InvalidDataException => failure.Message.TrimEnd('.'),
                _ => $"damage near byte {machine._in.Position}",
            };
            throw new SakiException($"Reading {name}", "a whole pickle of protocol 2 or later", got, "Get the file from its publisher again.", failure);
        }
    }

    /// <summary>The text of a str of Python 2 (bytes there) or 3; null when <paramref name="value"/> is neither.</summary>
    public static string? Text(object? value) => value switch
    {
        string text => text,
        byte[] bytes => Encoding.Latin1.GetString(bytes),
        _ => null,
    };

    private object? Run()
    {
        for (var count = 0; count < _rules.MaxInstructions; count++)
        {
            var instruction = _in.Byte();
            if (instruction == '.') return Pop();
            if (!Constant(instruction) && !Container(instruction) && !Memo(instruction) && !Object(instruction))
                throw new InvalidDataException($"the instruction 0x{instruction:x2} at byte {_in.Position - 1}");
        }
        throw new InvalidDataException($"more than {_rules.MaxInstructions} instructions");
    }

    private bool Constant(byte instruction)
    {
        switch (instruction)
        {
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)_in.Int32()); break;
            case (byte)'K': Push((long)_in.Byte()); break;
            case (byte)'M': Push((long)_in.UInt16()); break;
            case 0x8a: PushInteger(_in.Bytes(_in.Byte())); break;
            case 0x8b: PushInteger(_in.Bytes(_in.Int32())); break;
            case (byte)'G': Push(_in.Float64()); break;
            case (byte)'T': Push(_in.Bytes(_in.Int32())); break;
            case (byte)'U' or (byte)'C': Push(_in.Bytes(_in.Byte())); break;
            case (byte)'B': Push(_in.Bytes((uint)_in.Int32())); break;
            case 0x8e or 0x96: Push(_in.Bytes(_in.Int64())); break;
            case (byte)'X': Push(_in.Text((uint)_in.Int32())); break;
            case 0x8c: Push(_in.Text(_in.Byte())); break;
            case 0x8d: Push(_in.Text(_in.Int64())); break;
            default: return false;
        }
        return true;
    }

    private bool Container(byte instruction)
    {
        switch (instruction)
        {
            case (byte)'(': Push(Mark); break;
            case (byte)']' or 0x8f: Push(new List<object?>()); break;
            case (byte)'l' or 0x91: Push(PopToMark().ToList()); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e' or 0x90: Append(PopToMark()); break;
            case (byte)')': Push(Array.Empty<object?>()); break;
            case (byte)'t': Push(PopToMark()); break;
            case 0x85 or 0x86 or 0x87: Push(Pop(instruction - 0x84)); break;
            case (byte)'}': Push(new OrderedDictionary<object, object?>()); break;
            case (byte)'d': PushThenSet(PopToMark()); break;
            case (byte)'s': SetItems(Pop(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': Push(Top()); break;
            default: return false;
        }
        return true;
    }

    private bool Memo(byte instruction)
    {
        switch (instruction)
        {
            case (byte)'q': Remember(_in.Byte()); break;
            case (byte)'r': Remember((uint)_in.Int32()); break;
            case 0x94: Remember(_memo.Count); break;
            case (byte)'h': Recall(_in.Byte()); break;
            case (byte)'j': Recall((uint)_in.Int32()); break;
            case 0x80: CheckProtocol(_in.Byte()); break;
            case 0x95: _in.Int64(); break; // the length of a frame, of use to buffered readers only
            default: return false;
        }
        return true;
    }

    private bool Object(byte instruction)
    {
        switch (instruction)
        {
            case (byte)'c': Push(Find(_in.Line(), _in.Line())); break;
            case 0x93: PushGlobal(Pop(2)); break;
            case (byte)'R' or 0x81: Call(Pop(2)); break;
            case (byte)'b': Build(Pop()); break;
            case (byte)'Q': Push(Persistent(Pop())); break;
            case (byte)'i': Find(_in.Line(), _in.Line()); throw new InvalidDataException("an instance of an old-style class");
            case 0x82 or 0x83 or 0x84: throw new InvalidDataException("an extension code, which only the program that wrote it understands");
            default: return false;
        }
        return true;
    }

    private PickleGlobal Find(string module, string name)
    {
        var whole = $"{module}.{name}";
        return whole switch
        {
            "collections.OrderedDict" => new PickleGlobal(whole, OrderedDict),
            "_codecs.encode" => new PickleGlobal(whole, Encode), // how Python 3 writes bytes at protocol 2
            _ => _rules.Global(whole) ?? throw new UnknownGlobalException(whole),
        };
    }

    private void PushGlobal(object?[] parts) => Push(Find((string)parts[0]!, (string)parts[1]!));

    private void Call(object?[] functionAndArguments)
    {
        var global = (PickleGlobal)functionAndArguments[0]!;
        if (global.Call is not { } call) throw new UnknownGlobalException(global.Name);
        Push(call((object?[])functionAndArguments[1]!));
    }

    private void Build(object? state)
    {
        // A state_dict carries attributes (_metadata) besides its items; they say nothing about the data.
        if (Top() is OrderedDictionary<object, object?>) return;
        if (Top() is not IPickled target) throw new InvalidDataException($"state for an object that takes none at byte {_in.Position}");
        target.SetState(state);
    }

    private object? Persistent(object? id) =>
        _rules.Persistent is { } find ? find(id) : throw new InvalidDataException("a reference to something outside the pickle");

    private static OrderedDictionary<object, object?> OrderedDict(object?[] arguments)
    {
        var made = new OrderedDictionary<object, object?>();
        if (arguments is []) return made;
        foreach (var pair in (List<object?>)arguments[0]!) Set(made, ((object?[])pair!)[0], ((object?[])pair)[1]);
        return made;
    }

    private static byte[] Encode(object?[] arguments) => arguments is [string text, "latin1" or "latin-1"]
        ? Encoding.Latin1.GetBytes(text) : throw new InvalidDataException("_codecs.encode with another encoding than latin1");

    private void Append(ReadOnlySpan<object?> items) => ((List<object?>)Top()!).AddRange(items);

    private void PushThenSet(object?[] pairs)
    {
        Push(new OrderedDictionary<object, object?>());
        SetItems(pairs);
    }

    private void SetItems(object?[] pairs)
    {
        var target = (OrderedDictionary<object, object?>)Top()!;
        for (var i = 0; i < pairs.Length; i += 2) Set(target, pairs[i], pairs[i + 1]);
    }

    private static void Set(OrderedDictionary<object, object?> target, object? key, object? value) => target[key switch
    {
        byte[] bytes => Encoding.Latin1.GetString(bytes),
        string or long or bool or double => key,
        _ => throw new InvalidDataException("a dict with keys that are neither text nor numbers"),
    }] = value;

    private void PushInteger(byte[] bytes)
    {
        var value = new BigInteger(bytes);
        if (value >= long.MinValue && value <= long.MaxValue) Push((long)value);
        else Push(value);
    }

    private static void CheckProtocol(byte protocol)
    {
        if (protocol > 5) throw new InvalidDataException($"protocol {protocol}");
    }

    private void Remember(long place)
    {
        if (_memo.Count > MostMemo) throw new InvalidDataException($"more than {MostMemo} remembered objects");
        _memo[place] = Top();
    }

    private void Recall(long place) => Push(_memo.TryGetValue(place, out var found) ? found : throw new InvalidDataException($"a reference to an object that never was at byte {_in.Position}"));

    private void Push(object? value) => _stack.Add(value);

    private object? Top() => _stack.Count > 0 && _stack[^1] is var top && top != Mark ? top : throw new InvalidDataException($"an empty stack at byte {_in.Position}");

    private object? Pop()
    {
        var top = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private object?[] Pop(int count)
    {
        var items = new object?[count];
        for (var i = count - 1; i >= 0; i--) items[i] = Pop();
        return items;
    }

    private object?[] PopToMark()
    {
        var mark = _stack.LastIndexOf(Mark);
        if (mark < 0) throw new InvalidDataException($"no mark on the stack at byte {_in.Position}");
        var items = _stack.GetRange(mark + 1, _stack.Count - mark - 1).ToArray();
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private sealed class UnknownGlobalException(string global) : Exception
    {
        public string Global => global;
    }
}
