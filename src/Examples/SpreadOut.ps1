# Spreads the submitting of a CSV over two PowerShell processes: half of its rows are submitted by a job in the background, half here, and
# all are waited for and saved here. A job, a remote session and another machine take and give the same objects.
#
#   dotnet run --project src/ZhipuVideo.Console -- --offline src/Examples/SpreadOut.ps1
#
# The account's slots are the limit, not one machine: two processes share them, and each learns from the service's refusals how many are
# left to it. The background job has the environment of this process, and so the key of $env:ZHIPUAI_API_KEY, but nothing that
# Connect-CogVideo has set here. With a journal, let one process submit: it has one writer.

param([string] $DestinationPath = 'videos')

$rows = @(Import-Csv -LiteralPath (Join-Path $PSScriptRoot 'prompts.csv') -Encoding UTF8 |
        ForEach-Object { if ($_.Image) { $_.Image = Join-Path $PSScriptRoot $_.Image }; $_ })
$half = [math]::Ceiling($rows.Count / 2)

$background = $rows | Select-Object -Skip $half | Start-Job -Name 'half of the rows' -ScriptBlock {
    param($Module)
    Import-Module $Module
    $input | New-CogVideo -ErrorAction Continue
} -ArgumentList (Join-Path (Get-Module ZhipuVideo).ModuleBase 'ZhipuVideo.psd1')

& {
    $rows | Select-Object -First $half | New-CogVideo -ErrorAction Continue
    $background | Receive-Job -Wait -AutoRemoveJob -ErrorAction Continue
} |
    Wait-CogVideo -ErrorAction Continue |
    Save-CogVideo -DestinationPath $DestinationPath -PassThru -ErrorAction Continue
