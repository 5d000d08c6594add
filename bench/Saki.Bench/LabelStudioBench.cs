using System.Diagnostics;
using System.Text;
using Saki.Labelling.LabelStudio;

namespace Saki.Bench;

/// <summary>Label Studio's formats at length: <c>label-studio [TASKS]</c> writes that many tasks, converts them to JSON_MIN and CSV, and reads labels from each. Tasks per second, and the memory at the end.</summary>
internal static class LabelStudioBench
{
    public static void Run(string[] args)
    {
        var tasks = args.Length > 0 ? long.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 1_000_000;
        var folder = Directory.CreateTempSubdirectory("saki-labels-").FullName;
        try
        {
            var (json, config) = (Path.Combine(folder, "tasks.json"), LabelConfig.Parse(LabelConfig.ForClasses(["cat", "dog"])));
            WriteTasks(json, tasks);
            Console.Error.WriteLine($"{tasks:N0} tasks, {new FileInfo(json).Length / tasks} bytes each");
            foreach (var (format, name) in ((TaskFormat, string)[])[(TaskFormat.JsonMin, "min.json"), (TaskFormat.Csv, "labels.csv")])
            {
                var file = Path.Combine(folder, name);
                Time($"export {format}", tasks, () =>
                {
                    using var output = File.Create(file);
                    return TaskConversion.Run(() => File.OpenRead(json), name, config, format, output);
                });
                Time($"import {format}", tasks, () => Count(file));
            }
            Time("import Json", tasks, () => Count(json));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static long Count(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        return new LabelFile().Read(stream, file).LongCount();
    }

    private static void Time(string name, long tasks, Func<long> run)
    {
        var started = Stopwatch.GetTimestamp();
        var count = run();
        if (count != tasks) throw new InvalidOperationException($"{name}: {count} of {tasks}");
        Measure.Report($"{name}", tasks / Stopwatch.GetElapsedTime(started).TotalSeconds, "tasks/s");
        Measure.Report($"{name} peak memory", Process.GetCurrentProcess().PeakWorkingSet64 / 1e6, "MB");
    }

    // As Label Studio exports them.
    private static void WriteTasks(string file, long tasks)
    {
        using var writer = new StreamWriter(file, false, new UTF8Encoding(false), 1 << 16);
        for (var i = 0L; i < tasks; i++)
        {
            writer.Write(i == 0 ? "[" : ",\n");
            writer.Write($$$"""{"id": {{{i}}}, "data": {"image": "/data/upload/1/{{{i:x8}}}-picture.png"}, "annotations": [{"id": {{{i + 7}}}, "completed_by": 1, "result": [{"id": "r1", "from_name": "choice", "to_name": "image", "type": "choices", "origin": "manual", "value": {"choices": ["{{{(i % 3 == 0 ? "cat" : "dog")}}}"]}}], "was_cancelled": false, "ground_truth": false, "created_at": "2026-11-20T10:00:01.123456Z", "updated_at": "2026-11-20T10:00:02.123456Z", "lead_time": 3.25, "prediction": {}, "result_count": 1, "unique_id": "u-11", "task": {{{i}}}, "project": 1}], "predictions": [], "drafts": [], "meta": {}, "created_at": "2026-11-20T10:00:00.123456Z", "updated_at": "2026-11-20T10:00:05.123456Z", "inner_id": 1, "total_annotations": 1, "cancelled_annotations": 0, "total_predictions": 0, "comment_count": 0, "project": 1, "updated_by": 1}""");
        }
        writer.Write("]");
    }
}
