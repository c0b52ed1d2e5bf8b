"""How messages about media and faces: ffmpeg, OpenCV, audio libraries, lip-sync programs read."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Kind, pattern

MEDIA = (
    pattern(Kind.BAD_MEDIA, r"format (?:video|audio) error", "format video error|format audio error"),
    pattern(
        Kind.BAD_MEDIA,
        r"invalid data found when processing input|moov atom not found|could not find codec parameters|"
        r"does not contain any stream|Output file #?0? ?does not contain|Stream map '\S+' matches no streams|"
        r"error while decoding stream|no decoder for stream|partial file|could not open codec|"
        r"decoder .{0,30}not found for|invalid NAL unit size",
        "invalid data found|moov atom|codec parameters|any stream|output file|matches no streams|error while decoding|"
        "no decoder|partial file|could not open codec|not found for|invalid nal",
    ),
    pattern(
        Kind.BAD_MEDIA,
        r"(?:failed to|could not|cannot|can't|unable to) (?:load|open|read|decode|find) (?:the )?(?:source |input |"
        r"reference |driving )?(?:audio|video|image|media|wav|mp3|mp4|picture)",
        "failed to|could not|cannot|can't|unable to",
    ),
    pattern(
        Kind.BAD_MEDIA,
        r"(?:No such file or directory|does(?:n't| not) exist|not found|FileNotFoundError|cannot be opened|找不到|"
        r"不存在).{0,120}\.(?:mp4|mov|avi|mkv|webm|flv|wav|mp3|m4a|aac|flac|jpg|jpeg|png|webp|heic)\b|\.(?:mp4|mov|"
        r"avi|mkv|webm|flv|wav|mp3|m4a|aac|flac|jpg|jpeg|png|webp|heic)['\"]?\W{0,3}(?:No such file or directory|"
        r"does(?:n't| not) exist|not found|cannot be opened|不存在)",
        "no such file|exist|not found|filenotfounderror|cannot be opened|找不到|不存在",
    ),
    pattern(
        Kind.BAD_MEDIA,
        r"LibsndfileError|Format not recognised|NoBackendError|CouldntDecodeError|Decoding failed\. ffmpeg|"
        r"UnidentifiedImageError|cannot identify image file|!_src\.empty\(\)|"
        r"\(-215:Assertion failed\) !ssize\.empty\(\)|Video ?Capture.{0,30}(?:fail|not open)|(?:video|"
        r"audio) (?:file )?(?:is )?(?:corrupt\w*|broken|damaged|unreadable|empty|too short)|no (?:audio|"
        r"video) (?:stream|track)|(?:视频|音频|图片|文件)(?:\S{0,4})(?:损坏|无法(?:读取|打开|解析|播放)|格式(?:错误|"
        r"不支持|不对|有误)|为空)",
        "libsndfileerror|format not recognised|nobackenderror|couldntdecodeerror|decoding failed|"
        "unidentifiedimageerror|cannot identify image|_src.empty|ssize.empty|capture|corrupt|broken|damaged|"
        "unreadable|empty|too short|no audio|no video|损坏|无法|格式|为空",
    ),
    pattern(
        Kind.BAD_MEDIA,
        r"(?:video|audio|image|file|媒体|格式)\b.{0,30}(?:unsupported|not supported)|(?:unsupported|"
        r"not supported) (?:video|audio|image|file|media|pixel) ?(?:format|codec|type)?",
        "unsupported|not supported",
        said_by_programs=True,
    ),
    pattern(
        Kind.NO_FACE,
        r"(?:no|0|zero) faces? (?:is |was |were )?(?:detected|found|recognized|in)|faces? (?:is |was |were |"
        r"are )?(?:not|n't) (?:be )?(?:detected|found|recognized)|(?:can(?:not|'t)|could(?: not|n't)|unable to|"
        r"failed to) (?:detect|find|locate) (?:a |any |the )?faces?|face detection (?:failed|error)|未(?:能)?(?:检测|"
        r"识别)到(?:任何)?(?:人)?脸|(?:没有|无法|未)(?:检测|识别|找)(?:到|出)?(?:任何)?人?脸|(?:检测|"
        r"识别)不到(?:人)?脸|人脸(?:检测|识别)(?:失败|错误|异常)|没有人脸|无人脸|multiple faces|more than one face|"
        r"(?:\d+|several|many|two) faces (?:were |are )?(?:detected|found)|(?:检测到|存在|有)?多(?:张|个)(?:人)?脸",
        "face|脸",
    ),
    pattern(
        Kind.NO_FFMPEG,
        r"ffmpeg(?:\.exe)?['\"]?:? (?:is )?(?:not (?:found|installed|recognized)|command not found|No such file)|"
        r"No such file or directory: ['\"]?(?:\S*/)?ff(?:mpeg|probe)\b|couldn't find ff(?:mpeg|probe)|ff(?:mpeg|"
        r"probe) (?:was |is )?not (?:be )?(?:found|installed|recognized)|cannot find ff(?:mpeg|probe)|ff(?:mpeg|"
        r"probe)['\"]? (?:不是|未找到|没有安装|未安装)|(?:找不到|没有安装|未安装) ?ff(?:mpeg|probe)|'ff(?:mpeg|"
        r"probe)' is not recognized",
        "ffmpeg|ffprobe",
    ),
    pattern(
        Kind.FPS,
        r"(?:infer(?:ence)?|final|avg|average|actual|render\w*)\W{0,3}(?:\w+ )?fps\W{1,8}(?P<fps>\d+(?:\.\d+)?)",
        "fps",
    ),
)
