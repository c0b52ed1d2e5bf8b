"""The words for what is installed and set up: packages, versions, libraries, /dev/shm, how processes start."""

from __future__ import annotations

from heygem_core.diagnosis.logs.claims_kinds import Claim

CPU_WHEEL = r"\bonnxruntime(?![-_ ]?(?:gpu|extensions|web|node|genai|directml|openvino|silicon|training|rocm)|\w)"
GPU_WHEEL = r"\bon[nx]+runtime[\W_]{0,3}gpu\b"
_CLASHES = (
    r"(?:overwr(?:it|ot)\w*|over-?rid\w*|over-?rode|clobber\w*|(?:gets?|is|was|been) replaced|shadow\w*|conflict\w*|"
    r"clash\w*|\bbreaks?\b|\bbroke\b|\bbreaking\b|interfer\w*|precedence|priori?ti[sz]\w+|co-?exist\w*|\bon top of\b|"
    r"\bstrips?\b|\bdisabl\w+|\bprevent\w*|unnecessar\w+|redundant|\bonly one of\b|(?<!did )\bmess(?:es|ed)? up|"
    r"(?:need|have|must|should|had) (?:to )?(?:\w+ )?(?:uninstall|remove) both|\bco-?install\w*|"
    r"冲突|覆盖|打架|顶掉|冲掉|干扰|不能共存|只能(?:装|保留|留)一个|互相影响)"
)
_PACKAGE = (
    r"(?:\bonnxruntime\b|\b(?:packages?|wheels?|dependenc\w+|(?:cpu|gpu) (?:versions?|builds?))\b|依赖|安装包|版本)"
)
_LIBRARY = r"\b(?:lib)?(?:cudnn|cublas|cudart|cufft|curand|cusolver|cusparse|nvrtc)\w*\.(?:so[\d.]*|dll)[`'\"]?"
_SHM = r"(?:/dev/shm|(?<![\w-])shm(?:[-_ ]?size)?\b|--shm-size|--ipc|(?<!GPU )\bshared memory\b|共享内存)"
_SMALL = (
    r"(?:\bsmall\w*|inadequate|insufficient|not enough|\btoo (?:low|little)|\blow\b|\blimit\w*|restrict\w*|hard-?coded|"
    r"\b64 ?M\w*|\bdefault\w*|\bincreas\w+|\bbigger|\blarger|\benlarg\w+|\brais(?:e|ing)\b|\badjust\w*|\bconfigur\w+|"
    r"specif(?:y|ied)|[=:] ?\d+ ?[gm]b?\b|\bexceed\w*|\bexhaust\w*|\bfull\b|\bruns? out|不足|不够|太小|过小|调大|"
    r"增大|加大|扩大|默认|满了)"
)
_MEDIUM = (
    r"\.?(?:wave?|mp3|mp4|m4a|flac|ogg|mov|mkv|avi|webm|jpe?g|png|gif|heic|audio|video|image|picture|photo|media|"
    r"clip)s?"
)
_BAD = r"(?:corrupt\w*|broken|damaged|invalid|unreadable|malformed|truncated|not working|not supported|unsupported)"
_READ = r"(?:load|open|read|decod|pars|process|import|play)\w*"
_MADE = r"(?<!output )(?<!result )(?<!resulting )(?<!generated )(?<!final )(?<!rendered )(?<!created )(?<!produced )"
"""What comes out broken is no bad input."""
_CHILD = r"\b(?:forking|forked|fork-safe|after (?:a |the )?fork|child(?:ren)? process(?:es)?|sub-?process(?:es)?)\b"
_CUDA = r"\b(?:CUDA|cuDNN|TensorRT|cuBLAS)\b"

