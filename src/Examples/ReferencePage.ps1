# The reference page of the service has three examples in Python: a video from text, a video from an image, and the query of a result.
# These are the same three. The model is billed: run them offline first.
#
#   dotnet run --project src/ZhipuVideo.Console -- --offline src/Examples/ReferencePage.ps1

$settings = @{
    Model     = 'cogvideox-2'
    Quality   = 'quality'   # or speed
    WithAudio = $true
    Size      = '1920x1080' # up to 3840x2160
    Fps       = 30          # or 60
}

# 文生视频: a video from text
$fromText = New-CogVideo -Prompt '比得兔开小汽车，游走在马路上，脸上的表情充满开心喜悦。' @settings
$fromText | Format-List

# 图生视频: a video from an image. A local path works too.
$fromImage = New-CogVideo -Image 'https://example.com/path/to/your/image.jpg' -Prompt '让画面动起来' @settings
$fromImage | Format-List

# 任务结果查询: query each result once; the tasks may still be running
Get-CogVideoResult -Id $fromText.Id, $fromImage.Id | Format-Table

# What the page leaves to the reader: wait until both tasks have ended
$fromText, $fromImage | Wait-CogVideo | Format-List
