using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ZhipuVideo.Emulator.Http;

namespace ZhipuVideo.Emulator;

/// <summary>The program's switches.</summary>
/// <param name="Options">What they ask for.</param>
/// <param name="ParentPid">The process whose end ends the program; null for none.</param>
internal sealed record CommandLine(EmulatorOptions Options, int? ParentPid)
{
    public const string DefaultUrl = "http://127.0.0.1:5080";

    public const string Help = """
        The CogVideoX service, offline.

        Usage: ZhipuVideo.Emulator [options]

        --urls URL                  where the API listens; port 0 picks a free one. Default: http://127.0.0.1:5080
        --files-urls URL            where videos and covers are served. Default: a free port
        --api-key ID.SECRET         accept only this key (repeatable). Default: any well-formed key
        --fault PHASE:KIND[,NAME=VALUE...]  inject a fault, or JSON (repeatable); see below
        --seed N                    seed for ids, service times and random faults
        --no-log                    do not record requests
        --parent-pid N              exit when this process exits
        --help                      show this text

        Settings, which POST _control/settings also changes at run time (with _ in their names):
        --service-time SECONDS      median time that a task takes. Default: 3
        --sigma S                   lognormal spread of that time. Default: 0
        --latency MS                latency of every reply of the API. Default: 0
        --concurrency [MODEL=]N     concurrent tasks per account and model. Default: 5
        --balance N                 billed tasks that an account can pay for. Default: unlimited
        --free-models-need-balance  free models need a balance too
        --extra-models MODEL        accept a further model (repeatable)
        --file-size BYTES           size of each video. Default: that of the clip
        --video-size WxH            size of each video in pixels. Default: as requested, or 320x180
        --video-duration SECONDS    length of each video. Default: as requested, or 5
        --video-fps N               frame rate of each video. Default: as requested, or 30
        --video-audio BOOL          whether each video has audio. Default: as requested, or false
        --videos N                  videos per task. Default: 1
        --link-lifetime SECONDS     then a link gives 404 and the next query a new one. Default: unlimited
        --id-form FORM              digits19, digits16, digits25 or time-and-hex. Default: digits19
        --resolve-request-ids BOOL  async-result also accepts a request_id. Default: true
        --not-found-status STATUS   HTTP status of code 1233, 400 or 404. Default: 400
        --result-form FORM          current, reference or extended. Default: current
        --fail-form FORM            error, message, fail-reason or nothing. Default: error
        --outage HOW                none, unavailable or drop. Default: none

        Faults: PHASE is any, create, poll, download or cover. NAME is count (how often), after, status, code, message, seconds, bytes, value, ...
          delay, hang                                 reply late, or never
          drop-before, drop, drop-accepted, cut       close the connection: before reading, before replying, after accepting, within the reply
          slow, chunked                               send at BYTES a second; without a length
          status, no-such-path, html                  an error of the service, of its gateway, or a gateway's page
          empty, truncate, garbage, body              another body
          content-type, gzip, bom, utf16              another type or encoding
          fail-at-once, stall, missing-id, numeric-id, duplicate-id, task-status   what the reply to a submission says
          no-url                                      a finished task without a link
          ignore-range, wrong-range, change-file, weak-etag, no-etag               how files are served

        A prompt with [sensitive] or 【敏感】 is rejected, one with [fail] or 【失败】 ends in FAIL, one with [stall] or 【卡住】 never ends.
        """;

    /// <summary>Reads the switches.</summary>
    /// <exception cref="ArgumentException">A switch is unknown or lacks its value.</exception>
    /// <exception cref="FormatException">A value cannot be read.</exception>
    /// <exception cref="System.Text.Json.JsonException">A setting cannot have that value.</exception>
    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        EmulatorOptions options = new EmulatorOptions { Urls = new Uri(DefaultUrl) };
        JsonObject settings = new JsonObject();
        int? parent = null;
        Queue<string> words = new Queue<string>(args);
        while (words.TryDequeue(out string? word))
        {
            switch (word)
            {
                case "--urls": options.Urls = new Uri(ValueOf(word, words)); break;
                case "--files-urls": options.FilesUrls = new Uri(ValueOf(word, words)); break;
                case "--api-key": options.ApiKeys.Add(ValueOf(word, words)); break;
                case "--fault": options.Faults.Add(Fault.Parse(ValueOf(word, words))); break;
                case "--seed": options.Seed = Number(ValueOf(word, words)); break;
                case "--no-log": options.Log = false; break;
                case "--parent-pid": parent = Number(ValueOf(word, words)); break;
                default: Set(settings, word, words); break;
            }
        }
        options.Settings = options.Settings.With(settings);
        return new CommandLine(options, parent);
    }

    private static void Set(JsonObject settings, string word, Queue<string> words)
    {
        string name = word.StartsWith("--", StringComparison.Ordinal) ? word[2..].Replace('-', '_') : word;
        JsonPropertyInfo property = ControlJson.Default.EmulatorSettings.Properties.FirstOrDefault(one => one.Name == name)
            ?? throw new ArgumentException($"There is no switch {word}; see --help.");
        if (property.PropertyType == typeof(bool) || property.PropertyType == typeof(bool?))
        {
            bool stated = words.TryPeek(out string? next) && bool.TryParse(next, out _);
            settings[name] = !stated || bool.Parse(words.Dequeue());
            return;
        }
        string value = ValueOf(word, words);
        if (property.PropertyType == typeof(HashSet<string>))
            Child(settings, name, () => new JsonArray()).Add(value);
        else if (name == "concurrency" && value.Split('=') is [var model, var slots])
            Child(settings, "model_concurrency", () => new JsonObject())[model] = slots;
        else
            settings[name] = value;
    }

    private static T Child<T>(JsonObject settings, string name, Func<T> create) where T : JsonNode
    {
        if (settings[name] is not T child) settings[name] = child = create();
        return child;
    }

    private static string ValueOf(string word, Queue<string> words) =>
        words.TryDequeue(out string? value) ? value : throw new ArgumentException($"{word} needs a value; see --help.");

    private static int Number(string text) => int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture);
}
