# Installs Eventglass silently into a folder with a blank, tries it, and removes it.
#
#     packaging/windows/test_installer.ps1 SETUP.EXE
param([Parameter(Mandatory)] [string] $Setup)
$ErrorActionPreference = "Stop"

$place = Join-Path $env:TEMP "Eventglass test"
$root = Resolve-Path (Join-Path $PSScriptRoot "..\..")

function Assert([bool] $fact, [string] $message) {
    if (-not $fact) { throw $message }
}

$clock = [Diagnostics.Stopwatch]::StartNew()
# /D comes last and is not quoted, blanks or not.
$done = Start-Process -FilePath $Setup -ArgumentList "/S", "/D=$place" -Wait -PassThru
Assert ($done.ExitCode -eq 0) "the installer ended with $($done.ExitCode)"
Write-Output "Installed in $([math]::Round($clock.Elapsed.TotalSeconds, 1)) s"

$command = Join-Path $place "eventglass-cli.exe"
Assert (Test-Path $command) "the program is not there"
$env:QT_QPA_PLATFORM = "offscreen"
python (Join-Path $root "packaging\smoke_test.py") $command
Assert ($LASTEXITCODE -eq 0) "the installed program does not work"
Remove-Item Env:QT_QPA_PLATFORM

foreach ($key in @(
        "HKCU:\Software\Classes\Directory\shell\Eventglass\command",
        "HKCU:\Software\Classes\Directory\Background\shell\Eventglass\command",
        "HKCU:\Software\Classes\Applications\eventglass.exe\shell\open\command",
        "HKCU:\Software\Classes\Eventglass.Workspace\shell\open\command")) {
    $said = (Get-ItemProperty -Path $key)."(default)"
    Assert ($said -like "*$place*") "$key says $said"
}

$window = Start-Process -FilePath (Join-Path $place "eventglass.exe") `
    -ArgumentList "`"$(Join-Path $root 'resources\sample')`"" -PassThru
$limit = (Get-Date).AddSeconds(60)
while ((Get-Date) -lt $limit -and -not $window.HasExited -and $window.MainWindowHandle -eq 0) {
    Start-Sleep -Milliseconds 100
    $window.Refresh()
}
Assert (-not $window.HasExited) "the window ended with $($window.ExitCode)"
Assert ($window.MainWindowHandle -ne 0) "no window came"
$null = $window.CloseMainWindow()
Assert ($window.WaitForExit(30000)) "the window does not close"

# The uninstaller copies itself elsewhere and goes on there: wait for what it does.
Start-Process -FilePath (Join-Path $place "uninstall.exe") -ArgumentList "/S" -Wait
$limit = (Get-Date).AddSeconds(60)
while ((Test-Path $place) -and (Get-Date) -lt $limit) { Start-Sleep -Milliseconds 200 }
Assert (-not (Test-Path $place)) "$place is still there"
Assert (-not (Test-Path "HKCU:\Software\Classes\Eventglass.Workspace")) "types are left"
Assert (-not (Test-Path "HKCU:\Software\Classes\Directory\shell\Eventglass")) "a menu entry is left"
Write-Output "Installed, tried and removed"
