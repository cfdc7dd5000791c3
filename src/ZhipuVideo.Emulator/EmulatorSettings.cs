using System.Collections.Generic;
using System.Text.Json;
using System.Text.Json.Nodes;
using ZhipuVideo.Emulator.Files;
using ZhipuVideo.Emulator.Http;

namespace ZhipuVideo.Emulator;

/// <summary>The part of the emulator's behaviour that may change while it runs; a change holds for requests that come after it.</summary>
public sealed class EmulatorSettings
{
    /// <summary>The median time that a task takes, in seconds. 0 means that it has ended when it is first looked at.</summary>
    public double ServiceTime { get; set; } = 3;

    /// <summary>The spread of the service time: the standard deviation of its logarithm (lognormal). 0 for none.</summary>
    public double Sigma { get; set; }

    /// <summary>How long every reply of the API is held back, in milliseconds.</summary>
    public double Latency { get; set; }

    /// <summary>How many tasks of one model an account may have in flight; one more is refused with 429/1302.</summary>
    public int Concurrency { get; set; } = 5;

    /// <summary>Models whose concurrency differs.</summary>
    public Dictionary<string, int> ModelConcurrency { get; set; } = [];

    /// <summary>How many billed tasks each account can still pay for; null for any number. Beyond: 429/1113.</summary>
    public int? Balance { get; set; }

    /// <summary>Whether free models need a balance as well.</summary>
    public bool FreeModelsNeedBalance { get; set; }

    /// <summary>Models beyond the table that are taken, without checks of their fields; others are refused with 1211.</summary>
    public HashSet<string> ExtraModels { get; set; } = [];

    /// <summary>The size of each video in bytes; 0 for the clip's own size. Never less than the clip.</summary>
    public long FileSize { get; set; }

    /// <summary>Width x height of every video, whatever was asked for; null for what was. There are clips of all sizes that a model takes.</summary>
    public string? VideoSize { get; set; }

    /// <summary>Seconds of every video, whatever was asked for; null for what was, or 5.</summary>
    public int? VideoDuration { get; set; }

    /// <summary>Frames a second of every video, whatever was asked for; null for what was, or 30.</summary>
    public int? VideoFps { get; set; }

    /// <summary>Whether every video has sound, whatever was asked for; null for what was, or none.</summary>
    public bool? VideoAudio { get; set; }

    /// <summary>How many videos a task yields.</summary>
    public int Videos { get; set; } = 1;

    /// <summary>How long a link works, in seconds; null for ever. Afterwards 404, and a look at the task gives a new link.</summary>
    public double? LinkLifetime { get; set; }

    /// <summary>What ids look like.</summary>
    public IdForm IdForm { get; set; } = IdForm.Digits19;

    /// <summary>Whether a task is also found by its request_id (whether the real service does so is not documented).</summary>
    public bool ResolveRequestIds { get; set; } = true;

    /// <summary>The HTTP status of 1233 (task not found): 400 or 404; the real one is not documented.</summary>
    public int NotFoundStatus { get; set; } = 400;

    /// <summary>Which generation of the service's result replies is spoken.</summary>
    public ResultForm ResultForm { get; set; } = ResultForm.Current;

    /// <summary>How a task that failed tells its reason; the real form is not documented.</summary>
    public FailForm FailForm { get; set; } = FailForm.Error;

    /// <summary>Whether the service is down, on both origins.</summary>
    public Outage Outage { get; set; }

    /// <summary>The clip that answers what was asked for.</summary>
    internal Clip Answer(Clip asked) =>
        new(VideoSize ?? asked.Size, VideoDuration ?? asked.Duration, VideoFps ?? asked.Fps, VideoAudio ?? asked.HasAudio);

    /// <summary>These settings with some changed: fields by their names in JSON, null for the default.</summary>
    /// <exception cref="JsonException">A field does not exist or cannot have that value.</exception>
    internal EmulatorSettings With(JsonObject changes)
    {
        JsonObject all = JsonSerializer.SerializeToNode(this, ControlJson.Default.EmulatorSettings)!.AsObject();
        foreach ((string name, JsonNode? value) in changes)
        {
            if (value is null) all.Remove(name);
            else all[name] = value.DeepClone();
        }
        return all.Deserialize(ControlJson.Default.EmulatorSettings)!;
    }
}

/// <summary>Whether and how the service is down.</summary>
public enum Outage
{
    /// <summary>It is up.</summary>
    None,

    /// <summary>A gateway answers everything with 503 and a page.</summary>
    Unavailable,

    /// <summary>Every connection is closed without an answer.</summary>
    Drop,
}

/// <summary>The forms of ids that were seen. All are opaque.</summary>
public enum IdForm
{
    /// <summary>19 digits, beyond 2^53: the reference page's.</summary>
    Digits19,

    /// <summary>16 digits.</summary>
    Digits16,

    /// <summary>25 digits.</summary>
    Digits25,

    /// <summary>The time as yyyyMMddHHmmss and 16 hexadecimal digits.</summary>
    TimeAndHex,
}

/// <summary>The forms of result replies that were seen.</summary>
public enum ResultForm
{
    /// <summary>With the task's id: what the SDKs read.</summary>
    Current,

    /// <summary>Without id, as in the reference page's example.</summary>
    Reference,

    /// <summary>With id and usage, and the model's display name, as replies of 2026 have them.</summary>
    Extended,
}

/// <summary>The ways in which a failed task may give its reason.</summary>
public enum FailForm
{
    /// <summary><c>error: {code, message}</c>.</summary>
    Error,

    /// <summary><c>message</c> alone.</summary>
    Message,

    /// <summary><c>fail_reason</c>.</summary>
    FailReason,

    /// <summary>Nothing.</summary>
    Nothing,
}
