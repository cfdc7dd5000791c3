using ZhipuVideo.Batch;
using ZhipuVideo.Emulator;
using ZhipuVideo.Emulator.Contract;
using ZhipuVideo.Protocol;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.Protocol;

/// <summary>The service's error table, row by row: what each code calls for, and what the user reads of it.</summary>
public sealed class ErrorTableTests : ServiceTest
{
    /// <summary>Codes, HTTP status, reason, and what they call for: the table of the service, and codes of plans that are newer.</summary>
    private static readonly (string Codes, int Status, ErrorReason Reason, Verdict Verdict)[] Table =
    [
        ("1000 1001 1002 1003 1004 1005", 401, ErrorReason.AuthenticationFailed, Verdict.StopsRun),
        ("1110 1111 1112 1121", 429, ErrorReason.AccountUnavailable, Verdict.StopsRun),
        ("1113", 429, ErrorReason.InsufficientBalance, Verdict.StopsRun),
        ("1120 1303 1305 1312", 429, ErrorReason.LimitExceeded, Verdict.SlowDown),
        ("1200 1230 1234", 500, ErrorReason.ServiceUnavailable, Verdict.NotAccepted),
        ("1210 1211 1212 1213 1214 1215", 400, ErrorReason.InvalidRequest, Verdict.ItemFails),
        ("1220", 403, ErrorReason.PermissionDenied, Verdict.StopsRun),
        ("1221 1222", 400, ErrorReason.ApiUnavailable, Verdict.StopsRun),
        ("1231", 400, ErrorReason.AcceptedIdUnknown, Verdict.Duplicate),
        ("1233", 400, ErrorReason.NotFound, Verdict.NotFound),
        ("1261", 400, ErrorReason.PromptTooLong, Verdict.ItemFails),
        ("1300 1301", 400, ErrorReason.ContentRejected, Verdict.ItemFails),
        ("1302", 429, ErrorReason.LimitExceeded, Verdict.WaitForSlot),
        ("1304 1308 1309 1310 1311 1313", 429, ErrorReason.QuotaExceeded, Verdict.StopsRun),
        ("1314 1315 1316 1317 1318 1319 1320 1321", 429, ErrorReason.QuotaExceeded, Verdict.StopsRun),
        // Relays
        ("model_not_found model_price_error", 503, ErrorReason.InvalidRequest, Verdict.ItemFails),
        ("sensitive_words_detected content_policy_violation", 500, ErrorReason.ContentRejected, Verdict.ItemFails),
        ("invalid_api_key", 401, ErrorReason.AuthenticationFailed, Verdict.StopsRun),
        ("access_denied", 403, ErrorReason.PermissionDenied, Verdict.StopsRun),
        ("insufficient_quota insufficient_user_quota pre_consume_token_quota_failed", 403, ErrorReason.InsufficientBalance, Verdict.StopsRun),
        ("rate_limit_exceeded", 429, ErrorReason.LimitExceeded, Verdict.SlowDown),
    ];

    public static TheoryData<string> Codes => [.. Rows.Select(row => row.Code)];

    /// <summary>One code of each kind that the emulator knows.</summary>
    public static TheoryData<string> Kinds =>
        [.. Rows.Where(row => ServiceError.All.ContainsKey(row.Code)).DistinctBy(row => (row.Reason, row.Verdict)).Select(row => row.Code)];

    private static IEnumerable<(string Code, int Status, ErrorReason Reason, Verdict Verdict)> Rows =>
        Table.SelectMany(row => row.Codes.Split(' ').Select(code => (code, row.Status, row.Reason, row.Verdict)));

    [Fact]
    public void F93_The_table_has_every_code_of_the_service_and_no_other() =>
        Assert.Equal(Rows.Select(row => row.Code).Order(), ErrorTable.Codes.Order());

    [Theory]
    [MemberData(nameof(Codes))]
    [Trait("Phase", "submit, wait")]
    public void F93_In_every_form_and_status_a_code_means_the_same(string code)
    {
        (_, int status, ErrorReason reason, Verdict verdict) = Rows.Single(row => row.Code == code);
        string[] forms =
        [
            """{"error":{"code":"0","message":"words"}}""",
            """{"code":"0","message":"words"}""",
            """{"error":{"message":"words","type":"x","code":" 0 "}}""",
            .. char.IsAsciiDigit(code[0])
                ? ["""{"error":{"code":0,"message":"words"}}""", """{"msg":"words","code":0,"success":false}"""]
                : Array.Empty<string>(),
        ];
        foreach (string form in forms)
        {
            foreach (int given in new[] { status, 200, 400, 500 })
            {
                ServiceReply reply = ServiceReply.Parse(given, Encoding.UTF8.GetBytes(form.Replace("0", code, StringComparison.Ordinal)));
                CogVideoException error = Results.CreateError(reply, "row");

                Assert.Equal(new ErrorClass(verdict, reason, true), ErrorTable.Classify(reply));
                Assert.Equal((reason, code, given, verdict == Verdict.StopsRun), (error.Reason, error.Code?.Trim(), error.HttpStatus, error.StopsRun));
                Assert.Contains("words", error.Message, StringComparison.Ordinal);
            }
        }
        if (ServiceError.All.TryGetValue(code, out ServiceError? emulated)) Assert.Equal(status, emulated.HttpStatus);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task F93_A_submission_does_what_the_code_calls_for(string code)
    {
        (_, int status, ErrorReason reason, Verdict verdict) = Rows.Single(row => row.Code == code);
        bool isWaitedFor = verdict is Verdict.SlowDown or Verdict.WaitForSlot or Verdict.NotAccepted;
        await using EmulatorServer emulator = await StartAsync(RequestPhase.Create, code, isWaitedFor ? 1 : null);
        using CogVideoClient client = NewClient(emulator);
        List<CogVideoException> told = [];
        Submitter run = NewSubmitter(client, options: new VideoBatchOptions { Warn = told.Add });

        Recorded[] rows = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(n => RowAsync(run, $"row {n}")))];

