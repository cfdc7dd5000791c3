# For BeforeAll: imports the package that Invoke-Tests.ps1 has installed, and starts the emulator. Teardown.ps1 takes it back.
$root = (Resolve-Path "$PSScriptRoot/../..").Path
$package = (Get-Item "$env:ZHIPUVIDEO_TESTS_FEED/*.nupkg").FullName
$modulePath = "$env:ZHIPUVIDEO_TESTS_FEED/installed"
$version = (Get-ChildItem "$modulePath/ZhipuVideo").Name

$program = Get-ChildItem "$root/src/ZhipuVideo.Emulator/bin/*/net10.0/ZhipuVideo.Emulator.dll" | Sort-Object LastWriteTime | Select-Object -Last 1
$start = [Diagnostics.ProcessStartInfo]::new('dotnet', "`"$($program.FullName)`" --urls http://127.0.0.1:0 --service-time 0.3 --parent-pid $PID")
$start.RedirectStandardOutput = $true
$start.UseShellExecute = $false
$emulator = [Diagnostics.Process]::Start($start)
$base = $emulator.StandardOutput.ReadLine().Substring(5).Trim()
$control = $base -replace '/api/paas/v4$', '/_control'
$key = '0123456789abcdef0123456789abcdef.offlineDemoKey00'

$before = @{}
@{
    PSModulePath     = $modulePath + [IO.Path]::PathSeparator + $env:PSModulePath
    ZHIPUAI_API_KEY  = $key
    ZHIPUAI_BASE_URL = $base
}.GetEnumerator() | ForEach-Object {
    $before[$_.Key] = [Environment]::GetEnvironmentVariable($_.Key)
    [Environment]::SetEnvironmentVariable($_.Key, $_.Value)
}
Import-Module ZhipuVideo -Force

# How this shell is started; the .NET tool is a library that dotnet runs
$shell = (Get-Process -Id $PID).Path
$shellArguments = @(if ([IO.Path]::GetFileNameWithoutExtension($shell) -eq 'dotnet') { [Environment]::GetCommandLineArgs()[0] })

# The tasks that the emulator has accepted: what is paid for
function Get-Accepted { @((Invoke-RestMethod "$control/tasks") | ForEach-Object { $_ }) }

function Wait-Until([scriptblock] $Condition) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.Elapsed.TotalSeconds -gt 60) { throw "It never came to this: $Condition" }
        Start-Sleep -Milliseconds 50
    }
}
