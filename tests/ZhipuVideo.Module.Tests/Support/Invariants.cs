using System.Text.RegularExpressions;

namespace ZhipuVideo.Tests;

/// <summary>
/// What holds after every run of cmdlets, whatever went wrong (the fault table's I1 to I8; I5, the deadline, is each test's own matter).
/// </summary>
internal static class Invariants
{
    // These are about a call, not about a row or a job
    private static readonly string[] WithoutTarget = ["CogVideo.NoApiKey", "CogVideo.InvalidApiKey", "CogVideo.InvalidBaseUri", "CogVideo.InvalidInput"];

    // By cause, as scripts choose by it: every reason stands here
    private static readonly Dictionary<string, ErrorCategory> Categories = new (ErrorCategory Category, string Reasons)[]
    {
        (ErrorCategory.InvalidArgument, "InvalidInput InvalidApiKey InvalidBaseUri InvalidRequest PromptTooLong"),
        (ErrorCategory.AuthenticationError, "NoApiKey AuthenticationFailed ProxyAuthRequired"),
        (ErrorCategory.PermissionDenied, "PermissionDenied AccountUnavailable StorageDenied"),
        (ErrorCategory.QuotaExceeded, "InsufficientBalance QuotaExceeded"),
        (ErrorCategory.LimitsExceeded, "LimitExceeded BilledLimitReached JournalFull"),
        (ErrorCategory.ResourceUnavailable, "ApiUnavailable ServiceUnavailable StorageUnavailable"),
        (ErrorCategory.ConnectionError, "ConnectionFailed TlsFailed SubmissionUnconfirmed LengthMismatch DownloadFailed"),
        (ErrorCategory.SecurityError, "ContentRejected RedirectBlocked UrlRefused"),
        (ErrorCategory.ObjectNotFound, "AcceptedIdUnknown NotFound ResultMissing ResultExpired"),
        (ErrorCategory.OperationTimeout, "OperationTimeout"),
        (ErrorCategory.InvalidResult, "JobFailed"),
        (ErrorCategory.InvalidOperation, "JobNotFinished"),
        (ErrorCategory.InvalidData, "ResponseTooLarge InvalidResponse DuplicateId NotAVideo JournalUnreadable JournalTooNew"),
        (ErrorCategory.OperationStopped, "InternalError UntilPassed"),
        (ErrorCategory.WriteError, "DestinationUnusable DiskFull WriteFailed RenameFailed JournalLost"),
        (ErrorCategory.ResourceBusy, "JournalLocked"),
    }.SelectMany(group => group.Reasons.Split(' ').Select(reason => ("CogVideo." + reason, group.Category))).ToDictionary();

    // Errors of binding and stopping carry the cmdlet's name too
    private static readonly string[] EnginesOwn = ["ParameterArgument", "CannotConvertArgument", "PipelineStopped"];

    /// <summary>I1 and I8: no submission was accepted twice, and the key went to the API alone.</summary>
    public static void Check(Emulator emulator)
    {
        Assert.Equal([], emulator.Tasks.GroupBy(task => (task.RequestId, task.Prompt)).Where(tasks => tasks.Count() > 1).Select(tasks => tasks.Key));
        Assert.All(emulator.Requests, request => Assert.True(request.Origin == "api" || request.Authorization == "none", request.Path));
        Assert.All(emulator.Requests, request => Assert.False(request.Headers.ContainsKey("cookie"), request.Path));
    }

    /// <summary>I3: a name that a user sees holds a whole video.</summary>
    public static void Check(TemporaryFolder folder)
    {
        foreach (string path in Directory.GetFiles(folder.FullName, "*.mp4", SearchOption.AllDirectories))
        {
            // What a test has put there itself is none
            using BinaryReader file = new(File.OpenRead(path));
            if (file.BaseStream.Length < 8 || !IsVideo(file)) continue;
            long offset = 0;
            while (offset < file.BaseStream.Length)
            {
                file.BaseStream.Position = offset;
                offset += System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(file.ReadBytes(4));
            }
            Assert.Equal(file.BaseStream.Length, offset);
        }
    }

    /// <summary>I4 and I6: no stream shows the key or a link, and what failed is typed and says which job it was.</summary>
    public static void Check(Outcome outcome, IReadOnlyList<string> forms, IReadOnlyList<string> links)
    {
        Assert.Empty(Secrets.Find(outcome, forms));
        Assert.DoesNotContain(outcome.Said, text => links.Any(link => text.Contains(link, StringComparison.Ordinal)));
        foreach (ErrorRecord error in outcome.Errors.Append(outcome.Terminating).OfType<ErrorRecord>().Where(IsOurs))
        {
            Assert.True(error.Id().StartsWith("CogVideo.", StringComparison.Ordinal), $"{error.Id()}: {error} {error.InvocationInfo.Line}");
            Assert.Equal("CogVideo." + error.Of("Reason"), error.Id());
            Assert.Equal((error.Id(), Categories.GetValueOrDefault(error.Id())), (error.Id(), error.CategoryInfo.Category));
            CheckAdvice(error);
            Assert.True(error.TargetObject is not null || WithoutTarget.Contains(error.Id()), error.Id());
        }
    }

    /// <summary>A recommendation names parameters that its reader can give: of the cmdlet that failed, or of one that it names.</summary>
    private static void CheckAdvice(ErrorRecord error)
    {
        string advice = error.ErrorDetails?.RecommendedAction ?? "";
        CommandInfo[] named = [.. error.InvocationInfo.MyCommand.Module.ExportedCmdlets.Values
            .Where(command => command.Name == error.InvocationInfo.MyCommand.Name || Regex.IsMatch(advice, $@"(?<![\w-]){command.Name}\b"))];
        Assert.All(
            Regex.Matches(advice, @"(?<![\w-])-([A-Z]\w+)").Select(match => match.Groups[1].Value),
            parameter => Assert.True(named.Any(command => command.Parameters.ContainsKey(parameter)), $"{error.Id()}: -{parameter} in '{advice}'"));
    }

    private static bool IsVideo(BinaryReader file)
    {
        byte[] head = file.ReadBytes(8);
        return head.AsSpan(4).SequenceEqual("ftyp"u8);
    }

    private static bool IsOurs(ErrorRecord error) =>
        error.InvocationInfo?.MyCommand?.ModuleName == "ZhipuVideo"
        && !EnginesOwn.Any(id => error.Id().StartsWith(id, StringComparison.Ordinal));
}
