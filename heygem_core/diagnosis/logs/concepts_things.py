"""The things that people speak of in a report: of each, the words for it, English and Chinese."""

from __future__ import annotations

from enum import StrEnum


class Thing(StrEnum):
    """What is spoken of."""

    GPU = "the GPU"
    CPU = "the CPU"
    GPU_MEMORY = "the GPU's memory"
    HOST_MEMORY = "the host's memory"
    SHM = "shared memory"
    LIBRARY = "a CUDA library"
    SEARCH = "where libraries are looked for"
    CUDA = "CUDA or one of its parts"
    DRIVER = "the driver"
    VERSION = "a version"
    BUILD = "what was built"
    ARCH = "the GPU's architecture"
    ORT = "onnxruntime"
    CPU_WHEEL = "onnxruntime's CPU package"
    GPU_WHEEL = "onnxruntime's GPU package"
    PROVIDER = "the list of providers"
    WORKERS = "several workers"
    NO_WORKERS = "no workers"
    LOADER = "a DataLoader"
    PROCESS = "a process"
    CHILD = "a child process"
    PARENT = "the parent process"
    FORK = "how processes are started"
    DAEMON = "a daemonic process"
    INSIDE = "one inside the other"
    GUARD = "the main guard"
    MAIN_RUN = "the main module runs in the child"
    QUEUE = "a queue"
    AHEAD = "the stage before"
    BEHIND = "the stage after"
    RESULT = "what is waited for"
    TASK = "a task"
    OLD_TASK = "an earlier task"
    NEW_TASK = "a later task"
    LOCK = "a lock, a flag or a state"
    FACE = "a face"
    MEDIUM = "a media file"
    CODEC = "how it is encoded"
    FFMPEG = "ffmpeg"


_MEDIA = (
    r"(?:wave?|mp3|mp4|m4a|flac|ogg|aac|amr|mov|mkv|avi|webm|jpe?g|png|gif|heic|audio|video|image|picture|photo|"
    r"footage|clip|recording|portrait)s?"
)
_TASK = r"(?:job|task|request|render|rendering|generation|video|workflow|prompt|submission|run)s?"
_GONE_BADLY = (
    r"(?:cancel\w*|delet\w+|abort\w*|interrupt\w*|crash\w*|fail\w*|kill\w*|stopp\w+|revok\w+|removed|dead|unfinished|"
    r"half[- ](?:done|finished))"
)

