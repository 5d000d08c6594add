using Saki.Inference.Serving;
using Saki.Inference.Tensors;
using Saki.Pipelines;
using Saki.Vision;

namespace Saki.Inference.Explaining;

/// <summary>
/// Which parts of a picture an answer hangs on: each part is covered in turn with the picture's mean colour, and the fall of the probability is noted
/// (Zeiler and Fergus, ECCV 2014). It says where the model looked, not that it was right to look there.
/// </summary>
/// <param name="Class">The class that was asked about.</param>
/// <param name="Probability">Its probability with nothing covered, 0..1.</param>
/// <param name="Columns">Cells across.</param>
/// <param name="Rows">Cells down.</param>
/// <param name="Drops">Row by row: how far the probability falls when the surroundings of this cell are covered; below 0 where it rises.</param>
public sealed record OcclusionMap(string Class, float Probability, int Columns, int Rows, IReadOnlyList<float> Drops)
{
    private const int CellsAlong = 8;
    private const int LongestSide = 256; // more would cost time and show nothing more at this many cells
    private const int RowsAtOnce = 16;

    /// <summary>Asks the model about a picture with each part covered, several at a time.</summary>
    /// <param name="model">A model with a pipeline.</param>
    /// <param name="picture">The file's bytes.</param>
    /// <param name="name">The class to explain; one of the model's labels.</param>
    /// <param name="face">The part that was judged, in pixels of the upright picture; null: all of it.</param>
    /// <param name="call">Priority, patience and cancellation.</param>
    /// <exception cref="SakiException">It is no picture; the model takes tensors only or does not know the class; the queue is full.</exception>
    public static async Task<OcclusionMap> MakeAsync(ServedModel model, ReadOnlyMemory<byte> picture, string name, Box? face, CallOptions call)
    {
        var predictor = model.Predictor ?? throw new SakiException("Explaining an answer", "a model of pictures", $"{model.Name}, which takes tensors");
        var label = IndexOf(predictor.Pipeline.Labels, name);
        if (label < 0) throw new SakiException("Explaining an answer", "a class of this model", "another one");
        using var shown = Part(predictor, picture.Span, face);
        var longest = Math.Max(shown.Width, shown.Height);
        var (columns, rows) = (Along(shown.Width, longest), Along(shown.Height, longest));
        var probabilities = new float[(columns * rows) + 1];
        var mean = Mean(shown);
        for (var from = 0; from < probabilities.Length; from += RowsAtOnce)
        {
            var count = Math.Min(RowsAtOnce, probabilities.Length - from);
            var inputs = new byte[count * model.Tensors.InputRows[0].Bytes];
            for (var i = 0; i < count; i++) WriteCovered(predictor, shown, from + i - 1, columns, rows, mean, inputs.AsSpan(i * inputs.Length / count, inputs.Length / count));
            await AskAsync(model, predictor, inputs, count, label, probabilities.AsMemory(from, count), call).ConfigureAwait(false);
        }
        return new OcclusionMap(name, probabilities[0], columns, rows, [.. probabilities.Skip(1).Select(probability => probabilities[0] - probability)]);
    }

    private static int IndexOf(IReadOnlyList<string> labels, string name)
    {
        for (var i = 0; i < labels.Count; i++)
            if (labels[i] == name) return i;
        return -1;
    }

    private static int Along(int side, int longest) => Math.Max(1, (int)Math.Round((double)CellsAlong * side / longest));

    private static Image Part(Predictor predictor, ReadOnlySpan<byte> bytes, Box? face)
    {
        var picture = predictor.Decode(bytes);
        if (face is { } box && box.Within(picture.Width, picture.Height) is { Width: > 0, Height: > 0 } inside)
        {
            using (picture) return Small(Preprocessor.Crop(picture, in inside), predictor.Pipeline);
        }
        return Small(picture, predictor.Pipeline);
    }

    private static Image Small(Image picture, Pipeline pipeline)
    {
        var scale = (double)LongestSide / Math.Max(picture.Width, picture.Height);
        if (scale >= 1 || pipeline.Resize.Mode == ResizeMode.None) return picture;
        using (picture)
        {
            var small = new Image(Math.Max(1, (int)(picture.Width * scale)), Math.Max(1, (int)(picture.Height * scale)), picture.Channels);
            Resize.Run(picture, small, Interpolation.Area, antialias: false);
            return small;
        }
    }

    private static byte[] Mean(Image picture)
    {
        var sums = new long[picture.Channels];
        var pixels = picture.Pixels;
        for (var i = 0; i < pixels.Length; i++) sums[i % sums.Length] += pixels[i];
        var mean = new byte[sums.Length];
        for (var i = 0; i < mean.Length; i++) mean[i] = (byte)(sums[i] * sums.Length / pixels.Length);
        return mean;
    }

    // A cell is covered with half of each neighbour, so that what lies across an edge is found, too. Cell -1 covers nothing.
    private static void WriteCovered(Predictor predictor, Image picture, int cell, int columns, int rows, byte[] mean, Span<byte> row)
    {
        if (cell < 0)
        {
            predictor.Write(picture, row);
            return;
        }
        using var covered = Image.FromPixels(picture.Pixels, picture.Width, picture.Height, picture.Channels);
        double width = (double)picture.Width / columns, height = (double)picture.Height / rows;
        var (column, line) = (cell % columns, cell / columns);
        var left = Math.Max(0, (int)((column - 0.5) * width));
        var right = Math.Min(picture.Width, (int)Math.Ceiling((column + 1.5) * width));
        var bottom = Math.Min(picture.Height, (int)Math.Ceiling((line + 1.5) * height));
        for (var y = Math.Max(0, (int)((line - 0.5) * height)); y < bottom; y++)
        {
            var pixels = covered.Row(y)[(left * mean.Length)..(right * mean.Length)];
            for (var i = 0; i < pixels.Length; i++) pixels[i] = mean[i % mean.Length];
        }
        predictor.Write(covered, row);
    }

    private static async Task AskAsync(ServedModel model, Predictor predictor, byte[] inputs, int count, int label, Memory<float> probabilities, CallOptions call)
    {
        var spec = model.Tensors.InputRows[0];
        // A graph without a batch axis takes one picture at a time.
        var together = spec.HasBatchAxis ? count : 1;
        for (var from = 0; from < count; from += together)
        {
            var input = new TensorInput(spec.Name, spec.Type, spec.ShapeOf(together), inputs.AsMemory(from * spec.Bytes, together * spec.Bytes));
            var output = (await model.InferAsync([input], call).ConfigureAwait(false))[0];
            var size = output.Content.Length / together;
            var row = new float[predictor.Pipeline.Labels.Count];
            for (var i = 0; i < together; i++)
            {
                predictor.Read(output.Content.Span.Slice(i * size, size), row);
                probabilities.Span[from + i] = row[label];
            }
        }
    }
}
