using System;
using System.Text.Json.Serialization;
using System.Threading;
using ZhipuVideo.Emulator.Files;

namespace ZhipuVideo.Emulator;

/// <summary>A task that the emulator has accepted: on the real service this is what is billed.</summary>
public sealed class VideoTask
{
    private readonly TimeProvider _time;
    private int _polls;

    internal VideoTask(string id, string requestId, string model, string? prompt, string account, Clip clip, TimeProvider time)
    {
        Id = id;
        RequestId = requestId;
        Model = model;
        Prompt = prompt;
        Account = account;
        Clip = clip;
        Created = time.GetUtcNow();
        _time = time;
    }

    /// <summary>The platform's id.</summary>
    public string Id { get; }

    /// <summary>The client's own id, or the platform's when the client gave none.</summary>
    public string RequestId { get; }

    /// <summary>The model as it was sent.</summary>
    public string Model { get; }

    /// <summary>The prompt; null when only a picture was given.</summary>
    public string? Prompt { get; }

    /// <summary>The id half of the key that submitted it: shown nowhere.</summary>
    [JsonIgnore]
    internal string Account { get; }

    /// <summary>PROCESSING, SUCCESS or FAIL, at this moment.</summary>
    public string Status => _time.GetUtcNow() < Ends ? "PROCESSING" : FailReason is null ? "SUCCESS" : "FAIL";

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>When it ends; <see cref="DateTimeOffset.MaxValue"/> for a task that stays in PROCESSING.</summary>
    public DateTimeOffset Ends { get; internal set; }

    /// <summary>Why it ends in FAIL; null when it ends in SUCCESS.</summary>
    public string? FailReason { get; internal set; }

    /// <summary>How often its result was asked for.</summary>
    public int Polls => _polls;

    /// <summary>The links to its videos; replaced when they expire.</summary>
    [JsonIgnore]
    internal TaskLinks? Links { get; set; }

    /// <summary>Counts the changes of its files; each gives them other bytes.</summary>
    [JsonIgnore]
    internal int FileVersion { get; set; }

    /// <summary>What its videos look like.</summary>
    [JsonIgnore]
    internal Clip Clip { get; }

    internal void CountPoll() => Interlocked.Increment(ref _polls);
}
