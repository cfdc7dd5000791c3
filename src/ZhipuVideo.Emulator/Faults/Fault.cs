using System;
using System.Collections.Generic;
using System.Text.Json;
using System.Text.Json.Nodes;
using ZhipuVideo.Emulator.Http;

namespace ZhipuVideo.Emulator;

/// <summary>A fault, and which requests it strikes.</summary>
/// <remarks>Settable and not init-only: a generated JSON reader forgets the defaults of init-only properties.</remarks>
public sealed class Fault
{
    /// <summary>The requests that it can strike; null for all, on both origins.</summary>
    public RequestPhase? Phase { get; set; }

    /// <summary>What goes wrong.</summary>
    public required FaultKind Kind { get; set; }

    /// <summary>Only requests whose task's prompt contains this; null for all.</summary>
    public string? Prompt { get; set; }

    /// <summary>The first of the matching requests that it strikes, from 1.</summary>
    public int Nth { get; set; } = 1;

    /// <summary>How many requests it strikes; null for no limit.</summary>
    public int? Count { get; set; }

    /// <summary>The probability, 0 to 1, with which it strikes each of them.</summary>
    public double Probability { get; set; } = 1;

    /// <summary>How long it exists, in seconds from when it was added; null for ever.</summary>
    public double? Lasts { get; set; }

    /// <summary>Seconds of a delay.</summary>
    public double Seconds { get; set; }

    /// <summary>Bytes before a cut, or bytes a second.</summary>
    public long Bytes { get; set; }

    /// <summary>The HTTP status of <see cref="FaultKind.Status"/> and <see cref="FaultKind.Html"/>.</summary>
    public int? Status { get; set; }

    /// <summary>
    /// The business code of a refusal; null for a refusal with an empty body. One of the service's own table brings its status and message.
    /// </summary>
    public string? Code { get; set; }

    /// <summary>How a refusal is written.</summary>
    public RefusalForm Form { get; set; }

    /// <summary>The message of a refusal.</summary>
    public string? Message { get; set; }

    /// <summary>Headers of the reply, for example Retry-After or Location.</summary>
    public Dictionary<string, string>? Headers { get; set; }

    /// <summary>The value that some kinds need.</summary>
    public string? Value { get; set; }

    /// <summary>Whether the work is done before a refusal or page takes the reply's place: a submission is accepted.</summary>
    public bool Accepted { get; set; }

    /// <summary>Whether a connection is closed hard (RST) and not in order (FIN).</summary>
    public bool Reset { get; set; }

    /// <summary>Reads a fault as the command line has it: JSON, or <c>phase:kind,name=value,header.Retry-After=5</c>.</summary>
    /// <exception cref="FormatException">It is neither; the message says what is wrong.</exception>
    public static Fault Parse(string text)
    {
        try
        {
            JsonNode? json = text.StartsWith('{') ? JsonNode.Parse(text) : FromShortForm(text);
            return json.Deserialize(ControlJson.Default.Fault)!;
        }
        catch (JsonException e)
        {
            throw new FormatException($"'{text}' is no fault: {e.Message}", e);
        }
    }

    private static JsonObject FromShortForm(string text)
    {
        string[] parts = text.Split(',');
        string[] head = parts[0].Split(':');
        if (head.Length != 2) throw new FormatException($"'{text}' is no fault: it begins with phase:kind, as in create:drop-accepted.");
        JsonObject json = new JsonObject { ["kind"] = head[1] };
        if (head[0] != "any") json["phase"] = head[0];
        foreach (string part in parts.AsSpan(1))
        {
            string[] pair = part.Split('=', 2);
            string value = pair.Length == 2 ? pair[1] : "true";
            const string header = "header.";
            if (pair[0].StartsWith(header, StringComparison.Ordinal))
            {
                if (json["headers"] is null) json["headers"] = new JsonObject();
                json["headers"]![pair[0][header.Length..]] = value;
            }
            else
            {
                json[pair[0]] = pair[0] is "accepted" or "reset" ? JsonNode.Parse(value) : value;
            }
        }
        return json;
    }
}
