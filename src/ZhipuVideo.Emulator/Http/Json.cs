using System.Collections.Generic;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZhipuVideo.Emulator.Http;

/// <summary>The JSON of the control endpoints; what the API itself speaks is written by hand in <see cref="Reply"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DictionaryKeyPolicy = JsonKnownNamingPolicy.Unspecified,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [
        typeof(KebabCase<RequestPhase>), typeof(KebabCase<AuthorizationSeen>), typeof(KebabCase<IdForm>),
        typeof(KebabCase<ResultForm>), typeof(KebabCase<FailForm>)])]
[JsonSerializable(typeof(IReadOnlyList<ReceivedRequest>))]
[JsonSerializable(typeof(IReadOnlyList<VideoTask>))]
[JsonSerializable(typeof(EmulatorSettings))]
[JsonSerializable(typeof(EmulatorStats))]
internal sealed partial class Json : JsonSerializerContext
{
    /// <summary>Chinese stays Chinese: nothing here is ever put into a page.</summary>
    public static JsonWriterOptions Writing { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
}

/// <summary>Names of enumerations as the control endpoints write them: <c>drop-accepted</c>.</summary>
internal sealed class KebabCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower) where T : struct, System.Enum;
