; Installer of Eventglass for Windows: for one user, without an administrator.
;
;   makensis -DVERSION=1.2.3 -DBUNDLE=build\bundle\dist\eventglass -DOUT=eventglass-setup.exe eventglass.nsi
;
; Silent: eventglass-setup.exe /S [/D=C:\Where to]; the uninstaller knows /S too. /D comes last and
; takes no quotes. What is registered is registered below HKEY_CURRENT_USER only.

Unicode true
SetCompressor /SOLID lzma
ManifestDPIAware true
ManifestSupportedOS all
RequestExecutionLevel user

!include "MUI2.nsh"
!include "FileFunc.nsh"
!include "WinVer.nsh"
!include "x64.nsh"

!ifndef VERSION
  !error "give the version: -DVERSION=1.2.3"
!endif
!ifndef BUNDLE
  !define BUNDLE "..\..\build\bundle\dist\eventglass"
!endif
!ifndef ICON
  !define ICON "..\..\build\icons\eventglass.ico"
!endif
!ifndef OUT
  !define OUT "eventglass-${VERSION}-windows-x86_64-setup.exe"
!endif

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Eventglass"
!define CLASSES "Software\Classes"
!define EXE "$INSTDIR\eventglass.exe"

Name "Eventglass"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Eventglass"
InstallDirRegKey HKCU "Software\Eventglass" "InstallDir"
BrandingText "Eventglass ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow

VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Eventglass"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Eventglass installer"
VIAddVersionKey "LegalCopyright" "The Eventglass authors, Apache License 2.0"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "${EXE}"
!define MUI_FINISHPAGE_RUN_TEXT "Open Eventglass"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Function .onInit
  ${IfNot} ${AtLeastWin10}
    MessageBox MB_ICONSTOP "Eventglass needs Windows 10 or newer." /SD IDOK
    Abort
  ${EndIf}
  ${IfNot} ${RunningX64}
    MessageBox MB_ICONSTOP "Eventglass needs a 64-bit Windows." /SD IDOK
    Abort
  ${EndIf}
FunctionEnd

; A file that is in use cannot be replaced: ask the user to close the window, or give up when silent.
!macro REFUSE_WHILE_RUNNING
  ${If} ${FileExists} "${EXE}"
    again:
    ClearErrors
    FileOpen $0 "${EXE}" a
    ${If} ${Errors}
      MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "Eventglass is open. Close its windows, then go on." /SD IDCANCEL IDRETRY again
      SetErrorLevel 3
      Quit
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend

Section "Eventglass" SectionProgram
  SectionIn RO
  !insertmacro REFUSE_WHILE_RUNNING
  ; What an older version had and this one has not must not stay. Only what is surely ours goes.
  ${If} ${FileExists} "${EXE}"
    RMDir /r "$INSTDIR\_internal"
    RMDir /r "$INSTDIR\licences"
  ${EndIf}
  SetOutPath "$INSTDIR"
  File /r "${BUNDLE}\*"
  WriteUninstaller "$INSTDIR\uninstall.exe"

  WriteRegStr HKCU "Software\Eventglass" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Eventglass"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "${EXE}"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "The Eventglass authors"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" "$0"

  ; Start menu, search, and "eventglass" in the Run dialog.
  CreateShortcut "$SMPROGRAMS\Eventglass.lnk" "${EXE}" "" "${EXE}" 0 SW_SHOWNORMAL "" "Look at TensorBoard logs offline"
  WriteRegStr HKCU "Software\Microsoft\Windows\CurrentVersion\App Paths\eventglass.exe" "" "${EXE}"

  ; What "Open with" offers for archives and event files, whatever their names end with.
  WriteRegStr HKCU "${CLASSES}\Applications\eventglass.exe" "FriendlyAppName" "Eventglass"
  WriteRegStr HKCU "${CLASSES}\Applications\eventglass.exe\DefaultIcon" "" "${EXE},0"
  WriteRegStr HKCU "${CLASSES}\Applications\eventglass.exe\shell\open\command" "" '"${EXE}" --reveal "%1"'
  WriteRegStr HKCU "${CLASSES}\Applications\eventglass.exe\SupportedTypes" ".zip" ""
  WriteRegStr HKCU "${CLASSES}\Applications\eventglass.exe\SupportedTypes" ".tar" ""
  WriteRegStr HKCU "${CLASSES}\Applications\eventglass.exe\SupportedTypes" ".tgz" ""
  WriteRegStr HKCU "${CLASSES}\Applications\eventglass.exe\SupportedTypes" ".gz" ""
  WriteRegStr HKCU "${CLASSES}\Applications\eventglass.exe\SupportedTypes" ".tfevents" ""
  WriteRegStr HKCU "${CLASSES}\Applications\eventglass.exe\SupportedTypes" ".eventglass" ""
  WriteRegStr HKCU "${CLASSES}\.zip\OpenWithProgids" "Eventglass.Archive" ""
  WriteRegStr HKCU "${CLASSES}\Eventglass.Archive" "" "Archive of TensorBoard logs"
  WriteRegStr HKCU "${CLASSES}\Eventglass.Archive\shell\open\command" "" '"${EXE}" "%1"'

  ; Types of our own. Windows knows a type by what follows the last dot only: files named
  ; events.out.tfevents.1234.host have none in common, see the welcome page.
  WriteRegStr HKCU "${CLASSES}\Eventglass.EventFile" "" "TensorBoard event file"
  WriteRegStr HKCU "${CLASSES}\Eventglass.EventFile\DefaultIcon" "" "${EXE},0"
  WriteRegStr HKCU "${CLASSES}\Eventglass.EventFile\shell\open\command" "" '"${EXE}" --reveal "%1"'
  WriteRegStr HKCU "${CLASSES}\.tfevents" "" "Eventglass.EventFile"
  WriteRegStr HKCU "${CLASSES}\.tfevents\OpenWithProgids" "Eventglass.EventFile" ""
  WriteRegStr HKCU "${CLASSES}\Eventglass.Workspace" "" "Eventglass workspace"
  WriteRegStr HKCU "${CLASSES}\Eventglass.Workspace\DefaultIcon" "" "${EXE},0"
  WriteRegStr HKCU "${CLASSES}\Eventglass.Workspace\shell\open\command" "" '"${EXE}" "%1"'
  WriteRegStr HKCU "${CLASSES}\.eventglass" "" "Eventglass.Workspace"
  WriteRegStr HKCU "${CLASSES}\.eventglass\OpenWithProgids" "Eventglass.Workspace" ""