        int posts = emulator.State.Requests.Count(request => request.Phase == RequestPhase.Create);
        Assert.Empty(told);
        if (isWaitedFor)
        {
            Assert.All(rows, row => Assert.Null(row.Error));
            Assert.Equal(4, posts);
            return;
        }
        Assert.Empty(emulator.State.Tasks);
        Assert.Equal(verdict == Verdict.StopsRun ? 1 : 3, posts);
        foreach (CogVideoException error in rows.Select(row => row.Error!))
        {
            Assert.Equal((reason, code, status, verdict == Verdict.StopsRun), (error.Reason, error.Code, error.HttpStatus, error.StopsRun));
            if (verdict == Verdict.Duplicate) continue; // it says what became of the row, not what the service said
            Assert.Contains(code, error.Message, StringComparison.Ordinal);
            Assert.Contains(ServiceError.All[code].Message.TrimEnd('。'), error.Message, StringComparison.Ordinal); // with the time of its reset, where it gives one
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    [Trait("Phase", "wait")]
    public async Task F93_A_poll_does_what_the_code_calls_for(string code)
    {
        (_, int status, ErrorReason reason, Verdict verdict) = Rows.Single(row => row.Code == code);
        await using EmulatorServer emulator = await StartAsync(RequestPhase.Poll, code, 1);
        using CogVideoClient earlier = NewClient(emulator), client = NewClient(emulator); // a task that has just been submitted may be not found
        CogVideoJob job = await earlier.SubmitAsync(new VideoRequest { Prompt = "a cat" });
        Task<CogVideoResult> waiting = WaitAsync(client, id: job.Id);

        bool isAskedAgain = verdict is Verdict.SlowDown or Verdict.WaitForSlot or Verdict.NotAccepted;
        if (isAskedAgain || reason == ErrorReason.ContentRejected) // which is how a task ends
        {
            CogVideoResult result = await waiting;
            Assert.Equal(isAskedAgain ? (CogVideoStatus.Success, null) : (CogVideoStatus.Fail, code), (result.Status, result.ErrorCode));
        }
        else
        {
            CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => waiting);
            Assert.Equal((reason, code, status, verdict == Verdict.StopsRun), (error.Reason, error.Code, error.HttpStatus, error.StopsRun));
        }
        Assert.Equal(isAskedAgain ? 2 : 1, emulator.State.Requests.Count(request => request.Phase == RequestPhase.Poll));
    }

    [Theory]
    [Each(RefusalForm.Nested, RefusalForm.Number, RefusalForm.Flat, RefusalForm.Gateway)]
    [Trait("Phase", "wait")]
    public async Task F93_A_limit_of_the_plan_costs_one_request_in_every_form(RefusalForm form)
    {
        await using EmulatorServer emulator = await StartAsync(null, "1316", null, form);
        using CogVideoClient client = NewClient(emulator);

        CogVideoException submitted = (await RowAsync(NewSubmitter(client), "row")).Error!;
        CogVideoException waited = await Assert.ThrowsAsync<CogVideoException>(() => WaitAsync(client));

        Assert.Equal((ErrorReason.QuotaExceeded, ErrorReason.QuotaExceeded), (submitted.Reason, waited.Reason));
        Assert.Equal(("1316", "1316"), (submitted.Code, waited.Code));
        Assert.Equal(2, emulator.State.Requests.Count);
    }

    private static Task<EmulatorServer> StartAsync(RequestPhase? phase, string code, int? count, RefusalForm form = RefusalForm.Nested) =>
        EmulatorServer.StartAsync(new EmulatorOptions
        {
            Settings = new EmulatorSettings { ServiceTime = 0 },
            Faults = { new Fault { Kind = FaultKind.Status, Phase = phase, Code = code, Count = count, Form = form } },
        });

    private static CogVideoClient NewClient(EmulatorServer emulator) => new(
        new ServiceEndpoint(ApiKey.Parse(EmulatorOptions.DemoKey), emulator.BaseUri.AbsoluteUri),
        new CogVideoClientOptions { Accounts = new SchedulerRegistry(random: () => 0.999) });

    private static async Task<Recorded> RowAsync(Submitter run, string prompt)
    {
        Recorded row = new();
        try
        {
            row.Job = await SubmitAsync(run, new VideoRequest { Prompt = prompt }).WaitAsync(Patience);
        }
        catch (CogVideoException e)
        {
            row.Error = e;
        }
        return row;
    }
}
