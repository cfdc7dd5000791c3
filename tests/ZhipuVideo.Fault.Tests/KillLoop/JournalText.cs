namespace ZhipuVideo.Tests.KillLoop;

/// <summary>A journal, read as any other program would read it.</summary>
internal static class JournalText
{
    /// <summary>The names of the rows that were about to be billed.</summary>
    internal static IEnumerable<string> ReadBilled(string path) => File.ReadLines(path)
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Where(record => record.TryGetProperty("billed", out JsonElement billed) && billed.GetBoolean())
        .Select(record => record.GetProperty("name").GetString()!);

    /// <summary>The last record of each row's newest submission, by the row's name.</summary>
    internal static Dictionary<string, string> ReadStates(string path)
    {
        Dictionary<string, string> names = []; // by request id, then also by task id
        Dictionary<string, string> states = [];
        foreach (string line in File.ReadLines(path))
        {
            JsonElement record = JsonDocument.Parse(line).RootElement;
            if (!record.TryGetProperty("record", out JsonElement kind)) continue;
            string? Text(string field) => record.TryGetProperty(field, out JsonElement value) ? value.GetString() : null;
            string name = Text("name") ?? names[Text("requestId") ?? Text("id")!];
            if (Text("requestId") is string requestId) names[requestId] = name;
            if (Text("id") is string id) names[id] = name;
            states[name] = kind.GetString()!;
        }
        return states;
    }
}
