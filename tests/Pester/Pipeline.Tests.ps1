# What the module is for, with what only a real shell has: CSV, files, jobs, parallel runspaces, serialization.
BeforeAll { . "$PSScriptRoot/Setup.ps1" }
AfterAll { . "$PSScriptRoot/Teardown.ps1" }

Describe 'the main job' {
    It 'makes files of the rows of a CSV' {
        Set-Content "$TestDrive/p.csv" "Name,Prompt,WithAudio`n猫,一只猫在月光下,False`ndog,A dog runs,yes" -Encoding utf8
        $files = Import-Csv "$TestDrive/p.csv" -Encoding utf8 | New-CogVideo | Wait-CogVideo | Save-CogVideo -DestinationPath "$TestDrive/videos"
        ($files.Name | Sort-Object) -join ' ' | Should -Be 'dog.mp4 猫.mp4'
        ($files | Copy-Item -Destination $TestDrive -PassThru).Count | Should -Be 2
    }

    It 'takes pictures from Get-ChildItem and prompts from Get-Content' {
        Copy-Item -LiteralPath "$root/src/Examples/kite.png" "$TestDrive/a[1].png"
        (Get-ChildItem -LiteralPath "$TestDrive/a[1].png" | New-CogVideo -Prompt '让画面动起来').Name | Should -Be 'a[1]'
        Set-Content "$TestDrive/prompts.txt" "one`ntwo"
        (Get-Content "$TestDrive/prompts.txt" | New-CogVideo).Prompt | Sort-Object | Should -Be 'one', 'two'
    }

    It 'stops at once when Select-Object has had enough' {
        $count = (Get-Accepted).Count
        ('[stall] a', 'b', 'c' | New-CogVideo -ThrottleLimit 1 | Select-Object -First 1).Id | Should -Not -BeNullOrEmpty
        (Get-Accepted).Count - $count | Should -BeLessThan 3
        (Get-CogVideoJob)[-1].Status | Should -Not -BeNullOrEmpty
    }

    It 'pays nothing twice when the same line is run again with its journal' {
        $run = { 'one of two', 'two of two' | New-CogVideo -JournalPath "$TestDrive/run.jsonl" | Wait-CogVideo | Save-CogVideo "$TestDrive/again" }
        $first = & $run
        $count = (Get-Accepted).Count
        (& $run).FullName | Sort-Object | Should -Be ($first.FullName | Sort-Object)
        (Get-Accepted).Count | Should -Be $count
        (Get-CogVideoJob "$TestDrive/run.jsonl").Status | Should -Be 'Success', 'Success'
    }
}

Describe 'objects that travel' {
    It 'survives <way>' -ForEach @(
        @{ way = 'Export-Clixml'; through = { param($o) $o | Export-Clixml "$TestDrive/o.xml"; Import-Clixml "$TestDrive/o.xml" } }
        @{ way = 'ConvertTo-Json'; through = { param($o) $o | ConvertTo-Json | ConvertFrom-Json } }
        @{ way = 'Export-Csv'; through = { param($o) $o | Export-Csv "$TestDrive/o.csv" -NoTypeInformation -Encoding utf8; Import-Csv "$TestDrive/o.csv" -Encoding utf8 } }
        @{ way = 'Start-Job'; through = { param($o) Start-Job { $input } -InputObject $o | Receive-Job -Wait -AutoRemoveJob } }
    ) {
        $job = New-CogVideo "through $way 猫" -Name $way
        $result = & $through $job | Wait-CogVideo
        $result.Status | Should -Be 'Success'
        $result.Prompt | Should -Be $job.Prompt
        @(& $through $result | Where-Object Status -EQ 'Success').Count | Should -Be 1
        (& $through $result | Save-CogVideo -DestinationPath "$TestDrive/travel").Length | Should -BeGreaterThan 1000
    }

    It 'looks the same after its travel' {
        $job = New-CogVideo 'looks'
        $table = { param($o) ($o | Format-Table | Out-String).Trim() -replace '\d+s', 'age' }
        $job | Export-Clixml "$TestDrive/look.xml"
        & $table (Import-Clixml "$TestDrive/look.xml") | Should -Be (& $table $job)
    }

    It 'is made, waited for and saved inside a background job' {
        $file = Start-Job { param($folder) New-CogVideo 'inside' -Name inside | Wait-CogVideo | Save-CogVideo $folder } -ArgumentList "$TestDrive/job" | Receive-Job -Wait -AutoRemoveJob
        $file.FullName | Should -Be (Get-Item "$TestDrive/job/inside.mp4").FullName
    }

    It 'is waited for in parallel runspaces' -Skip:($PSVersionTable.PSVersion.Major -lt 7) {
        $jobs = 1..4 | ForEach-Object { New-CogVideo "parallel $_" }
        $results = $jobs | ForEach-Object -Parallel { $_ | Wait-CogVideo }
        $results.Id | Sort-Object | Should -Be ($jobs.Id | Sort-Object)
        $results.Status | Sort-Object -Unique | Should -Be 'Success'
    }

    It 'needs a connection of its own in each parallel runspace' -Skip:($PSVersionTable.PSVersion.Major -lt 7) {
        Connect-CogVideo -ApiKey $key -BaseUri $base | Out-Null
        $env:ZHIPUAI_API_KEY = $null
        try {
            (1 | ForEach-Object -Parallel { try { New-CogVideo 'nobody' } catch { $_.FullyQualifiedErrorId } }) | Should -BeLike 'CogVideo.NoApiKey,*'
            $ids = 1..3 | ForEach-Object -Parallel { (New-CogVideo "parallel $_" -BaseUri $using:base -ApiKey $using:key).Id }
            ($ids | Sort-Object -Unique).Count | Should -Be 3
        }
        finally {
            $env:ZHIPUAI_API_KEY = $key
            Disconnect-CogVideo
        }
    }
}