THINGS: dict[Thing, str] = {
    Thing.GPU: r"\bGPUs?\b|\bCUDA\b|\b(?:graphics?|video) (?:card|processor|adapter)s?\b|\b(?:the|my|this|our|a|old|new|"
    r"each|whole) cards?\b|\bnvidia\b|\b(?:RTX|GTX|Quadro|Tesla|GeForce) ?\w*|\b[ATVHLPKM]\d{1,3}0?\b(?= ?(?:GPU|card|"
    r"\b))|\b[2345]0[6789]0\b|显卡|显示卡|独显|这张卡|卡上|英伟达|N卡",
    Thing.CPU: r"\bCPUs?\b|\bprocessors?\b(?! (?:is )?(?:named|called))|\bcores\b|处理器|核心?全满",
    Thing.GPU_MEMORY: r"\bv-?ram\b|\b(?:gpu|cuda|video|graphics?|device|card'?s?|dedicated) ?(?:card )?(?:memory|mem|ram)\b|"
    r"\bmemory (?:on|of) (?:the |my |a )?(?:gpu|card|graphics?)|\b(?:gpu|card)\b[^.;,]{0,30}\bmemory\b|\blow[- ]memory mode\b|"
    r"\b(?:card|gpu)s? (?:only )?(?:has|have|with) (?:only )?\d+ ?gi?b|显存|显卡(?:的)?内存|卡的内存",
    Thing.HOST_MEMORY: r"(?<!v)(?<!video )(?<!gpu )(?<!card )(?<!graphics )\bRAM\b|\b(?:host|system|main|physical|machine'?s?|"
    r"container'?s?|pod'?s?) memory\b|\bmemory (?:limit|cap|quota)\b|\bswap\b|\bOOM[- ]?kill\w*|(?<!显)(?<!显卡)(?<!显卡的)"
    r"(?<!GPU)(?<!GPU )(?<!共享)(?<!卡的)内存",
    Thing.SHM: r"/dev/shm|(?<![\w-])shm(?:[-_ ]?size)?\b|--ipc\b|\bipc[:=]|(?<!GPU )\bshared[- ]mem(?:ory)?\b|共享内存",
    Thing.LIBRARY: r"\b(?:lib)?(?:cudnn|cublas(?:lt)?|cudart|cufft|curand|cusolver|cusparse|nvrtc|nvjitlink)\w*(?:\.(?:so|dll)"
    r"[\d.]*)?|\b(?:cuda|nvidia|gpu) (?:\w+ )?(?:librar\w+|dlls?|sos?|shared object)\b|\blibrar\w+ of cuda\b|"
    r"\b(?:piece|part) of (?:the )?cuda\b|(?:cuda|cudnn|显卡)的?(?:\S{0,4})(?:动态)?(?:链接)?库",
    Thing.SEARCH: r"\bLD_LIBRARY_PATH\b|\b(?:library|loader|linker|search|dll)(?:'s)? (?:search )?paths?\b|\blinker\b|"
    r"\bdynamic(?:ally)? load\w*|\bloader\b(?=.{0,40}\b(?:find|locat|complain|librar))|\bldconfig\b|\bdll\b|库路径|搜索路径|"
    r"环境变量|动态库|链接库",
    Thing.CUDA: r"\b(?:CUDA|cuDNN|TensorRT|cuBLAS)(?![_.])|\btoolkit\b|\bCUDA ?runtime\b|\bcu1[123]\d?\b|\bruntime\b",
    Thing.DRIVER: r"\bdrivers?\b|驱动",
    Thing.VERSION: r"\bversions?\b|(?<![\d.:/-])\d+\.\d+(?![\d:%])|\b(?:CUDA|cuDNN|driver) ?v?\d+|\b(?:eight|nine|eleven|twelve|"
    r"thirteen)\b|\b4[5-9]\d series\b|\bseries\b|版本|版",
    Thing.BUILD: r"\b(?:build|builds|built|binar(?:y|ies)|wheels?|compiled|prebuilt|releases?|packages?|images?|torch|pytorch|"
    r"onnxruntime(?:-gpu)?|library|toolkit)\b|安装包|安装的?版本|当前版本|预编译|编译|torch|镜像|轮子",
    Thing.ARCH: r"\bcompute capabilit\w+|\bcapability\b|\bsm_?\d\d\b|\b(?:gpu |card )?architecture\b|\b(?:kepler|maxwell|pascal|"
    r"volta|turing|ampere|lovelace|hopper|blackwell)\b|\bkernels? for (?:my|this|the|that)\b|\bkernel images?\b|算力|架构|"
    r"计算能力|\bno kernels?\b",
    Thing.ORT: r"\bonn[xr]+ ?-?runtime\b|\bORT\b|\bonnx\b",
    Thing.CPU_WHEEL: r"\bonnxruntime(?![-_ ]?(?:gpu|extensions|web|node|genai|directml|openvino|silicon|training|rocm)|\w)|"
    r"\b(?:plain|normal|regular|ordinary|standard|bare|cpu(?:[- ]only)?) (?:one|flavou?r|build|wheel|version|package|variant|"
    r"edition|onnxruntime|onnx)s?\b|不带 ?-?gpu|CPU ?(?:版|包|的包|那个)",
    Thing.GPU_WHEEL: r"\bon[nx]+runtime[\W_]{0,3}gpu\b|\bgpu (?:one|flavou?r|build|wheel|version|package|variant|edition|onnx\w*)s?\b|"
    r"-gpu (?:one|flavou?r|build|wheel|version|package|variant)|\bGPU ?(?:版|包|的包|那个)|带 ?gpu 的",
    Thing.PROVIDER: r"\bproviders?\b|\b(?:cuda|CPU)ExecutionProvider\b|\bdevice list\b|\blist of (?:devices|backends)\b|"
    r"\bexecution (?:devices?|backend)\b|后端|执行提供|可用(?:的)?设备",
    Thing.WORKERS: r"\bnum_?workers?\b|\b(?:\d+|several|multiple|many|two|more) (?:\w+ )?(?:workers|processes)\b|\bmore than (?:one|1|"
    r"zero|0) workers?\b|\bworkers\b|\bmulti-?process\w*|多(?:个)?进程|worker",
    Thing.NO_WORKERS: r"\bnum_?workers?\W{0,4}(?:(?:=|is|to|of|set to|at)\W{0,2})?(?:0|zero|none)\b|\b(?:zero|no|without(?: any)?|0) "
    r"(?:\w+ )?workers\b|(?:^|\W)zero (?:is|works|goes|runs)|\b(?:with|at|to) (?:zero|0)\b|\bin (?:the )?main process\b|"
    r"\bsingle[- ]process\b|\bNUM_WORKERS\W{1,3}0\b|(?:workers?|进程数?)\S{0,6} ?(?:改成|设成|设为|改为|调成|=) ?(?:0|零)|不(?:用|开)多进程|单进程",
    Thing.LOADER: r"\bdata[- ]?loaders?\b|\bloader\b|\bload(?:ing|s)? (?:the )?(?:data|batch\w*)|\bload data\b|\bdatasets?\b|"
    r"\bfirst batch\b|\bnum_?workers?\b|\btorch load\b|(?:加载|读取?)数据|数据(?:加载|读取)|数据集",
    Thing.PROCESS: r"\bprocess(?:es)?\b|\bworkers?\b|\bsub-?process\w*|\bchild(?:ren)?\b|\bcontainers?\b|\bpods?\b|\bservices?\b|"
    r"\bkernel\b|\bprogram\b|\bscript\b|\bserver\b|\bapp\b|\bpython(?:\.exe)?\b|进程|程序|服务|容器|worker|软件",
    Thing.CHILD: r"\bchild(?:ren)?\b|\bsub-?process\w*|\bforked\b|\bpool (?:members?|workers?|process\w*)|\bworkers?\b|"
    r"\bmultiprocessing\b|\bProcess\(|\bin (?:that|the other|the new|another|a second|a new) process\b|"
    r"\bcop(?:y|ies)\b|\bafter (?:the |a )?fork\w*|子进程|工作进程|另一个进程|新进程",
    Thing.PARENT: r"\bparent\b|\bmain process\b|\bmaster\b|\bat import\b|\bwhen (?:it is )?imported\b|\bat the top\b|"
    r"\bbefore(?:hand)?\b[^.;]{0,30}\bfork\w*|\bpre-?load\w*|\balready (?:set up|initiali[sz]ed|sits|on the (?:card|gpu))|"
    r"父进程|主进程|启动前|先(?:用|加载|初始化)",
    Thing.FORK: r"\bfork\w*|\bspawn\w*|\bstart[- ]method\b|\bdefault way of starting\b|\bmultiprocessing pool\b|\bprocess pool\b|"
    r"\bpool\b|\bmultiprocessing\b|\bProcess\(|\bmakes copies\b|\bpreload\b|启动方式|派生|多进程",
    Thing.DAEMON: r"\bdaemon(?:ic|s|ized)?\b|守护",
    Thing.INSIDE: r"\b(?:inside|within|from) (?:of )?(?:a |an |the |another |my )?(?:\w+ )?(?:pool|worker|process|task|child)\b|"
    r"\bnested\b|\bchild\w* (?:\w+ ){0,4}(?:children|child\w*)|\bitself\b|\b(?:own|another|further|more) (?:\w+ )?"
    r"(?:process(?:es)?|pool|children|workers?)\b|(?:里|中|内)(?:面)?(?:再|又)|嵌套",
    Thing.GUARD: r"__main__|__name__|\bmain[- ](?:guard|check|idiom)\b|\b(?:the|that|a|no) guard\b|\bif[- _\"']*name\b|"
    r"\bname\W{1,4}(?:is|equals|==?)\W{1,4}_*main\b|\bfreeze[_ ]support\b|主模块|入口(?:判断|保护)|if ?__name__",
    Thing.MAIN_RUN: r"\bbootstrap\w*|\bstarts? itself (?:over|again)\b|\bre-?runs? (?:the |my )?(?:whole )?(?:script|file|main|module)|"
    r"\bstart(?:s|ing)? (?:a |another |new )?(?:new )?(?:process\w*) before\b|\bopens (?:itself )?(?:again and again|endless)|"
    r"引导阶段|反复(?:启动|执行|打开)自己|重复(?:执行|运行)(?:整个)?(?:脚本|主)",
    Thing.QUEUE: r"\bqueues?\b|\b(?:frame |ring )?buffers?\b|\bput(?:\(\)|s)?(?= (?:times? out|timed|call|raises|fails|blocks|never|"
    r"waits))|\bput\(\)|\bget(?:\(\))?(?= (?:from|times? out|timed|call|raises))|\bget\(\)|\bhand-?off\b|\bchannel\b|\bbacklog\b|"
    r"队列|缓冲|取数据",
    Thing.AHEAD: r"\bproducers?\b|\bupstream\b|\b(?:stage|step|process|thread|one|part|module|node) (?:before|ahead|in front)\b|"
    r"\b(?:previous|earlier|preceding|prior) (?:stage|step|process|thread|module)\b|\bfeed(?:er|ing)\b|\brender(?:er|ing thread)\b|"
    r"\breader\b|\bsender\b|\bextract(?:or|ion)\b|\bsource\b|前(?:面|一个?|置)(?:的|那个)?\S{0,6}(?:步|环节|阶段|进程|模块|线程)|"
    r"前一步|上游|生产(?:者|端)|上一(?:步|环节|阶段)|生产进程",
    Thing.BEHIND: r"\bconsumers?\b|\bdownstream\b|\b(?:stage|step|process|thread|one|part|module) (?:after|behind)\b|\bother (?:side|end)\b|"
    r"\b(?:next|following|receiving|second) (?:stage|step|process|thread|side|end)\b|\bwriter\b|\bmuxer\b|\breader on\b|\breceiver\b|"
    r"\bdrawing process\b|下游|消费(?:者|端|进程)|后(?:面|一个?)(?:的|那个)?\S{0,6}(?:步|环节|阶段|进程|模块|线程)|接收(?:端|方)|取的(?:那)?一?(?:方|边|端)",
    Thing.RESULT: r"\bframes?\b|\bitems?\b|\bresults?\b|\bbatch(?:es)?\b|\bdata\b|\bsamples?\b|\bmessages?\b|\bchunks?\b|\bpictures\b|"
    r"\banything\b|\bnothing\b|帧|结果|数据|样本|消息|东西",
    Thing.TASK: rf"\b{_TASK}\b|任务|作业|作品|视频|合成|生成",
    Thing.OLD_TASK: rf"\b(?:previous|earlier|old|last|former|first|stale|ghost|zombie|orphan\w*|{_GONE_BADLY}) (?:\w+ ){{0,2}}?{_TASK}\b|"
    rf"\b{_TASK} (?:was |got |has been |had been |that (?:was |I )?)?(?:cancel\w*|delet\w+|abort\w*|interrupt\w*|crashed|killed|revok\w+|"
    r"stopped)|"
    rf"\b(?:cancel\w*|delet\w+|abort\w*|interrupt\w*|stopp?(?:ed|ing)|kill(?:ed|ing)|revok\w+|removed) (?:a |an |the |my |one |it|another|that|"
    rf"half)(?:\w+ ?){{0,3}}|\bcanc?elled one\b|\b(?:after|since) (?:the |a |an )?(?:power (?:cut|loss|outage)|blackout|crash|"
    rf"failed (?:job|run)|cancel\w*|reboot|restart)|\brevoked\b|(?:上次|之前|上一个|前一个|昨天|原来)\S{{0,8}}(?:任务|作业|作品|视频|生成)|"
    r"(?:中途|做到一半|没做完|未完成)|(?:任务|作业|作品|视频)\S{0,6}(?:取消|删|中断|终止|断)|(?:取消|删(?:除|掉|了)|中断|终止|停电|断电|"
    r"失败(?:一次|过|了)?)\S{0,4}(?:之?后|以后|的|了|过|，)|死掉的任务",
    Thing.NEW_TASK: rf"\b(?:new|next|later|each new|every new|every|all later|subsequent|following|other|second|another) (?:\w+ )?"
    rf"(?:{_TASK}|ones?)\b|\b(?:two|ones|those|others|everything|all) (?:behind|after) (?:it|that)\b|新(?:的|建|提交|任务|作品|视频)|"
    r"后面(?:的|新|提交)?\S{0,4}(?:任务|作品|视频|都)|之后(?:再)?(?:提交|生成|做)|再(?:次)?(?:提交|生成|做|合成)|其他任务|别的任务|今天新",
    Thing.LOCK: r"\blocks?\b|\bflags?\b|\bmutex\b|\bsemaphore\b|\bslots?\b|\bstate\b|\bstatus\b|锁|标志|标记|状态|名额",
    Thing.FACE: r"\bfaces?\b|\b(?:people|persons?|heads?) in\b|\b(?:two|several|no|three|more than one) (?:people|persons?)\b|人脸|(?:检测|识别)"
    r"\S{0,2}脸|正脸|侧脸|没有?脸|背对",
    Thing.MEDIUM: rf"\.?\b{_MEDIA}\b|\bmoov\b|音频|视频|图片|照片|素材|录音|文件",
    Thing.CODEC: r"\bcodecs?\b|\bencod(?:ing|ed as)\b|\b(?:file )?formats?\b|\bcontainer format\b|\bextension says\b|\brenamed\b|编码|格式|后缀|"
    r"转(?:码|一遍|成)",
    Thing.FFMPEG: r"\bff(?:mpeg|probe)\b",
}
