# What a person sees who types: completion, tables, lists, help, -WhatIf, transcripts.
BeforeAll {
    . "$PSScriptRoot/Setup.ps1"

    # Columns of a terminal: Chinese characters take two
    function Get-Width([string] $Text) { $Text.Length + [regex]::Matches($Text, '[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]').Count }

    function Get-Lines([int] $Width = 80) { ($input | Out-String -Width $Width) -split '\r?\n' | ForEach-Object { $_ -replace '\x1b\[[\d;]*m' } | Where-Object { $_ } }

    $prompt = '一只橘猫在月球上追蝴蝶，低重力下缓缓跃起，远处是蓝色的地球。它回头看了看，又跳了起来，落在环形山的边上。'
}
AfterAll { . "$PSScriptRoot/Teardown.ps1" }

Describe 'completion' {
    It 'completes <line> with <expected>' -ForEach @(
        @{ line = 'New-CogVideo -Model cogvideox-'; expected = 'cogvideox-2', 'cogvideox-3', 'cogvideox-flash' }
        @{ line = 'New-CogVideo x -Model cogvideox-2 -Size 1920'; expected = '1920x1080' }
        @{ line = 'New-CogVideo x -Model viduq1-text -Size '; expected = '1920x1080' }
        @{ line = 'New-CogVideo x -Model cogvideox-2 -Fps '; expected = '30', '60' }
        @{ line = 'New-CogVideo x -Model cogvideox-2 -Duration '; expected = '5', '10' }
        @{ line = 'New-CogVideo x -Model cogvideox-flash -Size '; expected = @() }
        @{ line = 'New-CogVideo x -Quality s'; expected = 'speed' }
        @{ line = 'New-CogVideo x -WithAudio '; expected = 'True', 'False' }
        @{ line = 'Get-CogVideoJob -Status S'; expected = 'Success' }
        @{ line = 'Connect-CogVideo -Model cogvideox-f'; expected = 'cogvideox-flash' }
        @{ line = 'Get-CogVideoModel viduq1-t'; expected = 'viduq1-text' }
    ) {
        $offered = (TabExpansion2 $line $line.Length).CompletionMatches
        $offered.CompletionText | Sort-Object | Should -Be ($expected | Sort-Object)
        $offered | ForEach-Object { $_.ToolTip | Should -BeLike "*$($_.ListItemText)*" }
    }

    It 'says which model takes a value' {
        $line = 'New-CogVideo x -Size 3840'
        (TabExpansion2 $line $line.Length).CompletionMatches.ToolTip | Should -Be '3840x2160 (cogvideox-2, cogvideox-3)'
    }

    It 'offers <command> -Id the jobs of this runspace, the latest first' -ForEach @(
        @{ command = 'Wait-CogVideo' }, @{ command = 'Get-CogVideoResult' }, @{ command = 'Save-CogVideo' }
    ) {
        $ids = 1..3 | ForEach-Object { (New-CogVideo "job $_").Id }
        $line = "$command -Id "
        $offered = (TabExpansion2 $line $line.Length).CompletionMatches | Select-Object -First 3
        $offered.CompletionText | Should -Be $ids[2, 1, 0]
        $offered.ToolTip | Should -Be 'Processing job 3', 'Processing job 2', 'Processing job 1'
    }
}

