# The built module in a real shell, against the emulator: what needs Import-Csv, jobs, completion, transcripts and formatting.
BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    $program = Get-ChildItem "$root/src/ZhipuVideo.Emulator/bin/*/net10.0/ZhipuVideo.Emulator.dll" | Sort-Object LastWriteTime | Select-Object -Last 1
    $start = [Diagnostics.ProcessStartInfo]::new('dotnet')
    $start.RedirectStandardOutput = $true
    $program.FullName, '--urls', 'http://127.0.0.1:0', '--service-time', '0.3', '--parent-pid', "$PID" | ForEach-Object { $start.ArgumentList.Add($_) }
    $emulator = [Diagnostics.Process]::Start($start)
    $base = $emulator.StandardOutput.ReadLine().Substring(5).Trim()
    $key = '0123456789abcdef0123456789abcdef.offlineDemoKey00'
    $env:ZHIPUAI_API_KEY = $key
    $env:ZHIPUAI_BASE_URL = $base
    Import-Module "$root/ZhipuVideo.psd1" -Force
}

AfterAll {
    $emulator.Kill()
    Remove-Module ZhipuVideo
}

Describe 'the main job' {
    It 'makes files of the rows of a CSV' {
        Set-Content "$TestDrive/p.csv" "Name,Prompt,WithAudio`n猫,一只猫在月光下,False`ndog,A dog runs,yes" -Encoding utf8
        $files = Import-Csv "$TestDrive/p.csv" | New-CogVideo | Wait-CogVideo | Save-CogVideo -DestinationPath "$TestDrive/videos"
        ($files.Name | Sort-Object) -join ' ' | Should -Be 'dog.mp4 猫.mp4'
        ($files | Copy-Item -Destination $TestDrive -PassThru).Count | Should -Be 2
    }

    It 'takes pictures from Get-ChildItem and prompts from Get-Content' {
        Copy-Item -LiteralPath (Get-ChildItem "$root/src/Examples/*.png" | Where-Object Name -NE 'gallery.png' | Select-Object -First 1).FullName "$TestDrive/a[1].png"
        (Get-ChildItem -LiteralPath "$TestDrive/a[1].png" | New-CogVideo -Prompt '让画面动起来').Name | Should -Be 'a[1]'
        Set-Content "$TestDrive/prompts.txt" "one`ntwo"
        (Get-Content "$TestDrive/prompts.txt" | New-CogVideo).Prompt -join ' ' | Should -Match 'one'
    }

    It 'stops at once when Select-Object has had enough' {
        ('a', 'b', 'c' | New-CogVideo | Select-Object -First 1).Id | Should -Not -BeNullOrEmpty
        (Get-CogVideoJob).Count | Should -BeGreaterThan 0
    }
}

Describe 'objects that travel' {
    It 'survives <way>' -ForEach @(
        @{ way = 'Export-Clixml'; through = { param($o) $o | Export-Clixml "$TestDrive/o.xml"; Import-Clixml "$TestDrive/o.xml" } }
        @{ way = 'ConvertTo-Json'; through = { param($o) $o | ConvertTo-Json | ConvertFrom-Json } }
        @{ way = 'Export-Csv'; through = { param($o) $o | Export-Csv "$TestDrive/o.csv" -NoTypeInformation; Import-Csv "$TestDrive/o.csv" } }
        @{ way = 'Start-Job'; through = { param($o) Start-Job { $input } -InputObject $o | Receive-Job -Wait -AutoRemoveJob } }
    ) {
        $job = New-CogVideo "through $way" -Name $way
        $result = & $through $job | Wait-CogVideo
        $result.Status | Should -Be 'Success'
        @(& $through $result | Where-Object Status -EQ 'Success').Count | Should -Be 1
        (& $through $result | Save-CogVideo -DestinationPath "$TestDrive/travel").Length | Should -BeGreaterThan 1000
    }

    It 'needs a connection of its own in each parallel runspace' {
        $manifest = "$root/ZhipuVideo.psd1"
        $ids = 1..3 | ForEach-Object -Parallel { Import-Module $using:manifest; (New-CogVideo "parallel $_" -BaseUri $using:base -ApiKey $using:key).Id }
        ($ids | Sort-Object -Unique).Count | Should -Be 3
    }
}

Describe 'at the prompt' {
    It 'completes <line> with <expected>' -ForEach @(
        @{ line = 'New-CogVideo -Model cogvideox-'; expected = 'cogvideox-2' }
        @{ line = 'New-CogVideo x -Model cogvideox-2 -Size 1920'; expected = '1920x1080' }
        @{ line = 'New-CogVideo x -Model viduq1-text -Size '; expected = '1920x1080' }
        @{ line = 'New-CogVideo x -Quality s'; expected = 'speed' }
    ) {
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain $expected
    }

    It 'says with -WhatIf what it would send, and sends nothing' {
        $before = (Invoke-RestMethod "$($base -replace '/api/paas/v4', '')/_control/stats").requests.create
        New-CogVideo 'never' -WhatIf
        (Invoke-RestMethod "$($base -replace '/api/paas/v4', '')/_control/stats").requests.create | Should -Be $before
    }

    It 'keeps the key out of transcripts' {
        Start-Transcript "$TestDrive/t.txt" | Out-Null
        New-CogVideo 'seen' -Verbose -Debug | Out-Default
        New-CogVideo 'refused' -Fps 25 -Model cogvideox-2 -ErrorAction SilentlyContinue -Verbose
        Stop-Transcript | Out-Null
        $text = Get-Content "$TestDrive/t.txt" -Raw
        $text | Should -Not -Match 'offlineDemoKey00'
        $text | Should -Not -Match '0123456789abcdef0123456789abcdef'
    }

    It 'has help with examples' {
        (Get-Help New-CogVideo).Examples.Example.Count | Should -BeGreaterThan 1
        (Get-Help about_ZhipuVideo) -join "`n" | Should -Match 'CogVideo\.SubmissionUnconfirmed'
    }

    It 'has a manifest that the gallery accepts' {
        (Test-ModuleManifest "$root/ZhipuVideo.psd1").ExportedCmdlets.Count | Should -Be 9
    }
}
