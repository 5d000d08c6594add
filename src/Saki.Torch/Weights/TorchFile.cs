using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using Saki.Pickle;

namespace Saki.Torch.Weights;

/// <summary>
/// Reads state files of PyTorch (<c>.pth</c>, <c>.pt</c>, <c>.th</c>) without Python and without running anything in them. Two forms: a zip with <c>data.pkl</c> and one entry per storage
/// (from PyTorch 1.6 on), and the older one of five pickles in a row followed by the raw storages. Whole modules instead of state dictionaries are refused: they name classes.
/// </summary>
public static class TorchFile
{
    /// <summary>Most bytes of all storages together: 16 GiB.</summary>
    public const long MostBytes = 16L << 30;

    private const string Advice = "Save it in Python with torch.save(model.state_dict(), path).";
    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>All tensors of the state dictionary in the file, which the caller owns. Of a dictionary of dictionaries the one under <c>state_dict</c> or <c>model</c> counts.</summary>
    /// <exception cref="SakiException">The file is damaged, too large, of another form, or names code.</exception>
    public static Dictionary<string, Tensor> Load(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            Span<byte> start = stackalloc byte[2];
            var zip = file.Read(start) == 2 && start[0] == 'P' && start[1] == 'K';
            file.Position = 0;
            return zip ? FromZip(file, path) : FromPickles(file, path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException or OverflowException)
        {
            throw new SakiException($"Reading {path}", "a state file of PyTorch", failure.Message.TrimEnd('.'), Advice, failure);
        }
    }

    private static Dictionary<string, Tensor> FromZip(FileStream file, string path)
    {
        using var zip = new ZipArchive(file, ZipArchiveMode.Read);
        var pickle = zip.Entries.FirstOrDefault(entry => entry.FullName.EndsWith("/data.pkl", StringComparison.Ordinal)) ?? throw new InvalidDataException("a zip without data.pkl");
        var folder = pickle.FullName[..^"data.pkl".Length];
        var storages = new Dictionary<string, TorchStorage>();
        object? root;
        using (var stream = new BufferedStream(pickle.Open(), 1 << 16)) root = Unpickler.Read(stream, path, Rules(storages));
        long total = 0;
        foreach (var storage in storages.Values)
        {
            var entry = zip.GetEntry($"{folder}data/{storage.Key}") ?? throw new InvalidDataException($"no storage {storage.Key}");
            if (entry.Length != storage.Bytes || (total += storage.Bytes) > MostBytes) throw new InvalidDataException($"storage {storage.Key} of {entry.Length} bytes instead of {storage.Bytes}");
            using var stream = entry.Open();
            storage.ReadFrom(stream);
        }
        return Tensors(root);
    }

    private static Dictionary<string, Tensor> FromPickles(FileStream file, string path)
    {
        var rules = new PickleRules();
        if (Unpickler.Read(file, path, rules) is not BigInteger magic || magic != Magic) throw new InvalidDataException("another kind of file");
        if (Unpickler.Read(file, path, rules) is not 1001L) throw new InvalidDataException("another protocol than 1001");
        Unpickler.Read(file, path, rules); // the machine that wrote it; storages are little-endian wherever PyTorch runs
        var storages = new Dictionary<string, TorchStorage>();
        var root = Unpickler.Read(file, path, Rules(storages));
        if (Unpickler.Read(file, path, rules) is not List<object?> keys) throw new InvalidDataException("no list of storages");
        long total = 0;
        Span<byte> count = stackalloc byte[8];
        foreach (var key in keys)
        {
            if (Unpickler.Text(key) is not { } name || !storages.TryGetValue(name, out var storage)) throw new InvalidDataException("a storage that nothing uses");
            file.ReadExactly(count);
            if (BinaryPrimitives.ReadInt64LittleEndian(count) != storage.Count || (total += storage.Bytes) > MostBytes) throw new InvalidDataException($"storage {name} of another size");
            storage.ReadFrom(file);
        }
        return Tensors(root);
    }

    private static PickleRules Rules(Dictionary<string, TorchStorage> storages) => new()
    {
        Global = name => name switch
        {
            "torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_tensor" => new PickleGlobal(name, arguments => new TorchView(arguments)),
            "torch._utils._rebuild_parameter" => new PickleGlobal(name, arguments => (TorchView)arguments[0]!),
            "torch.Size" => new PickleGlobal(name, arguments => arguments[0]),
            "torch.device" => new PickleGlobal(name, arguments => Unpickler.Text(arguments[0])),
            _ => TorchStorage.TypeOf(name) is null ? null : new PickleGlobal(name),
        },
        // ('storage', class, key, device, count[, view])
        Persistent = id =>
        {
            if (id is not object?[] { Length: >= 5 } parts || Unpickler.Text(parts[0]) != "storage" || parts[1] is not PickleGlobal type || Unpickler.Text(parts[2]) is not { } key)
                throw new InvalidDataException("an unknown persistent object");
            if (parts.Length > 5 && parts[5] is not null) throw new InvalidDataException("a storage that is a view of another");
            if (!storages.TryGetValue(key, out var storage)) storages.Add(key, storage = new TorchStorage(key, type.Name, (long)parts[4]!));
            return storage;
        },
    };

    private static Dictionary<string, Tensor> Tensors(object? root)
    {
        var state = root as OrderedDictionary<object, object?> ?? throw new InvalidDataException("no dictionary");
        foreach (var key in (string[])["state_dict", "model", "model_state_dict"])
            if (state.TryGetValue(key, out var inner) && inner is OrderedDictionary<object, object?> nested) state = nested;
        var tensors = new Dictionary<string, Tensor>();
        try
        {
            foreach (var (name, value) in state)
                if (value is TorchView view) tensors.Add((string)name, view.ToTensor());
            if (tensors.Count == 0) throw new InvalidDataException("a dictionary without tensors");
            return tensors;
        }
        catch
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
            throw;
        }
    }
}
