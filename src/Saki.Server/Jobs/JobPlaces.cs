using System.Globalization;

namespace Saki.Server.Jobs;

/// <summary>Which places are free.</summary>
internal static class JobPlaces
{
    /// <summary>The GPUs that a job gets, with commas between (empty: it needs none); null when it does not fit now.</summary>
    public static string? Devices(IJobExecutor executor, IReadOnlyList<JobLease> running, JobLease job, JobOptions options)
    {
        if (running.Count >= executor.Places) return null;
        if (executor is not LocalExecutor) return "";
        if (running.Sum(lease => lease.Cpus) + job.Cpus > options.Cpus) return null;
        var taken = running.SelectMany(lease => lease.Devices.Split(',', StringSplitOptions.RemoveEmptyEntries)).ToHashSet();
        var free = Enumerable.Range(0, options.Gpus).Select(device => device.ToString(CultureInfo.InvariantCulture)).Where(device => !taken.Contains(device)).ToList();
        return free.Count < job.Gpus ? null : string.Join(',', free.Take((int)job.Gpus));
    }
}
