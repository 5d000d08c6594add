using System.Globalization;
using Saki.Jobs;

namespace Saki.Server.Jobs;

/// <summary>What a job's process finds in its environment: what programs need to run, where Saki is, and nothing else of the server's. No token is passed on.</summary>
internal sealed class JobEnvironment(SakiHome home, JobOptions options, Func<Uri?> tracking)
{
    private static readonly string[] PassedOn =
    [
        "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "DOTNET_ROOT", "LD_LIBRARY_PATH", "CUDA_HOME", "CUDA_PATH", "NVIDIA_VISIBLE_DEVICES", "SSL_CERT_FILE", "SSL_CERT_DIR",
        "SAKI_TORCH", "SAKI_ONNXRUNTIME", "SAKI_TURBOJPEG", "SAKI_VIPS", "SAKI_FACES", "SLURM_CONF",
    ];

    /// <summary>For the check of a kind, before there is a job.</summary>
    public Dictionary<string, string> Bare()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["SAKI_HOME"] = home.Root, ["NO_COLOR"] = "1", ["DOTNET_NOLOGO"] = "1" };
        foreach (var name in PassedOn)
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value) variables[name] = value;
        return variables;
    }

    /// <summary>For an attempt.</summary>
    public Dictionary<string, string> Of(JobLease lease, JobPlan plan, string folder)
    {
        var variables = Bare();
        variables["SAKI_JOB"] = lease.Id.ToString(CultureInfo.InvariantCulture);
        variables[Processes.Variable] = folder;
        variables["OMP_NUM_THREADS"] = plan.Cpus.ToString(CultureInfo.InvariantCulture);
        variables["CUDA_VISIBLE_DEVICES"] = lease.Devices;
        if ((options.Tracking ?? tracking()) is { } server) variables["SAKI_URL"] = variables["MLFLOW_TRACKING_URI"] = server.ToString().TrimEnd('/');
        return variables;
    }

    /// <summary>The frozen command as it is run here, going on from <paramref name="run"/> where the kind can.</summary>
    public IReadOnlyList<string> Command(JobPlan plan, string? run)
    {
        IReadOnlyList<string> command = run is not null && plan.Resume is { } resume ? [.. resume.Select(part => part == "{run}" ? run : part)] : plan.Command;
        return command[0] == "saki" ? [.. options.Saki, .. command.Skip(1)] : command;
    }
}
