"""How messages about media and faces read: ffmpeg, OpenCV, audio and image libraries, face detectors."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Kind, pattern

_MEDIA_FILE = r"\.(?:mp4|mov|avi|mkv|webm|flv|wav|mp3|m4a|m4s|aac|flac|ogg|jpe?g|png|bmp|gif|webp|heic)\b"
_FFMPEG = r"[`'\"]?(?:\S*[\\/])?(?:ffmpeg|ffprobe|avconv|avprobe)(?:\.exe)?[`'\"]?"
_NO = r"(?:no|0|zero|without (?:a |any )?)"
_CANNOT = r"(?:can ?not|can't|could ?(?:not|n't)|unable to|fail(?:s|ed)? to|did(?: not|n't)|does(?: not|n't))"
_GIVEN = r"(?:on|with|given|if|when|open\w*|read\w*|load\w*|decod\w*|pass\w*)"
_FACE = r"(?:faces?|face landmarks?|landmarks?|人脸|脸)"

FILES = (
    pattern(Kind.BAD_MEDIA, r"format (?:video|audio) error", "format video error|format audio error"),
    pattern(
        Kind.BAD_MEDIA,
        r"invalid data found when processing input|moov atom not found|no 'moov' atom found|"
        r"could not find codec parameters|"
        r"does not contain any stream|Output file #?0? ?does not contain|Stream map '\S+' matches no streams|"
        r"error while decoding stream|no decoder for stream|partial file|could not open codec|"
        r"decoder .{0,30}not found for|invalid NAL unit size|output file is empty, nothing was encoded|"
        r"error opening input(?: file)?s?\b|EBML header parsing failed",
        "invalid data found|moov atom|'moov' atom|codec parameters|any stream|output file|matches no streams|"
        "error while decoding|"
        "no decoder|partial file|could not open codec|not found for|invalid nal|error opening input|ebml header",
    ),
    pattern(
        Kind.BAD_MEDIA,
        r"(?:failed to|could not|cannot|can't|can not|unable to) (?:load|open|read|decode|find|parse) (?:the )?"
        r"(?:source |input |reference |driving |first frame of )?(?:audio|video|image|media|wav|mp3|mp4|picture)",
        "failed to|could not|cannot|can't|can not|unable to",
    ),
    pattern(
        Kind.BAD_MEDIA,
        rf"(?:No such file or directory|does(?:n't| not) exist|not found|FileNotFoundError|cannot be opened|"
        rf"could not be (?:found|opened)|找不到|不存在).{{0,120}}{_MEDIA_FILE}|{_MEDIA_FILE}['\"]?\W{{0,3}}"
        rf"(?:No such file or directory|does(?:n't| not) exist|not found|cannot be opened|could not be (?:found|"
        rf"opened)|不存在)",
        "no such file|exist|not found|filenotfounderror|cannot be opened|could not be|找不到|不存在",
    ),
    pattern(
        Kind.BAD_MEDIA,
        r"Assertion failed\)? ?\(?!(?:\w+\.|_)?(?:\w+\.)?empty\(\)|Assertion failed\)? size\.width ?> ?0|"
        r"Assertion failed\)? number < max_number in function|can't open/read file: check file path|"
        r"couldn't read video stream from file|can't find starting number \(in the name of file\)|"
        r"VIDEOIO\(CV_IMAGES\): raised OpenCV exception|Video ?Capture.{0,30}(?:fail|not open)",
        "assertion failed|can't open/read file|couldn't read video|starting number|cv_images|capture",
    ),
    pattern(
        Kind.BAD_MEDIA,
        r"LibsndfileError|Format not recognised|File contains data in an unknown format|NoBackendError|"
        r"CouldntDecodeError|Decoding failed\. ffmpeg|"
        r"file does not start with RIFF id|\bnot a WAVE file\b|"
        r"Audio buffer is not finite|couldn't find appropriate backend|"
        r"UnidentifiedImageError|cannot identify image file|image file is truncated|DECORDError|"
        r"MoviePy error: (?:failed to read|the file)|Could not find a format to read",
        "libsndfileerror|format not recognised|in an unknown format|nobackenderror|couldntdecodeerror|decoding "
        "failed|riff id|"
        "not a wave file|"
        "buffer is not finite|appropriate backend|unidentifiedimageerror|cannot identify image|is truncated|"
        "decorderror|moviepy error|find a format to read",
    ),
    pattern(
        Kind.BAD_MEDIA,
        r"(?:video|audio) (?:file )?(?:is )?(?:corrupt\w*|broken|damaged|unreadable|empty|too short)|no (?:audio|"
        r"video) (?:stream|track)|(?:视频|音频|图片|文件)(?:\S{0,4})(?:损坏|无法(?:读取|打开|解析|播放)|格式(?:错误|"
        r"不支持|不对|有误)|为空)",
        "corrupt|broken|damaged|unreadable|empty|too short|no audio|no video|损坏|无法|格式|为空",
    ),
    pattern(
        Kind.BAD_MEDIA,
        r"\b(?:audio|video|image|media) files? .{0,300}?\bis (?:not able to (?:be )?open|corrupted|unreadable)",
        "not able to|corrupted|unreadable",
    ),
    pattern(
        Kind.BAD_MEDIA,
        r"获取(?:音频|视频|媒体|图片)?(?:时长|信息|流|参数|编码)\S{0,4}失败|KeyError: 'streams'|"
        r"(?:读取|解析|解码|打开|加载)(?:音频|视频|图片|图像|媒体)(?:文件)?\S{0,4}(?:失败|错误|出错|异常)|"
        r"(?:音频|视频|图片|图像|媒体)(?:文件)?(?:读取|解析|解码|打开|加载)(?:失败|错误|出错|异常)",
        "获取|streams|读取|解析|解码|打开|加载",
    ),
    pattern(
        Kind.BAD_MEDIA,
        rf"\b{_GIVEN} (?:an? |the |some )?(?:invalid|corrupt(?:ed)?|broken|damaged|truncated|malformed|"
        r"unreadable) "
        r"(?:videos?|audios?|media|mp4s?|wavs?)(?: files?)?"
        r"(?![\w ]*\b(?:format|size|codec|device|driver|stream|url|ids?|names?|paths?|outputs?|results?)\b)",
        "invalid |corrupt|broken |damaged |truncated |malformed |unreadable ",
    ),
    pattern(
        Kind.BAD_MEDIA,
        r"(?:video|audio|image|file|媒体|格式)\b.{0,30}(?:unsupported|not supported)|(?:unsupported|"
        r"not supported) (?:video|audio|image|file|media|pixel) ?(?:format|codec|type)?",
        "unsupported|not supported",
        said_by_programs=True,
    ),
)

FACES = (
    pattern(
        Kind.NO_FACE,
        rf"\b{_NO} faces? (?:is |was |were |could be |in \w+ \w+ )?(?:detected|found|recognized|in\b)|"
        rf"\bfaces? ?(?:is |was |were |are |could |can )?(?:not|(?:is|are|was|were|could|"
        rf"ca)n't) (?:be )?(?:detected|found|recognized)|"
        rf"\b{_CANNOT} (?:be )?(?:detect|find|locate|recogni[sz]e) (?:a |any |the |your )?{_FACE}|"
        rf"face detection (?:failed|error)|multiple faces|more than one face|"
        rf"(?:\d+|several|many|two) faces (?:were |are )?(?:detected|found)|#faces? is invalid|"
        r"\b(?:expected|needs?|exactly) (?:exactly )?one face\b",
        "face|landmark",
    ),
    pattern(
        Kind.NO_FACE,
        r"(?:没有|沒有|无法|未(?:能)?|没)(?:检测|檢測|识别|找)(?:到|出)?(?:任何)?(?:的)?人?脸|(?:检测|檢測|识别|看|"
        r"找)不到"
        r"(?:任何)?人?脸|人脸(?:检测|识别)(?:失败|错误|异常)|(?:没有|没|无)人脸|未(?:检测|识别)到人|"
        r"(?:检测到|存在|有)?多(?:张|个)(?:人)?脸",
        "脸",
    ),
    pattern(
        Kind.NO_FACE,
        r"'NoneType' object has no attribute '(?:bbox|kps|(?:normed_)?embedding|det_score|landmark\w*|"
        r"multi_face_landmarks)'",
        "'nonetype' object has no attribute",
    ),
    pattern(
        Kind.FACE_PICKED,
        r"\bfaces?(?:_info|_list|s)?\w*\b.*\[-?\d\]|\bface_\w*\([^)]*\)\[\d\]|multi_face_landmarks",
        "face",
        in_lists=True,
    ),
    pattern(
        Kind.NOTHING_THERE,
        r"^\W*IndexError: (?:list )?index (?:0 is )?out of (?:range|bounds)|"
        r"^\W*TypeError: (?:'NoneType' object is not (?:iterable|subscriptable)|"
        r"must be real number, not NoneType)",
        "indexerror|nonetype",
    ),
)

TOOLS = (
    pattern(
        Kind.NO_FFMPEG,
        rf"{_FFMPEG}:? (?:executable )?(?:is |was |could |and ffmpeg |or \w+ )?(?:not (?:be )?(?:found|installed|"
        rf"recognized|available)|command not found|No such file)|{_FFMPEG} ?(?:不是|未找到|没有安装|未安装)",
        "ffmpeg|ffprobe|avconv",
    ),
    pattern(
        Kind.NO_FFMPEG,
        rf"No such file or directory: {_FFMPEG}|\b(?:couldn't|could not|cannot|can't|unable to) (?:find|locate) "
        rf"(?:the )?{_FFMPEG}|no {_FFMPEG} (?:exe|executable|binary)|(?:找不到|没有安装|未安装|缺少|没有找到|未找到) ?"
        rf"{_FFMPEG}|missing {_FFMPEG}",
        "ffmpeg|ffprobe|avconv",
    ),
    pattern(
        Kind.NO_PROGRAM,
        r"\[WinError 2\]|^\W*file not found\b\W*$|[\"'`“]file not found\b|系统找不到指定的文件",
        "[winerror 2]|file not found|系统找不到指定",
    ),
    pattern(Kind.CALLS_FFMPEG, r"\bffmpeg\.(?:run|probe)\(|\.run\(\[['\"]ffmpeg", "ffmpeg", in_lists=True),
    pattern(
        Kind.CALLS_FFMPEG,
        r"File \".*(?:whisper[\\/]audio|pydub[\\/]|ffmpeg[\\/]_(?:run|probe)|audioread|ffmpy|load_audio|"
        r"moviepy[\\/].*ffmpeg)",
        'file "',
    ),
    pattern(
        Kind.FPS,
        r"(?:infer(?:ence)?|final|avg|average|actual|render\w*)\W{0,3}(?:\w+ )?fps\W{1,8}(?P<fps>\d+(?:\.\d+)?)",
        "fps",
    ),
    pattern(
        Kind.BEHIND,
        r"\b(?:rtf|real[- ]?time factor)\W{1,4}(?:[1-9]\d*\.\d|[1-9]\d)",
        "rtf|time factor",
    ),
    pattern(Kind.BEHIND, r"\bis likely (?:a|the) bottleneck\b", "likely a bottleneck|likely the bottleneck"),
    # ffmpeg's progress; somewhat below 1 is what a live source itself may have.
    pattern(Kind.BEHIND, r"\bspeed= ?0\.[0-7]\d*x", "speed=0|speed= 0", in_lists=True),
    pattern(
        Kind.FPS,
        r"(?P<frames>\d+) frames\b[^.\d]{0,50}?(?:=|in|took|takes?|:)\s*(?P<seconds>\d+(?:\.\d+)?) ?s(?:ec\w*)?\b",
        "frames",
    ),
)

MEDIA = (*FILES, *FACES, *TOOLS)
