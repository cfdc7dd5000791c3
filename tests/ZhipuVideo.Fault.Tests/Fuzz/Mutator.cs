namespace ZhipuVideo.Tests.Fuzz;

/// <summary>Makes inputs that nobody would send on purpose: noise, and valid ones with something changed.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly string[] Bytes =
    [
        "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "true", "0", "-1", "1e999", "99999999999999999999999999", "\0", "\n", "\r\n", "\uFEFF",
        "\\u0000", "\\ud800", "\\u", "id", "error", "code", "task_status", "SUCCESS", "record", "requestId", "%", "../", "\u202E", "é", "😀",
    ];

    private static readonly string[] Texts =
    [
        "/", "\\", "..", ".", " ", ":", "\0", "\n", "\u001B", "\u202E", "\uD800", "\uDC00", "\uFFFE", "😀", "e\u0301", "é", "CON", "nul.", "<", ">",
        "|", "*", "?", "%2e%2e", "@", "#", ",", ";", "=", "\"", "data:", "base64,", "http://", "file:///", "[::1]", "-1", "1e999", "\\ud800", "٣", "ﬁ", "\u00A0",
    ];

    private readonly Random _random = new(seed);

    public int Next(int limit) => _random.Next(limit);

    public T OneOf<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    /// <summary>Noise, or one of the samples with a few things changed.</summary>
    public byte[] ToBytes(params ReadOnlySpan<string> samples)
    {
        if (_random.Next(10) == 0)
        {
            byte[] noise = new byte[_random.Next(300)];
            _random.NextBytes(noise);
            return noise;
        }
        return Mutate(Encoding.UTF8.GetBytes(OneOf(samples)), Bytes.Select(Encoding.UTF8.GetBytes).ToArray(), () => (byte)_random.Next(256));
    }

    /// <summary>The same of files that are no text, and with tokens of their own.</summary>
    public byte[] ToBytes(byte[][] samples, byte[][] tokens) => Mutate(samples[_random.Next(samples.Length)], tokens, () => (byte)_random.Next(256));

    /// <summary>The same for texts, halves of surrogate pairs included.</summary>
    public string ToText(params ReadOnlySpan<string> samples)
    {
        string sample = _random.Next(10) == 0 ? "" : OneOf(samples);
        return new string(Mutate(sample.ToCharArray(), Texts.Select(text => text.ToCharArray()).ToArray(), NextCharacter));
    }

    private T[] Mutate<T>(T[] input, T[][] tokens, Func<T> next)
    {
        List<T> output = [.. input];
        for (int i = _random.Next(6); i > 0; i--)
        {
            int at = _random.Next(output.Count + 1);
            int length = Math.Min(_random.Next(1 + _random.Next(40)), output.Count - at);
            switch (_random.Next(7))
            {
                case 0:
                    output.RemoveRange(at, length);
                    break;
                case 1:
                    output.InsertRange(at, output.GetRange(at, length));
                    break;
                case 2:
                    output.RemoveRange(at, output.Count - at);
                    break;
                case 3 when at < output.Count:
                    output[at] = next();
                    break;
                case 4:
                    int times = 1 + _random.Next(1 + _random.Next(300));
                    output.InsertRange(at, Enumerable.Repeat(tokens[_random.Next(tokens.Length)], times).SelectMany(token => token));
                    break;
                default:
                    output.InsertRange(at, tokens[_random.Next(tokens.Length)]);
                    break;
            }
        }
        return [.. output];
    }

    private char NextCharacter() => (char)(_random.Next(3) == 0 ? _random.Next(0x10000) : _random.Next(0x80));
}
