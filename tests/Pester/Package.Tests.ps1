# The package in a real shell.
BeforeAll { . "$PSScriptRoot/Setup.ps1" }
AfterAll { . "$PSScriptRoot/Teardown.ps1" }

Describe 'the package' {
    It 'is imported by its name from the module path' {
        $module = Get-Module ZhipuVideo
        $module.ModuleBase | Should -Be (Get-Item "$modulePath/ZhipuVideo/$version").FullName
        "$($module.Version)" | Should -Be $version
        $module.ExportedCommands.Count | Should -Be 9
    }

    It 'has a manifest that the shell accepts' {
        (Test-ModuleManifest "$modulePath/ZhipuVideo/$version/ZhipuVideo.psd1").ExportedCmdlets.Count | Should -Be 9
    }

    It 'is found by the name of a cmdlet, without being imported' {
        & $shell @shellArguments -NoProfile -NonInteractive -Command '(Get-CogVideoModel cogvideox-flash).Billing' | Should -Be 'Free'
    }

    It 'is installed by PSResourceGet from a folder as feed' -Skip:(-not (Get-Module -ListAvailable Microsoft.PowerShell.PSResourceGet)) {
        Register-PSResourceRepository -Name ZhipuVideoTests -Uri (Split-Path $package) -Trusted
        try {
            $found = Find-PSResource ZhipuVideo -Repository ZhipuVideoTests
            "$($found.Version) $($found.Type)" | Should -Be "$version Module"
            $found.Includes.Cmdlet | Should -Contain 'Wait-CogVideo'
            Save-PSResource ZhipuVideo -Repository ZhipuVideoTests -Path $TestDrive
        }
        finally { Unregister-PSResourceRepository -Name ZhipuVideoTests }
        $files = { param($folder) (Get-ChildItem $folder -Recurse -File -Force).FullName.Substring("$folder".Length) | Sort-Object }
        & $files "$TestDrive/ZhipuVideo/$version" | Should -Be (& $files "$modulePath/ZhipuVideo/$version")
    }

    It 'is unpacked from the archive for Azure Automation as the very same module' {
        [IO.Compression.ZipFile]::ExtractToDirectory((Join-Path (Split-Path $package) 'ZhipuVideo.zip'), "$TestDrive/zip")
        (Get-ChildItem "$TestDrive/zip").Name | Should -Be 'ZhipuVideo'
        $hashes = { param($folder) (Get-ChildItem $folder -Recurse -File | Sort-Object FullName | Get-FileHash).Hash }
        & $hashes "$TestDrive/zip/ZhipuVideo" | Should -Be (& $hashes "$modulePath/ZhipuVideo/$version")
    }
}
