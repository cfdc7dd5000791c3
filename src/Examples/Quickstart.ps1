# The whole way of a batch: rows of a CSV file in, MP4 files out.
#
#   dotnet run --project src/ZhipuVideo.Console -- --offline src/Examples/Quickstart.ps1
#
# or, at a PowerShell prompt with the module imported and a key set: ./src/Examples/Quickstart.ps1 (two models of prompts.csv are billed).
# Offline, the words in brackets at the end of two prompts make the service refuse one row and end another in FAIL.
# Both are errors of one row each; the others go on. -ErrorAction Continue keeps it so where $ErrorActionPreference is Stop.

param([string]$DestinationPath = 'videos')

Import-Csv -LiteralPath (Join-Path $PSScriptRoot 'prompts.csv') -Encoding UTF8 |
    ForEach-Object { if ($_.Image) { $_.Image = Join-Path $PSScriptRoot $_.Image }; $_ } |
    New-CogVideo -ErrorAction Continue |
    Wait-CogVideo -ErrorAction Continue |
    Save-CogVideo -DestinationPath $DestinationPath -PassThru -ErrorAction Continue |
    Format-Table -View Outcome # how long it took, how many bytes were saved, and why there is none
