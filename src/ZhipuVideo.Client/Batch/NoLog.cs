using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Batch;

/// <summary>Records nothing: for callers who keep their jobs themselves.</summary>
internal sealed class NoLog : ISubmissionLog
{
    internal static readonly NoLog Instance = new();

    private NoLog()
    {
    }

    public Task IntentAsync(CogVideoJob job, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task NotAcceptedAsync(CogVideoJob job, CogVideoException why) => Task.CompletedTask;

    public Task AcceptedAsync(CogVideoJob job) => Task.CompletedTask;
}
