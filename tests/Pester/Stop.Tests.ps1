# Ctrl+C in a real shell, which then goes on: what was under way is there to be seen and to be waited for.
BeforeAll { . "$PSScriptRoot/Setup.ps1" }
AfterAll { . "$PSScriptRoot/Teardown.ps1" }

Describe 'Ctrl+C' -Skip:($PSVersionTable.PSVersion.Major -lt 7 -or $IsWindows) {
    BeforeAll {
        # A shell that runs a script and then reads commands from its standard input; a signal that the tests' own shell ignores reaches it all the same
        function Start-Shell([string] $Script) {
            Set-Content "$TestDrive/script.ps1" $Script -Encoding utf8
            $command = @(if ($IsLinux) { 'env', '--default-signal=INT' }) + $shell + $shellArguments + '-NoProfile', '-NoLogo', '-NoExit', '-File', "$TestDrive/script.ps1"
            $start = [Diagnostics.ProcessStartInfo]::new($command[0], [string[]] $command[1..($command.Count - 1)])
            $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
            [Diagnostics.Process]::Start($start)
        }

        function Complete-Shell([Diagnostics.Process] $Shell, [string] $Command) {
            & (Get-Command kill -CommandType Application)[0] -INT $Shell.Id
            $Shell.StandardInput.WriteLine($Command)
            $Shell.StandardInput.WriteLine('exit')
            $output = $Shell.StandardOutput.ReadToEndAsync()
            if (-not $Shell.WaitForExit(60000)) { $Shell.Kill() }
            $output.Result
        }
    }

    It 'leaves jobs that are waited for in the list of the runspace' {
        $count = (Get-Accepted).Count
        $shell = Start-Shell "'[stall] one', '[stall] two' | New-CogVideo | Wait-CogVideo; 'never reached'"
        Wait-Until { (Get-Accepted).Count -eq $count + 2 }
        $output = Complete-Shell $shell '"<$((Get-CogVideoJob).Prompt -join ";")>"'
        $output | Should -Match '<\[stall\] (one;\[stall\] two|two;\[stall\] one)>'
        $output | Should -Not -Match 'never reached'
    }

    It 'leaves a submission under way as unconfirmed in the journal; the next run pays nothing twice' {
        Invoke-RestMethod "$control/faults" -Method Post -ContentType application/json -Body '{"phase":"create","kind":"hang","count":1}' | Out-Null
        $count = (Get-Accepted).Count
        $line = "'paid once' | New-CogVideo -JournalPath '$TestDrive/stop.jsonl'"
        $shell = Start-Shell $line
        Wait-Until { (Get-Accepted).Count -eq $count + 1 }
        Complete-Shell $shell '"<$((Get-CogVideoJob).Status)>"' | Should -Match '<Unconfirmed>'
        (Get-CogVideoJob "$TestDrive/stop.jsonl").Status | Should -Be 'Unconfirmed'

        $job = & ([scriptblock]::Create($line))
        (Get-Accepted).Count | Should -Be ($count + 1)
        ($job | Wait-CogVideo).Status | Should -Be 'Success'
    }
}
