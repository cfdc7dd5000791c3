# A complete batch: CSV rows in, MP4 files out.
# 一个完整的批次：输入 CSV 的行，输出 MP4 文件。
#
#   dotnet run --project src/ZhipuVideo.Console -- --offline src/Examples/Quickstart.ps1
#
# At a PowerShell prompt with the module imported and a key set: ./src/Examples/Quickstart.ps1 (three rows of prompts.csv use a paid model).
# 在已导入模块并设置 API Key 的 PowerShell 中：./src/Examples/Quickstart.ps1（prompts.csv 中有三行使用收费模型）。
#
# Offline, the words in brackets at the end of two prompts make the emulator reject one row and let one task fail. Each is an error of its
# own row. -ErrorAction Continue keeps the batch running even if $ErrorActionPreference is Stop.
# 离线时，两条提示词末尾括号中的词让模拟器拒绝一行、让一个任务失败，各自只影响该行。即使 $ErrorActionPreference 为 Stop，-ErrorAction Continue 也会让批次继续。

param([string]$DestinationPath = 'videos')

Import-Csv -LiteralPath (Join-Path $PSScriptRoot 'prompts.csv') -Encoding UTF8 |
    ForEach-Object { if ($_.Image) { $_.Image = Join-Path $PSScriptRoot $_.Image }; $_ } |
    New-CogVideo -ErrorAction Continue |
    Wait-CogVideo -ErrorAction Continue |
    Save-CogVideo -DestinationPath $DestinationPath -PassThru -ErrorAction Continue |
    Format-Table -View Outcome # time taken, bytes saved, or the reason why there is no video / 耗时、字节数，或没有视频的原因