Describe 'the screen' {
    It 'shows jobs in a table of <_> columns, the status first, columns straight under Chinese' -ForEach 80, 100, 120 {
        $jobs = @(New-CogVideo $prompt$prompt -Name 月球上的猫; New-CogVideo "two`nlines")
        $jobs += [pscustomobject]@{ PSTypeName = 'Deserialized.ZhipuVideo.CogVideoJob'; Status = 'Unconfirmed'; Id = 'an-id-of-more-than-19-letters'; Prompt = $prompt }
        $lines = @($jobs | Get-Lines $_)
        $lines.Count | Should -Be 5
        $lines[0] | Should -Match '^Status +ElapsedSec Id +Name +Prompt$'
        $lines[2] | Should -Match '^Processing +\d{19} 月球上的猫 +一只橘猫'
        $lines[3] | Should -Match '^Processing +\d{19} +two lines$'
        $lines[4] | Should -Match '^Unconfirmed +an-id-of\.\.\.-letters +一只橘猫'
        foreach ($line in $lines) { Get-Width $line | Should -BeLessOrEqual $_ }
        Get-Width $lines[2] | Should -BeGreaterThan ($_ - 3)
    }

    It 'shows results in tables of <_> columns: what was asked for, and with -View Outcome what came of it' -ForEach 80, 100, 120 {
        $result = New-CogVideo $prompt$prompt -Name "猫$_" | Wait-CogVideo
        $results = $result, ($result | Save-CogVideo "$TestDrive/here" -PassThru), (New-CogVideo 'sensitive [fail]' | Wait-CogVideo)
        $lines = @($results | Get-Lines $_)
        $outcome = @($results | Format-Table -View Outcome | Get-Lines $_)
        $lines.Count, $outcome.Count | Should -Be 5, 5
        $lines[0] | Should -Match '^Status +ElapsedSec Id +Name +Prompt$'
        foreach ($line in $lines[2, 3]) { $line | Should -Match "^Success +0\.\d+ \d{19} 猫$_ +一只橘猫" }
        $lines[4] | Should -Match '^Fail '
        $outcome[0] | Should -Match '^Status +ElapsedSec +FileLength Name +ErrorMessage$'
        $outcome[2] | Should -Match "^Success +0\.\d+ +猫$_ *$"
        $outcome[3] | Should -Match "^Success +0\.\d+ +\d{5} 猫$_ *$"
        $outcome[4] | Should -Match '^Fail +0\.\d+ +\S'
        foreach ($line in $lines + $outcome) { Get-Width $line | Should -BeLessOrEqual $_ }
        Get-Width $lines[2] | Should -BeGreaterThan ($_ - 3)
    }

    It 'shows a list with everything that was given and nothing that was not' {
        $lines = @(New-CogVideo $prompt -Name 猫 -Duration 5 | Format-List | Get-Lines)
        ($lines -match '^\w+ +: ') -replace ' .*' | Should -Be 'Id', 'Status', 'Name', 'Prompt', 'Model', 'Duration', 'RequestId', 'SubmittedAt'
        $lines | ForEach-Object { Get-Width $_ | Should -BeLessOrEqual 80 }
    }

    It 'shows the models in a table of 80 columns' {
        $lines = @(Get-CogVideoModel | Get-Lines)
        $lines.Count | Should -Be 11
        $lines | ForEach-Object { Get-Width $_ | Should -BeLessOrEqual 80 }
    }

    It 'has <colours> colours <where>' -Skip:($PSVersionTable.PSVersion.Major -lt 7) -ForEach @(
        @{ where = 'where they are asked for'; style = '$PSStyle.OutputRendering = "Ansi"'; colours = 'its' }
        @{ where = 'in what is redirected'; style = '$PSStyle.OutputRendering = "Host"'; colours = 'no' }
        @{ where = 'in plain text'; style = '$PSStyle.OutputRendering = "PlainText"'; colours = 'no' }
        @{ where = 'with NO_COLOR'; noColor = '1'; colours = 'no' }
        @{ where = 'on a terminal without any'; style = '$PSStyle.OutputRendering = "Ansi"'; term = 'dumb'; colours = 'no' }
    ) {
        $terminal = $env:NO_COLOR, $env:TERM
        $env:NO_COLOR, $env:TERM = $noColor, $(if ($term) { $term } else { 'xterm' })
        try { $text = & $shell @shellArguments -NoProfile -NonInteractive -Command "$style; New-CogVideo x; New-CogVideo x | Format-List" }
        finally { $env:NO_COLOR, $env:TERM = $terminal }
        ([regex]::Matches($text, '\e\[36mProcessing\e\[0m')).Count | Should -Be $(if ($colours -eq 'its') { 2 } else { 0 })
        "$text" | Should -Match 'Processing'
    }
}

# A session keeps the first language of a cmdlet's help, so each language gets a process of its own
Describe 'in <culture>' -ForEach @(
    @{ culture = 'en-US'; letter = '[a-z]'; refusal = '*not allowed*' }
    @{ culture = 'zh-CN'; letter = '\p{IsCJKUnifiedIdeographs}'; refusal = '*不支持*' }
) {
    BeforeAll {
        $seen = Start-Job -ArgumentList $culture {
            param($Culture)
            [cultureinfo]::CurrentUICulture = $Culture
            $module = Import-Module ZhipuVideo -PassThru
            @{
                About   = (Get-Help about_ZhipuVideo_Errors) -join "`n"
                Refusal = $(try { New-CogVideo x -Model cogvideox-2 -Fps 25 -ErrorAction Stop } catch { "$_" })
                Pages   = foreach ($command in $module.ExportedCmdlets.Values) {
                    $help = Get-Help $command.Name -Full
                    [pscustomobject]@{
                        Name       = $command.Name
                        Synopsis   = $help.Synopsis
                        Examples   = @($help.Examples.Example).Count
                        Parameters = @($command.ParameterSets[0].Parameters.Name | Where-Object { $_ -notin [Management.Automation.Cmdlet]::CommonParameters })
                        Text       = $help | Out-String -Width 80
                    }
                }
            }
        } | Receive-Job -Wait -AutoRemoveJob
    }

    It 'has help for each cmdlet and parameter, with examples' {
        $seen.Pages.Count | Should -Be 9
        foreach ($page in $seen.Pages) {
            $page.Synopsis | Should -Match $letter
            $page.Examples | Should -BeGreaterOrEqual 2 -Because $page.Name
            foreach ($name in $page.Parameters) { $page.Text | Should -MatchExactly "(?m)^ +-$name\b" }
        }
    }

    It 'explains every error' { $seen.About | Should -Match "$letter[\s\S]+CogVideo\.SubmissionUnconfirmed" }

    It 'refuses in that language' { $seen.Refusal | Should -BeLike $refusal }
}

