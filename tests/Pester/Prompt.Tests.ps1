# What a person sees who types: completion, tables, lists, help, -WhatIf, transcripts.
BeforeAll {
    . "$PSScriptRoot/Setup.ps1"

    # Columns of a terminal: Chinese characters take two
    function Get-Width([string] $Text) { $Text.Length + [regex]::Matches($Text, '[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]').Count }

    function Get-Lines { ($input | Out-String -Width 80) -split '\r?\n' | ForEach-Object { $_ -replace '\x1b\[[\d;]*m' } | Where-Object { $_ } }

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
        @{ line = 'New-CogVideo x -Quality s'; expected = 'speed' }
        @{ line = 'Get-CogVideoJob -Status S'; expected = 'Success' }
        @{ line = 'Connect-CogVideo -Model cogvideox-f'; expected = 'cogvideox-flash' }
        @{ line = 'Get-CogVideoModel viduq1-t'; expected = 'viduq1-text' }
    ) {
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Sort-Object | Should -Be ($expected | Sort-Object)
    }

    It 'offers <command> -Id the jobs of this runspace, the latest first' -ForEach @(
        @{ command = 'Wait-CogVideo' }, @{ command = 'Get-CogVideoResult' }, @{ command = 'Save-CogVideo' }
    ) {
        $ids = 1..3 | ForEach-Object { (New-CogVideo "job $_").Id }
        $line = "$command -Id "
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Select-Object -First 3 | Should -Be $ids[2, 1, 0]
    }
}

Describe 'the screen' {
    It 'shows jobs in a table of 80 columns, the status first, columns straight under Chinese' {
        $lines = @((New-CogVideo $prompt -Name 月球上的猫), (New-CogVideo "two`nlines") | Get-Lines)
        $lines.Count | Should -Be 4
        $lines[0] | Should -Match '^Status +Age Id +Model +Name: Prompt$'
        $lines[2] | Should -Match '^Processing +\d+s \d{19} +cogvideox-flash 月球上的猫: '
        $lines[3] | Should -Match '^Processing +\d+s \d{19} +cogvideox-flash two lines$'
        $lines | ForEach-Object { Get-Width $_ | Should -BeLessOrEqual 80 }
    }

    It 'shows results in a table of 80 columns, with size and path of what is saved' {
        Push-Location $TestDrive
        try {
            $result = New-CogVideo $prompt -Name 猫 | Wait-CogVideo | Save-CogVideo videos -PassThru
            $lines = @($result, (New-CogVideo 'sensitive [fail]' | Wait-CogVideo) | Get-Lines)
        }
        finally { Pop-Location }
        $lines[0] | Should -Match '^Status +Took +Size Id +Outcome$'
        $lines[2] | Should -Match '^Success +0\.\ds +\d+ KB \d{19} +videos/猫\.mp4$'
        $lines | ForEach-Object { Get-Width $_ | Should -BeLessOrEqual 80 }
    }

    It 'shows a list with everything that was given and nothing that was not' {
        $lines = @(New-CogVideo $prompt -Name 猫 -Duration 5 | Format-List | Get-Lines)
        ($lines -match '^\w+ +: ') -replace ' .*' | Should -Be 'Id', 'Status', 'Name', 'Prompt', 'Model', 'Duration', 'SubmittedAt', 'RequestId'
        $lines | ForEach-Object { Get-Width $_ | Should -BeLessOrEqual 80 }
    }

    It 'shows the models in a table of 80 columns' {
        $lines = @(Get-CogVideoModel | Get-Lines)
        $lines.Count | Should -Be 11
        $lines | ForEach-Object { Get-Width $_ | Should -BeLessOrEqual 80 }
    }

    It 'writes no colour into text' {
        (New-CogVideo 'plain' | Out-String) -replace '\e\[(0|32;1|1)m' | Should -Not -Match '\x1b\[3[13]m'
    }
}

# A session keeps the first language of a cmdlet's help, so each language gets a process of its own
Describe 'in <culture>' -ForEach @(
    @{ culture = 'en-US'; letter = '[a-z]'; refusal = '*not allowed*' }
    @{ culture = 'zh-CN'; letter = '\p{IsCJKUnifiedIdeographs}'; refusal = '*不允许*' }
) {
    BeforeAll {
        $seen = Start-Job -ArgumentList $culture {
            param($Culture)
            [cultureinfo]::CurrentUICulture = $Culture
            $module = Import-Module ZhipuVideo -PassThru
            @{
                About   = (Get-Help about_ZhipuVideo) -join "`n"
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

    It 'explains the concepts, with every error' { $seen.About | Should -Match "$letter[\s\S]+CogVideo\.SubmissionUnconfirmed" }

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

Describe 'secrets' {
    It 'keeps the key out of transcripts, whatever is shown' {
        Start-Transcript "$TestDrive/t.txt" | Out-Null
        try {
            Connect-CogVideo -Verbose -Debug | Format-List * | Out-Default
            New-CogVideo 'seen' -Verbose -Debug | Wait-CogVideo -Verbose -Debug | Save-CogVideo "$TestDrive/seen" -Verbose -Debug | Format-List * | Out-Default
            New-CogVideo 'refused' -Fps 25 -Model cogvideox-2 -ErrorAction Continue -ErrorVariable refused
            $refused | Format-List * -Force | Out-Default
        }
        finally {
            Stop-Transcript | Out-Null
            Disconnect-CogVideo
        }
        $text = Get-Content "$TestDrive/t.txt" -Raw
        $text | Should -Match 'seen'
        $text -replace '(?m)^key .*$' | Should -Not -Match 'offlineDemoKey00|0123456789abcdef0123456789abcdef'
    }
}
