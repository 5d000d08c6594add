using Saki.Inference.Backends.OnnxRuntime;
using Saki.Pipelines;

namespace Saki.Inference;

/// <summary>Compares what a model declares with what its pipeline says.</summary>
internal static class ModelShape
{
    private const string Operation = "Comparing the model with its pipeline";

    /// <exception cref="SakiException">The input has another type or shape than the pipeline's pictures.</exception>
    public static void CheckInput(OrtSession session, InputSpec input)
    {
        if (session.Inputs.Count != 1) throw new SakiException(Operation, "a model with one input", $"{session.Inputs.Count}: {string.Join(", ", session.Inputs)}");
        var declared = session.Inputs[0];
        var type = input.Type switch { InputType.Uint8 => OrtElementType.UInt8, InputType.Float16 => OrtElementType.Float16, _ => OrtElementType.Float32 };
        if (declared.Kind != OrtValueKind.Tensor || declared.ElementType != type)
            throw new SakiException(Operation, $"an input of {type.ToString().ToLowerInvariant()} (input.type)", $"{declared}", "Correct input.type in the pipeline file.");
        if (declared.Shape is not { } shape) return; // the first run tells

        long[] wanted = input.Layout == TensorLayout.Nchw ? [1, input.Channels, input.Height, input.Width] : [1, input.Height, input.Width, input.Channels];
        var fits = shape.Count == 4 && shape.Zip(wanted).All(axis => axis.First.IsFree || axis.First.Size == axis.Second);
        if (!fits)
            throw new SakiException(Operation, $"an input of shape [{string.Join(' ', wanted)}] ({input.Layout.ToString().ToLowerInvariant()}, batch first)", $"{declared}",
                "Correct input.width, height, color or layout in the pipeline file.");
    }

    /// <summary>The output that the pipeline names.</summary>
    /// <exception cref="SakiException">No such output, or another number of values than labels where the model declares it.</exception>
    public static int FindOutput(OrtSession session, Pipeline pipeline)
    {
        var names = session.Outputs.Select(output => output.Name).ToArray();
        var index = pipeline.Output.Name is { } name ? Array.IndexOf(names, name) : session.Outputs.Count == 1 ? 0 : -1;
        if (index < 0)
            throw new SakiException(Operation, pipeline.Output.Name is { } wanted ? $"an output named \"{wanted}\"" : "one output, or its name in output.name", string.Join(", ", session.Outputs),
                pipeline.Output.Name is { } near ? DidYouMean.Hint(near, names) : "Name one of them in the pipeline file.");

        var declared = session.Outputs[index];
        if (declared.Kind != OrtValueKind.Tensor) throw new SakiException(Operation, "an output that is a tensor", $"{declared}", "Name another output in output.name, or export the model without the map (scikit-learn: zipmap=False).");
        if (declared.Shape is not { Count: > 0 } shape || shape.Skip(1).Any(axis => axis.IsFree)) return index;
        var count = shape.Skip(1).Aggregate(1L, (product, axis) => product * axis.Size);
        return count == pipeline.Labels.Count && (shape[0].IsFree || shape[0].Size == 1) ? index : throw WrongClasses(pipeline.Labels.Count, count);
    }

    public static SakiException WrongClasses(int labels, long values) =>
        new(Operation, $"{values} labels, one for each value of the output", $"{labels}", "Correct the list of labels in the pipeline file.");

    public static SakiException NoRows(OrtValueInfo output) =>
        new(Operation, "one row of numbers for each picture", $"{output}", "Export the model with a batch axis first and all other axes fixed, or with none.");
}
