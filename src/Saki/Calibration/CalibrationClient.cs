using System.IO.Compression;
using Saki.Tracking;

namespace Saki.Calibration;

/// <summary>Calls <c>/api/calibrations</c> and <c>/model/calibrate</c> of a Saki server.</summary>
/// <param name="api">Calls it, and is patient enough for a zip of pictures; owned from now on.</param>
public sealed class CalibrationClient(ApiClient api) : IDisposable
{
    /// <summary>Sends the pictures of a person and begins.</summary>
    /// <param name="pictures">A zip, or a folder that is zipped on the way.</param>
    /// <param name="model">The served model.</param>
    /// <param name="user">Whose version it becomes.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="SakiException">There are no such pictures; the server refuses them, or is away.</exception>
    public async Task<CalibrationView> StartAsync(string pictures, string model, string user, CancellationToken cancellation = default)
    {
        var route = $"model/calibrate?user_id={Uri.EscapeDataString(user)}&model={Uri.EscapeDataString(model)}";
        if (!Directory.Exists(pictures))
        {
            if (!File.Exists(pictures)) throw new SakiException("Calibrating", "a zip or a folder with a folder for each class", $"nothing at {pictures}", "Check the path.");
            await using var file = File.OpenRead(pictures);
            return await api.PostFileAsync(route, "zipfile", file, Path.GetFileName(pictures), CalibrationJson.Default.CalibrationView, cancellation).ConfigureAwait(false);
        }
        await using var packed = new FileStream(Path.Combine(Path.GetTempPath(), $"saki-{Guid.NewGuid():N}.zip"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        await ZipFile.CreateFromDirectoryAsync(pictures, packed, CompressionLevel.NoCompression, includeBaseDirectory: false, cancellation).ConfigureAwait(false);
        packed.Position = 0;
        return await api.PostFileAsync(route, "zipfile", packed, "pictures.zip", CalibrationJson.Default.CalibrationView, cancellation).ConfigureAwait(false);
    }

    /// <summary>One calibration.</summary>
    /// <exception cref="SakiException">The server refuses, or is away.</exception>
    public Task<CalibrationView> GetAsync(string id, CancellationToken cancellation = default) => api.GetAsync($"api/calibrations/{id}", CalibrationJson.Default.CalibrationView, cancellation);

    /// <summary>All of a person, or of everybody (null), the newest first.</summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public Task<CalibrationList> ListAsync(string? user, CancellationToken cancellation = default) => api.GetAsync($"api/calibrations{Of(user)}", CalibrationJson.Default.CalibrationList, cancellation);

    /// <summary>Takes back the version that answers a person.</summary>
    /// <returns>The calibration that was taken back.</returns>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public Task<CalibrationView> BackAsync(string user, CancellationToken cancellation = default) => api.PostAsync($"api/calibrations/back{Of(user)}", CalibrationJson.Default.CalibrationView, cancellation);

    /// <summary>Erases all calibrations of a person.</summary>
    /// <returns>What is gone.</returns>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public Task<CalibrationList> RemoveAsync(string user, CancellationToken cancellation = default) => api.DeleteAsync($"api/calibrations{Of(user)}", CalibrationJson.Default.CalibrationList, cancellation);

    /// <inheritdoc/>
    public void Dispose() => api.Dispose();

    private static string Of(string? user) => user is null ? "" : $"?user={Uri.EscapeDataString(user)}";
}
