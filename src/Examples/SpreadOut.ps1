# Spreads a CSV over two PowerShell processes: a background job submits half of the rows, this script the other half, and this script waits for
# all of them and saves them. A remote session or another machine exchanges the same objects.
#
#   dotnet run --project src/ZhipuVideo.Console -- --offline src/Examples/SpreadOut.ps1
#
# The concurrency limit belongs to the account, not to a machine: both processes share it, and each learns from the service's replies how much is
# left. The background job inherits the environment of this process, and so the key in $env:ZHIPUAI_API_KEY, but not the connection of
# Connect-CogVideo. With a journal, let one process submit: a journal has one writer.

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
