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

        --urls URL                  where the API listens; port 0 for a free one (http://127.0.0.1:5080)
        --files-urls URL            where videos and covers are served (a free port)
        --api-key ID.SECRET         a key that exists; repeat for more (any well-formed key)
        --fault PHASE:KIND[,NAME=VALUE...]  or JSON; repeat for more. PHASE: any create poll download cover
        --seed N                    repeat the same ids, times and chances
        --no-log                    do not remember requests
        --parent-pid N              end when that process ends
        --help

        Settings, also changed at run time by POST _control/settings (names with _ there):
        --service-time SECONDS      median time that a task takes (3)
        --sigma S                   its lognormal spread (0)
        --latency MS                of every reply of the API (0)
        --concurrency [MODEL=]N     tasks in flight per account and model (5)
        --balance N                 billed tasks that an account can pay for (any number)
        --free-models-need-balance  free models too
        --extra-models MODEL        a model beyond the table; repeat for more
        --file-size BYTES           of each video (the clip's)
        --videos N                  per task (1)
        --link-lifetime SECONDS     then 404 and a new link (for ever)
        --id-form FORM              digits19 digits16 digits25 time-and-hex
        --resolve-request-ids BOOL  whether async-result knows request ids (true)
        --not-found-status STATUS   of code 1233: 400 or 404 (400)
        --result-form FORM          current reference extended
        --fail-form FORM            error message fail-reason nothing
        --outage HOW                none unavailable drop

        A prompt with [sensitive] or 【敏感】 is refused, one with [fail] or 【失败】 ends in FAIL, one with [stall] or 【卡住】 never ends.
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
        if (property.PropertyType == typeof(bool))
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
