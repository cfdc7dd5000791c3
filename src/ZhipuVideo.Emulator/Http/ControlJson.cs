using System.Collections.Generic;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZhipuVideo.Emulator.Http;

/// <summary>The JSON of the control endpoints and of the switches; what the service says is written in <see cref="Reply"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    // The command line has only texts
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    Converters = [
        typeof(KebabCase<RequestPhase>), typeof(KebabCase<Origin>), typeof(KebabCase<AuthorizationSeen>), typeof(KebabCase<IdForm>),
        typeof(KebabCase<ResultForm>), typeof(KebabCase<FailForm>), typeof(KebabCase<Outage>), typeof(KebabCase<FaultKind>), typeof(KebabCase<RefusalForm>)])]
[JsonSerializable(typeof(IReadOnlyList<ReceivedRequest>))]
[JsonSerializable(typeof(IReadOnlyList<VideoTask>))]
[JsonSerializable(typeof(IReadOnlyList<Fault>))]
[JsonSerializable(typeof(EmulatorSettings))]
[JsonSerializable(typeof(EmulatorStats))]
internal sealed partial class ControlJson : JsonSerializerContext
{
    /// <summary>Chinese stays Chinese: nothing here is ever put into a page.</summary>
    public static JsonWriterOptions Writing { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };
}

/// <summary>Names of enumerations as people write them on a command line: <c>drop-accepted</c>.</summary>
internal sealed class KebabCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, System.Enum;