Describe '-WhatIf' {
    It 'says what would be sent, and sends, writes and creates nothing' {
        $before = (Invoke-RestMethod "$control/stats").requests.create
        New-CogVideo 'never' -JournalPath "$TestDrive/never.jsonl" -WhatIf | Should -BeNullOrEmpty
        (Invoke-RestMethod "$control/stats").requests.create | Should -Be $before
        $result = New-CogVideo 'once' | Wait-CogVideo
        $result | Save-CogVideo "$TestDrive/never" -WhatIf | Should -BeNullOrEmpty
        $result | Export-CogVideoGallery "$TestDrive/never.html" -WhatIf | Should -BeNullOrEmpty
        Get-ChildItem $TestDrive -Filter 'never*' | Should -BeNullOrEmpty
    }
}

Describe 'the examples of the help' {
    It 'run as they stand there' {
        New-Item "$TestDrive/examples" -ItemType Directory | Push-Location
        try {
            Copy-Item "$root/src/Examples/prompts.csv", "$root/src/Examples/kite.png" .
            New-CogVideo 'of another session' | Export-Clixml job.clixml
            function Get-Secret { $key }
            # New-CogVideo first: it writes the journal that others read
            $examples = Get-Command -Module ZhipuVideo | Sort-Object { $_.Name -ne 'New-CogVideo' }, Name | ForEach-Object { (Get-Help $_.Name).Examples.Example.Code } |
                Where-Object { $_ -notmatch 'api\.z\.ai|Get-Automation' } # they would leave this machine, or need Azure
            $ids = foreach ($example in $examples) {
                & ([scriptblock]::Create($example)) 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] } | ForEach-Object { $_.FullyQualifiedErrorId -replace ',.*' }
            }
        }
        finally {
            Pop-Location
            Disconnect-CogVideo
        }
        $examples.Count | Should -BeGreaterThan 18
        $ids | Sort-Object -Unique | Should -Be 'CogVideo.ContentRejected', 'CogVideo.JobFailed'
        Get-ChildItem "$TestDrive/examples/videos/*.mp4" | Should -Not -BeNullOrEmpty
    }
}

Describe 'secrets' {
    It 'keeps the key out of the transcript of a whole run with errors, whatever is shown' {
        Set-Content "$TestDrive/run.ps1" -Encoding utf8 @'
param($Folder)
Start-Transcript "$Folder/t.txt" -IncludeInvocationHeader
# With -Debug alone the shell would ask at each warning whether to go on
$loud = @{ Verbose = $true; Debug = $true; ErrorAction = 'Continue'; WarningAction = 'Continue' }
Import-Module ZhipuVideo -Verbose
Connect-CogVideo -Verbose -Debug | Format-List *
$rows = 'seen', 'refused [sensitive]', 'failed [fail]' | ForEach-Object { [pscustomobject]@{ Prompt = $_; Name = $_ } }
$results = $rows | New-CogVideo -JournalPath "$Folder/run.jsonl" @loud | Wait-CogVideo @loud
$results | Save-CogVideo "$Folder/seen" -PassThru @loud | Format-List * -Force
New-CogVideo 'wrong' -Fps 25 -Model cogvideox-2 @loud
New-CogVideo 'nowhere' -BaseUri http://127.0.0.1:9/ @loud
Wait-CogVideo 404 -TimeoutSec 1 @loud
New-CogVideo 'what if' -WhatIf @loud
Get-CogVideoJob @loud | Format-List * -Force
$Error | Format-List * -Force
$Error | ForEach-Object { $_.Exception, $_.InvocationInfo, $_.TargetObject } | Format-List * -Force
Stop-Transcript
'@
        & $shell @shellArguments -NoProfile -NonInteractive -File "$TestDrive/run.ps1" $TestDrive *> "$TestDrive/screen.txt"
        # Any twelve characters of the key, or of its Base64, that stand together
        $forms = $key.Split('.') + ($key.Split('.') + $key | ForEach-Object { [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($_)).TrimEnd('=') })
        $pieces = foreach ($form in $forms) { 0..($form.Length - 12) | ForEach-Object { [regex]::Escape($form.Substring($_, 12)) } }
        foreach ($file in 't.txt', 'screen.txt', 'run.jsonl') { Get-Content "$TestDrive/$file" -Raw | Should -Not -MatchExactly ($pieces -join '|') -Because $file }
        $transcript = Get-Content "$TestDrive/t.txt" -Raw
        foreach ($shown in 'VERBOSE: .*ZHIPUAI_API_KEY', 'CogVideo\.ContentRejected', 'CogVideo\.JobFailed', 'CogVideo\.InvalidInput', 'CogVideo\.ConnectionFailed', 'CogVideo\.NotFound',
            'What if: ', 'seen\.mp4') {
            $transcript | Should -Match $shown
        }
    }
}
