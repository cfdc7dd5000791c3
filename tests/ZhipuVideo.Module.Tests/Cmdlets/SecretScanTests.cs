using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Security;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>
/// Every cmdlet through success and every class of error, with -Verbose and -Debug, against a service that repeats the key wherever it can
/// say something: no part of the key, no Base64 of it and no token made from it is in any stream, in $Error, in what a terminal or a transcript
/// shows, in a journal, in a gallery or in any other file.
/// </summary>
[Trait("Phase", "submit, wait, download, process, input")]
public sealed class SecretScanTests(Emulator emulator) : CmdletTest(emulator)
{
    [Fact]
    public void F62_No_cmdlet_shows_the_key_in_success_or_in_any_error()
    {
        const int yesToAll = 1;
        using TraceOfEverything trace = new();
        Prepare();
        List<string> ids = [];

        foreach (string script in Scripts())
        {
            // With -Debug the engine asks at each error, warning and progress record whether to go on: it is to
            for (int i = 0; i < 50; i++) Shell.Answers.Enqueue(yesToAll);
            Emulator.Set(new { file_size = script.Contains("'case-vast.'", StringComparison.Ordinal) ? 1_000_000_000_000_000 : 0 });
            Outcome outcome = Shell.Run(script);
            ids.AddRange(outcome.Errors.Append(outcome.Terminating).OfType<ErrorRecord>().Select(e => e.Id()));
        }

        IReadOnlyList<string> forms = Secrets.FormsOf(Shell.Key);
        Shell.Run("$Error; $Error.Exception; $Error.TargetObject; Get-CogVideoJob; Get-CogVideoJob -JournalPath $folder/run.jsonl"); // searched in the end, as all
        Assert.Empty(Secrets.FindFiles(Folder.FullName, forms));
        Assert.DoesNotContain(trace.Texts, text => Secrets.IsIn(text, forms));
        Assert.NotEmpty(trace.Texts);
        // Really every class: a new one is missed here until it is driven
        Type reason = Shell.Outcomes.SelectMany(o => o.Errors).First(e => e.Id() == "CogVideo.InvalidInput").Of("Reason")!.GetType();
        string[] driven = ["ProxyAuthRequired", "InternalError", "JournalFull", "StorageDenied", "StorageUnavailable"]; // by ProxyTests: .NET reads a proxy of the environment once a process; a defect, which has no script; StorageTests
        Assert.Empty(Enum.GetNames(reason).Except(driven).Except(ids.Select(id => id.Replace("CogVideo.", "", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task F62_Nothing_that_a_terminal_or_a_transcript_holds_shows_the_key()
    {
        Prepare();
        Directory.CreateDirectory(Folder["home"]);
        string path = Folder.Write("scan.ps1", """
            param([string] $Folder, [string] $Nowhere)
            $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
            Connect-CogVideo | Format-List *
            Get-CogVideoModel | Format-Table
            $rows = 'fine', 'bad [sensitive]', 'sad [fail]', 'case-1214.', 'case-500.', 'case-lost.' | ForEach-Object { [pscustomobject]@{ Prompt = $_; Name = $_ } }
            $results = $rows | New-CogVideo -JournalPath "$Folder/run.jsonl" -ErrorAction Continue | Wait-CogVideo
            $results | Save-CogVideo "$Folder/videos" -IncludeCover -PassThru | Format-List *
            Get-CogVideoJob | Format-List *
            $results | Export-CogVideoGallery "$Folder/gallery.html" | Format-List *
            New-CogVideo x -BaseUri $Nowhere -WhatIf
            foreach ($problem in $Error) { $problem | Format-List * -Force; $problem.Exception | Format-List * -Force; $problem.InvocationInfo | Format-List * }
            New-CogVideo 'case-1000.'
            """);
        PwshResult result = await PwshProcess.RunAsync(
            new PwshSetup
            {
                Folder = Folder.FullName,
                Import = true,
                Environment = new()
                {
                    ["ZHIPUAI_API_KEY"] = Shell.Key,
                    ["ZHIPUAI_BASE_URL"] = Emulator.BaseUri,
                    ["HOME"] = Folder["home"],
                    ["TMPDIR"] = Folder["home"],
                },
            },
            path, "-Folder", Folder.FullName, "-Nowhere", SafetyNet.Nowhere);

        IReadOnlyList<string> forms = Secrets.FormsOf(Shell.Key);
        Assert.All(
            ["VERBOSE", "cogvideox-flash", "CogVideo.ContentRejected", "CogVideo.JobFailed", "CogVideo.InvalidRequest", "CogVideo.SubmissionUnconfirmed", "1000", ".mp4"],
            shown => Assert.Contains(shown, result.Output + result.Error, StringComparison.OrdinalIgnoreCase));
        Assert.False(Secrets.IsIn(result.Output, forms), result.Output);
        Assert.False(Secrets.IsIn(result.Error, forms), result.Error);
        Assert.Empty(Secrets.FindFiles(Folder.FullName, forms));
    }

    [Theory]
    [Each("the key itself", "a half", "Base64 inside a longer text", "a token")]
    public void The_search_finds_what_it_is_to_find(string what)
    {
        string[] halves = Shell.Key.Split('.');
        string planted = what switch
        {
            "the key itself" => Shell.Key,
            "a half" => halves[1],
            "Base64 inside a longer text" => Convert.ToBase64String(Encoding.UTF8.GetBytes("user:" + Shell.Key + "!")),
            _ => "eyJhbGciOiJIUzI1NiIsInNpZ25fdHlwZSI6IlNJR04ifQ.eyJhcGlfa2V5IjoieCJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg",
        };

        Assert.True(Secrets.IsIn("before " + planted + " after", Secrets.FormsOf(Shell.Key)));
        Assert.False(Secrets.IsIn("https://127.0.0.1/video/abc.mp4 cogvideox-flash CogVideo.NotFound", Secrets.FormsOf(Shell.Key)));
    }

    private static IEnumerable<string> Scripts()
    {
        const string loud = "-Verbose -Debug";
        string[] codes = ["1000", "1110", "1113", "1214", "1220", "1221", "1261", "1301", "1304", "407", "500", "text", "redirect", "flat"];
        return
        [
            .. codes.Select(code => $"New-CogVideo 'case-{code}.' {loud}"),
            $"New-CogVideo 'case-1302.' -Model cogvideox-2 -TimeoutSec 1 {loud}", // its slots are its own: it holds up no other row
            $"New-CogVideo x -Model cogvideox-2 -BilledLimit 0 {loud}; New-CogVideo x -Until 2001-01-01 {loud}",
            $"Connect-CogVideo -ApiKey $key -BaseUri $address {loud}; Get-CogVideoModel {loud}",
            $"Connect-CogVideo -ApiKey $wrong -BaseUri $address {loud}",
            $"Connect-CogVideo -ApiKey $bad -BaseUri $address {loud}",
            $"Connect-CogVideo -ApiKey $key -BaseUri \"https://$plain@example.com/\" {loud}",
            $"Connect-CogVideo -ApiKey $key -BaseUri \"https://$plain@no host/\" {loud}",
            $"Connect-CogVideo -ApiKey $key -BaseUri \"https://example.com/?key=$plain\" {loud}",
            $"New-CogVideo x -Credential ([pscredential]::new('user', $secure)) -Fps 1 {loud}",
            $"New-CogVideo x -WhatIf {loud}",
            $"$results = 'fine', 'sad [fail]', 'later [stall]' | New-CogVideo -JournalPath $folder/run.jsonl {loud} | Wait-CogVideo -TimeoutSec 3 {loud}; $results",
            $"$results | Save-CogVideo $folder/videos -IncludeCover -PassThru {loud}; $results | Export-CogVideoGallery $folder/gallery.html {loud}",
            $"Get-CogVideoJob {loud}; Get-CogVideoJob -JournalPath $folder/run.jsonl {loud}; Get-CogVideoJob -Status Processing | Save-CogVideo $folder/videos {loud}",
            $"New-CogVideo a -RequestId twice {loud}; $null = New-CogVideo 'case-lost.' {loud}",
            $"New-CogVideo 'case-taken.' {loud}",
            $"'one of two', 'case-double.' | New-CogVideo -ThrottleLimit 1 {loud}",
            $"Wait-CogVideo 1 {loud}; Get-CogVideoResult 1 {loud}; Wait-CogVideo 1 -ApiKey $wrong {loud}",
            $"'case-look-500.', 'case-look-huge.', 'case-look-odd.', 'case-look-1214.', 'case-look-away.' | New-CogVideo | Get-CogVideoResult {loud}",
            $"New-CogVideo 'case-nolink.' | Wait-CogVideo | Save-CogVideo $folder/videos {loud}",
            $"'case-gone.', 'case-page.', 'case-refused.', 'case-away.' | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder/videos {loud}",
            $"New-CogVideo 'case-short.' | Wait-CogVideo | Save-CogVideo $folder/videos {loud}",
            $"New-CogVideo 'case-vast.' | Wait-CogVideo | Save-CogVideo $folder/videos -MaxSizeMB 1000000000 {loud}",
            $$"""
            $two = 'one', 'two' | New-CogVideo | Wait-CogVideo
            & {
                $two[0]
                while (-not [IO.Directory]::GetFiles("$folder/gone", '*.mp4')) { [Threading.Thread]::Sleep(10) }
                [IO.Directory]::Delete("$folder/gone", $true)
                $two[1]
            } | Save-CogVideo $folder/gone -PassThru {{loud}}
            """,
            $"$slow = New-CogVideo 'case-slow.' | Wait-CogVideo {loud}",
            $$"""
            & {
                $slow
                while (-not ($parts = [IO.Directory]::GetFiles("$folder/held"))) { [Threading.Thread]::Sleep(10) }
                [IO.File]::Delete($parts[0])
            } | Save-CogVideo $folder/held {{loud}}
            """,
            $"Save-CogVideo $folder/videos -Url file:///etc/passwd -Name x {loud}; Save-CogVideo Env: -Id 1 {loud}",
            $"Get-CogVideoResult 1 -BaseUri {SafetyNet.Nowhere} {loud}",
            $"Get-CogVideoResult 1 -BaseUri $tls {loud}",
            $"New-CogVideo x -JournalPath $folder/newer.jsonl {loud}",
            $"New-CogVideo x -JournalPath $folder/damaged.jsonl {loud}",
            $"'a', 'b' | ForEach-Object {{ if ($_ -eq 'b') {{ [IO.File]::Delete(\"$folder/lost.jsonl\") }}; $_ }} | New-CogVideo -JournalPath $folder/lost.jsonl -ThrottleLimit 1 {loud}",
            $"$lock = [IO.File]::Open(\"$folder/run.jsonl.lock\", 'Open', 'ReadWrite', 'None'); New-CogVideo x -JournalPath $folder/run.jsonl {loud}",
            "$lock.Dispose()",
            $"Disconnect-CogVideo {loud}; New-CogVideo x {loud}",
        ];
    }

    /// <summary>A service that repeats the key in all that it says.</summary>
    private void Prepare()
    {
        string key = Shell.Key;
        string said = $"key {key} and halves {string.Join(' ', key.Split('.'))} and {key}";
        foreach ((string code, int status) in new[]
        {
            ("1000", 401), ("1110", 429), ("1113", 429), ("1214", 400), ("1220", 403), ("1221", 400), ("1261", 400), ("1301", 400), ("1302", 429), ("1304", 429),
        })
            Emulator.Fault(new { phase = "create", kind = "status", status, code, message = said, prompt = $"case-{code}." });
        Emulator.Fault(new { phase = "create", kind = "status", status = 407, code = "407", message = said, prompt = "case-407." });
        Emulator.Fault(new { phase = "create", kind = "status", status = 500, code = "1234", message = said, prompt = "case-500." });
        Emulator.Fault(new { phase = "create", kind = "body", value = $"<html>{said}</html>", prompt = "case-text." });
        Emulator.Fault(new { phase = "create", kind = "body", value = $$"""{"code":401,"msg":"{{said}}"}""", prompt = "case-flat." });
        Emulator.Fault(new { phase = "create", kind = "status", status = 302, headers = new { Location = $"http://127.0.0.1:1/{key}" }, prompt = "case-redirect." });
        Emulator.Fault(new { phase = "create", kind = "status", status = 400, code = "1231", message = said, prompt = "case-taken." });
        Emulator.Fault(new { phase = "create", kind = "drop", prompt = "case-lost." });
        Emulator.Fault(new { phase = "create", kind = "duplicate-id", prompt = "case-double." });
        Emulator.Fault(new { phase = "poll", kind = "status", status = 500, code = "1234", message = said, prompt = "case-look-500." });
        Emulator.Fault(new { phase = "poll", kind = "status", status = 400, code = "1214", message = said, prompt = "case-look-1214." });
        Emulator.Fault(new { phase = "poll", kind = "status", status = 302, headers = new { Location = $"http://127.0.0.1:1/{key}" }, prompt = "case-look-away." });
        Emulator.Fault(new { phase = "poll", kind = "body", value = new string('x', 2_000_000), prompt = "case-look-huge." });
        Emulator.Fault(new { phase = "poll", kind = "body", value = $"[\"{said}\"]", prompt = "case-look-odd." });
        Emulator.Fault(new { phase = "poll", kind = "no-url", prompt = "case-nolink." });
        Emulator.Fault(new { phase = "download", kind = "status", status = 410, prompt = "case-gone." });
        Emulator.Fault(new { phase = "download", kind = "truncate", prompt = "case-short." });
        Emulator.Fault(new { phase = "download", kind = "slow", bytes = 10_000, prompt = "case-slow." });
        Emulator.Fault(new { phase = "download", kind = "status", status = 302, headers = new { Location = $"http://{key}.invalid/" }, prompt = "case-away." });
        Emulator.Fault(new { phase = "download", kind = "body", value = $"<html>{said}</html>", prompt = "case-page." });
        Emulator.Fault(new { phase = "download", kind = "status", status = 400, code = "400", message = said, prompt = "case-refused." });
        Folder.Write("newer.jsonl", "{\"journal\":\"ZhipuVideo\",\"schema\":999}\n");
        Shell.Run("New-CogVideo first -JournalPath $folder/damaged.jsonl").Succeeded();
        File.WriteAllText(Folder["damaged.jsonl"], "nonsense\n" + File.ReadAllText(Folder["damaged.jsonl"]));
        SecureString secure = new();
        foreach (char c in key) secure.AppendChar(c);
        Shell["key"] = Shell["secure"] = secure;
        Shell["plain"] = key;
        Shell["bad"] = key + " \r\n";
        Shell["wrong"] = ConnectTests.WrongKey;
        Shell["address"] = Emulator.BaseUri;
        Shell["tls"] = Emulator.BaseUri.Replace("http:", "https:", StringComparison.Ordinal);
    }

    /// <summary>All events of the platform's public sources in this process, and of any source that the module might have.</summary>
    private sealed class TraceOfEverything : EventListener
    {
        // Created before the base constructor has listed the sources
        private readonly ConcurrentQueue<string> _texts = new();

        public IReadOnlyCollection<string> Texts => _texts;

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name.Contains("Http", StringComparison.Ordinal) || eventSource.Name.Contains("Zhipu", StringComparison.Ordinal)
                || eventSource.Name.Contains("Sockets", StringComparison.Ordinal) || eventSource.Name.Contains("Security", StringComparison.Ordinal))
            {
                // The platform's own internal traces write whole requests: nobody's to turn on but a debugger's
                if (!eventSource.Name.StartsWith("Private.", StringComparison.Ordinal)) EnableEvents(eventSource, EventLevel.LogAlways, EventKeywords.All);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
            _texts?.Enqueue($"{eventData.EventName} {string.Join(' ', eventData.Payload ?? (IEnumerable<object?>)[])}");
    }
}