INSTALL: dict[Claim, tuple[str, ...]] = {
    Claim.BOTH_WHEELS: (
        r"onnxruntime[-_]gpu.{0,60}(?:alongside|along with|together with|next to|beside|"
        r"besides).{0,16}onnxruntime(?![\w-])",
        r"both `?onnxruntime`?(?: \S+)? and `?onnxruntime[-_]gpu|"
        r"both `?onnxruntime[-_]gpu`?(?: \S+)? and `?onnxruntime|both the cpu and (?:the )?gpu (?:version|package|"
        r"wheel)",
        r"onnxruntime(?: and |和|与|、|及)\s?onnxruntime[-_]gpu.{0,20}(?:同时|都|一起|both|together|installed)|"
        r"(?:同时|都)(?:安装|装|写|有|存在)了?.{0,10}onnxruntime.{0,12}onnxruntime[-_]gpu",
        r"onnxruntime\W{0,2} (?:on top of|over|after|besides?|with|and then)\W{1,3}onnxruntime[-_]gpu|"
        r"onnxruntime[-_]gpu\W{0,2}(?: first)?(?: and)?,? (?:then|with|before|after) (?:\w+ )?\W?onnxruntime(?![\w-])",
        r"already (?:have |had )?install\w* (?:the )?onnxruntime (?:cpu|\(cpu\))|install\w* (?:both|"
        r"onnxruntime) (?:the )?cpu (?:version|one)?.{0,20}(?:and|before|then)",
    ),
    Claim.WHEELS_CLASH: (
        rf"^(?=.*{CPU_WHEEL})(?=.*{GPU_WHEEL}).*?{_CLASHES}",
        rf"{_PACKAGE}.{{0,80}}?{_CLASHES}",
        rf"{_CLASHES}.{{0,40}}?{_PACKAGE}",
    ),
    Claim.VERSIONS_DIFFER: (
        rf"{_CUDA}[^;!?。]{{0,60}}?\b(?:versions? )?(?:mismatch\w*|(?:do|does|did)(?: not|n't) match|(?:is|"
        rf"are) (?:different|incorrect|wrong|"
        rf"incompatible|too (?:old|new)|not (?:correct|right|compatible|supported|matching))|differs?)\b"
        rf"(?<!shape mismatch)(?<!size mismatch)",
        rf"\b(?:mismatch\w*|incompatib\w+|inconsisten\w+|wrong|different|conflict\w*)\b (?:\w+ ){{0,3}}?{_CUDA}"
        rf"(?: (?:and|/|or) \w+)? (?:\w+ )?versions?\b",
        rf"{_CUDA}(?: \w+){{0,2}} must be v?\d|{_CUDA} ?v?\d[^;!?。]{{0,40}}\bbut\b[^;!?。]{{0,40}}{_CUDA} ?v?\d",
        rf"^(?:\[\w+\] ?)?(?:add |please )?support\w* (?:for )?{_CUDA} ?v?\d",
        rf"{_CUDA} ?v?\d[\d.]*,? or (?:{_CUDA} )?v?\d",
        rf"{_CUDA}\W{{0,3}}v?\d[^;!?。]{{0,40}}?\b(?:depends? on|requires?|needs?|links? (?:to|against)|"
        rf"loads?)\b[^;!?。]{{0,24}}?{_CUDA}\W{{0,3}}v?\d",
        rf"\b(?:requires?|needs?|built (?:for|with|against)|compiled (?:for|with|against)|expects?|asks? for|"
        rf"looks? for|"
        rf"wants?|searching for|supports? only|only supports?)\b[^;!?。]{{0,24}}?{_CUDA}\W{{0,3}}v?\d[^;!?。]{{0,60}}?"
        rf"\b(?:but|while|whereas|however|although)\b[^;!?。]{{0,50}}?(?<![\d.])\d",
        rf"\b(?:have|has|installed|using|I use|run|got|comes? with|"
        rf"ships? with)\b[^;!?。]{{0,24}}?{_CUDA}\W{{0,3}}v?\d[^;!?。]{{0,60}}?"
        rf"\b(?:but|while|whereas|however|although|and)\b[^;!?。]{{0,40}}?\b(?:requires?|needs?|built|compiled|expects?|"
        rf"asks?|looks?|wants?|only supports?)\b[^;!?。]{{0,50}}?(?<![\d.])\d",
        rf"^(?=.*(?:[?？]|\bplease\b|\badd\b|\bwhen\b|\bplan|n't|\bnot\b)).*?\b(?:support(?:s|ed|ing)?|compatib\w+|works?|working)"
        rf"\b(?: \w+){{0,3}}? ?{_CUDA} ?v?\d|{_CUDA} ?v?\d[\d.]* (?:support|compatib\w+)\b|支持.{{0,8}}(?:CUDA|"
        rf"cudnn) ?\d",
        r"(?:CUDA|cudnn|tensorrt|驱动|显卡驱动)[^。；]{0,24}?(?:版本)[^。；]{0,16}?(?:不匹配|不一致|不兼容|不对应|对不上|"
        r"冲突|太旧|过旧|太低|过低|太老|太新|过新|太高|过高|不对)|(?:显卡|NVIDIA) ?驱动[^。；]{0,8}(?:太旧|过旧|"
        r"太低|过低|太老)",
    ),
    Claim.BAD_FILE: (
        rf"\b(?:can ?not|can't|could(?: not|n't)|unable to|not able to|fail(?:s|ed|ing)? to|error (?:in|while|"
        rf"when)) (?:be )?{_READ} "
        rf"(?:\w+ ){{0,3}}?{_MEDIUM}(?: ?files?)?\b(?! (?:encoder|decoder|codec|device|driver|player|module|library|"
        rf"backend|model))",
        rf"{_MADE}\b{_MEDIUM} ?files? (?:\S+ ){{0,3}}?(?:can ?not|can't|could(?: not|n't)|(?:is )?(?:not able|"
        rf"unable) to|fails? to) "
        rf"(?:be )?{_READ}",
        rf"{_MADE}\b{_MEDIUM} ?files? (?:\S+ ){{0,3}}?(?:is |are |was |were |appears? |seems? |to be )*{_BAD}",
        r"\b(?:problems?|errors?|trouble|issues?|fail\w*|unable)(?: in| with| when| while|"
        r" to)? extract\w* (?:\S+ ){0,3}?(?:audio|frames?|video)\b",
        rf"\b{_BAD}(?: or \w+)? (?:\w+ )?{_MEDIUM} ?files?\b|\bnot an? (?:valid )?{_MEDIUM} ?(?:file|format)|"
        rf"\bnon[- ]RIFF\b|"
        rf"\b{_MEDIUM} (?:file )?(?:was |is )?not found\b",
        r"(?:视频|音频|图片|素材|文件)\S{0,6}(?:打不开|读不了|读不出|读取不了|无法(?:识别|加载|读取|解码|上传)|损坏|坏了|不支持)",
    ),
    Claim.SHM_SMALL: (rf"{_SHM}.{{0,100}}?{_SMALL}", rf"{_SMALL}.{{0,60}}?{_SHM}"),
    Claim.FFMPEG_NEEDED: (
        r"\b(?:make sure|ensure|need(?:s|ed)?|must|ha(?:ve|d) to|forgot|should)\b.{0,40}\bffmpeg\b.{0,40}"
        r"\b(?:installed|path)\b|\b(?:had to|forgot to|should|must|need to|after I|by) (?:install|add)(?:ed|ing)? "
        r"(?:\w+ ){0,3}ffmpeg\b",
        r"(?:需要|要先|没|忘了|记得)安装 ?ffmpeg",
    ),
}