SectionEnd

Section "Context menu of folders" SectionFolders
  WriteRegStr HKCU "${CLASSES}\Directory\shell\Eventglass" "" "Open in Eventglass"
  WriteRegStr HKCU "${CLASSES}\Directory\shell\Eventglass" "Icon" "${EXE},0"
  WriteRegStr HKCU "${CLASSES}\Directory\shell\Eventglass\command" "" '"${EXE}" "%1"'
  ; %V is the folder whose background was clicked.
  WriteRegStr HKCU "${CLASSES}\Directory\Background\shell\Eventglass" "" "Open in Eventglass"
  WriteRegStr HKCU "${CLASSES}\Directory\Background\shell\Eventglass" "Icon" "${EXE},0"
  WriteRegStr HKCU "${CLASSES}\Directory\Background\shell\Eventglass\command" "" '"${EXE}" "%V"'
SectionEnd

Section /o "Shortcut on the desktop" SectionDesktop
  CreateShortcut "$DESKTOP\Eventglass.lnk" "${EXE}"
SectionEnd

Section "-Refresh"
  ; SHCNE_ASSOCCHANGED: the shell reads types and menus anew.
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionProgram} "The program, its guide and sample logs; Start menu; Open with."
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionFolders} "“Open in Eventglass” on folders and on the empty room in them."
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionDesktop} "Logs can be dropped on it."
!insertmacro MUI_FUNCTION_DESCRIPTION_END

Section "Uninstall"
  !insertmacro REFUSE_WHILE_RUNNING
  ; Only what was installed: the user may have chosen a folder with other things in it.
  RMDir /r "$INSTDIR\_internal"
  RMDir /r "$INSTDIR\licences"
  Delete "$INSTDIR\eventglass.exe"
  Delete "$INSTDIR\eventglass-cli.exe"
  Delete "$INSTDIR\sbom.cdx.json"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\Eventglass.lnk"
  Delete "$DESKTOP\Eventglass.lnk"

  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\Eventglass"
  DeleteRegKey HKCU "Software\Microsoft\Windows\CurrentVersion\App Paths\eventglass.exe"
  DeleteRegKey HKCU "${CLASSES}\Applications\eventglass.exe"
  DeleteRegKey HKCU "${CLASSES}\Eventglass.Archive"
  DeleteRegKey HKCU "${CLASSES}\Eventglass.EventFile"
  DeleteRegKey HKCU "${CLASSES}\Eventglass.Workspace"
  DeleteRegValue HKCU "${CLASSES}\.zip\OpenWithProgids" "Eventglass.Archive"
  DeleteRegValue HKCU "${CLASSES}\.tfevents\OpenWithProgids" "Eventglass.EventFile"
  DeleteRegValue HKCU "${CLASSES}\.eventglass\OpenWithProgids" "Eventglass.Workspace"
  ReadRegStr $0 HKCU "${CLASSES}\.tfevents" ""
  ${If} $0 == "Eventglass.EventFile"
    DeleteRegValue HKCU "${CLASSES}\.tfevents" ""
  ${EndIf}
  ReadRegStr $0 HKCU "${CLASSES}\.eventglass" ""
  ${If} $0 == "Eventglass.Workspace"
    DeleteRegValue HKCU "${CLASSES}\.eventglass" ""
  ${EndIf}
  DeleteRegKey /ifempty HKCU "${CLASSES}\.zip\OpenWithProgids"
  DeleteRegKey /ifempty HKCU "${CLASSES}\.tfevents\OpenWithProgids"
  DeleteRegKey /ifempty HKCU "${CLASSES}\.tfevents"
  DeleteRegKey /ifempty HKCU "${CLASSES}\.eventglass\OpenWithProgids"
  DeleteRegKey /ifempty HKCU "${CLASSES}\.eventglass"
  DeleteRegKey HKCU "${CLASSES}\Directory\shell\Eventglass"
  DeleteRegKey HKCU "${CLASSES}\Directory\Background\shell\Eventglass"
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd
