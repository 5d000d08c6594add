using System.Security.Cryptography;
using System.Text;
using Saki.Storage;

namespace Saki.Server.Webhooks;

/// <summary>
/// Keeps secrets that must be used again, which a hash cannot do: AES-256-GCM under a key in a file of the home folder (<c>webhook.key</c>, for its owner only), so that a
/// copy of the database alone, or a PostgreSQL elsewhere, gives none away.
/// </summary>
internal sealed class SecretBox(string keyFile)
{
    private const int KeyBytes = 32, NonceBytes = 12, TagBytes = 16;

    /// <summary>Seals a text; base64.</summary>
    public string Seal(string text)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var sealedBytes = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(0, NonceBytes));
        using var cipher = new AesGcm(Key(make: true)!, TagBytes);
        cipher.Encrypt(sealedBytes.AsSpan(0, NonceBytes), plain, sealedBytes.AsSpan(NonceBytes + TagBytes), sealedBytes.AsSpan(NonceBytes, TagBytes));
        return Convert.ToBase64String(sealedBytes);
    }

    /// <summary>Opens what was sealed; null when the key is gone or another.</summary>
    public string? Open(string text)
    {
        if (Key(make: false) is not { } key) return null;
        var bytes = Convert.FromBase64String(text);
        var plain = new byte[bytes.Length - NonceBytes - TagBytes];
        using var cipher = new AesGcm(key, TagBytes);
        try
        {
            cipher.Decrypt(bytes.AsSpan(0, NonceBytes), bytes.AsSpan(NonceBytes + TagBytes), bytes.AsSpan(NonceBytes, TagBytes), plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        return Encoding.UTF8.GetString(plain);
    }

    private byte[]? Key(bool make)
    {
        if (File.Exists(keyFile)) return Convert.FromBase64String(File.ReadAllText(keyFile).Trim()) is { Length: KeyBytes } known ? known : null;
        if (!make) return null;
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        DurableFile.WriteSecret(keyFile, Convert.ToBase64String(key));
        return key;
    }
}
