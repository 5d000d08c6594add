using System.Runtime.InteropServices;

namespace Saki.Cli;

/// <summary>Ctrl-C and SIGTERM: once asks the running verb to end cleanly, twice ends the process at once.</summary>
internal sealed class Interrupt : IDisposable
{
    /// <summary>The shell's convention: 128 + SIGINT.</summary>
    public const int ExitCode = 130;

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;

    public Interrupt(TextWriter error)
    {
        void Handle(PosixSignalContext context)
        {
            if (_source.IsCancellationRequested) Environment.Exit(ExitCode);
            context.Cancel = true;
            if (context.Signal == PosixSignal.SIGINT) error.WriteLine("saki: ending cleanly; press Ctrl-C again to end at once");
            _source.Cancel();
        }

        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _source.Dispose();
    }
}
