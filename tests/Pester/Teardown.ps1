# For AfterAll: takes back what Setup.ps1 has done.
$emulator.Kill()
Remove-Module ZhipuVideo
foreach ($name in $before.Keys) { [Environment]::SetEnvironmentVariable($name, $before[$name]) }
