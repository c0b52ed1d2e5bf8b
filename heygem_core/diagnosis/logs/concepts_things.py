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
    GPU_OPTION = "the option for the GPU"
    PACKAGED = "a program packaged as one file"


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
    Thing.GPU: (
        r"\bGPUs?\b|\bCUDA\b|\b(?:graphics?|video) (?:card|processor|adapter)s?\b|\b(?:the|my|this|our|a|old|new|each|"
        r"whole) cards?\b|\bnvidia\b|\b(?:RTX|GTX|Quadro|Tesla|GeForce) ?\w*|\b(?:A(?:10|16|30|40|100|800)|V100|T4|"
        r"H(?:20|100|200|800)|L(?:4|20|40S?)|P(?:4|40|100)|K80|M(?:40|60|4000))\b|\b[2345]0[6789]0\b|显卡|显示卡|独显|"
        r"这张卡|卡上|英伟达|N卡|\bnvidia-smi\b"
    ),
    Thing.CPU: (
        r"\bCPUs?\b|\bprocessors?\b(?! (?:is )?(?:named|called))|\bcores\b|处理器|核心?全满|\bRyzen\b|\bXeon\b|"
        r"\bi[579]-\d+\b|\bhtop\b"
    ),
    Thing.GPU_MEMORY: (
        r"\bv-?ram\b(?! requirement)|\b(?:gpu|cuda|video|graphics?|device|card'?s?|dedicated) ?(?:card )?(?:memory|"
        r"mem|ram)\b|\bmemory (?:on|of) (?:the |my |a )?(?:gpu|card|graphics?)|\b(?:gpu|card)\b[^.;,]{0,30}\bmemory\b|"
        r"\blow[- ]memory mode\b|\b(?:card|gpu)s? (?:only )?(?:has|have|with) (?:only )?\d+ ?gi?b|显存|"
        r"显卡(?:的)?内存|卡的内存|\bmemory (?:of|on|in) (?:the |my |our )?(?:\w+ )?(?:gpu|card)\b|\bon the "
        r"gpu\b(?=.{0,30}\b(?:free|left|mb|gb)\b)|\bgpu\b(?= (?:is|was|gets) full)"
    ),
    Thing.HOST_MEMORY: (
        r"(?<!v)(?<!video )(?<!gpu )(?<!card )(?<!graphics )\bRAM\b|\b(?:host|system|main|physical|machine'?s?|"
        r"container'?s?|pod'?s?) memory\b|\bmemory (?:limit|cap|quota)\b|\bswap\b|\bOOM[- ]?kill\w*|"
        r"(?<!显)(?<!显卡)(?<!显卡的)(?<!GPU)(?<!GPU )(?<!共享)(?<!卡的)内存"
    ),
    Thing.SHM: (
        r"/dev[/]shm|"
        r"(?<![\w-])shm(?:[-_ ]?size)?\b|--ipc\b|\bipc[:=]|(?<!GPU )\bshared[- ]mem(?:ory)?\b|共享内存|\bbus "
        r"error\b|\bsignal 7\b|\bSIGBUS\b"
    ),
    Thing.LIBRARY: (
        r"\b(?:lib)?(?:cudnn|cublas(?:lt)?|cudart|cufft|curand|cusolver|cusparse|nvrtc|nvjitlink)\w*(?:\.(?:so|"
        r"dll)[\d.]*)?|\b(?:cuda|nvidia|gpu) (?:\w+ )?(?:librar\w+|dlls?|sos?|shared object)\b|\blibrar\w+ of cuda\b|"
        r"\b(?:piece|part) of (?:the )?cuda\b|(?:cuda|cudnn|显卡)的?(?:\S{0,4})(?:动态)?(?:链接)?库|\b(?:so|dll) "
        r"(?:file )?of (?:cudnn|cublas|cuda)|\bnvidia (?:math |runtime )?librar\w+|\bcuda (?:math|runtime) \w+"
    ),
    Thing.SEARCH: (
        r"\bLD_LIBRARY_PATH\b|\b(?:library|loader|linker|search|dll)(?:'s)? (?:search )?paths?\b|\blinker\b|"
        r"\bdynamic(?:ally)? load\w*|\bloader\b(?=.{0,40}\b(?:find|locat|complain|librar))|\bldconfig\b|\bdll\b|"
        r"库路径|搜索路径|环境变量|动态库|链接库"
    ),
    Thing.CUDA: r"\b(?:CUDA|cuDNN|TensorRT|cuBLAS)(?![_.])|\btoolkit\b|\bCUDA ?runtime\b|\bcu1[123]\d?\b|\bruntime\b",
    Thing.DRIVER: r"\bdrivers?\b|驱动",
    Thing.VERSION: (
        r"\bversions?\b|(?<![\d.:/-])\d+\.\d+(?![\d:%])|\b(?:CUDA|cuDNN|driver) ?v?\d+|\b(?:eight|nine|eleven|twelve|"
        r"thirteen)\b|\b4[5-9]\d series\b|\bseries\b|版本|版|(?<=for )\d{1,2}\b|(?<=have )\d{1,2}\b|(?<=wants "
        r")\d{1,2}\b|(?<=needs )\d{1,2}\b|(?<=on )\d{1,2}\b|\b[45]\d\d(?:\.\d+)?\b(?= (?:以上|or|driver|series|"
        r"branch)|，|,)|\bcu\d{2,3}\b|驱动(?:版本)?(?:还|只)?是? ?\d+"
    ),
    Thing.BUILD: (
        r"\b(?:build|builds|built|binar(?:y|ies)|wheels?|compiled|prebuilt|releases?|packages?|images?|torch|pytorch|"
        r"onnxruntime(?:-gpu)?|library|toolkit)\b|安装包|安装的?版本|当前版本|预编译|编译|torch|镜像|轮子|"
        r"\binstallation\b|\bdistribution\b|\bcontainer\b|\bbrings\b"
    ),
    Thing.ARCH: (
        r"\bcompute capabilit\w+|\bcapability\b|\bsm_?\d\d\b|\b(?:gpu |card )?architecture\b|\b(?:kepler|maxwell|"
        r"pascal|volta|turing|ampere|lovelace|hopper|blackwell)\b|\bkernels? for (?:my|this|the|that)\b|\bkernel "
        r"images?\b|算力|架构|计算能力|\bno kernels?\b|\bsm_?\d\d\b|\bcc ?\d\.\d\b|\bgeneration of (?:cards|gpus)\b|"
        r"\bkernels?\b(?= for)|显卡(?:代|架构)|\bkernel image\b|可用的? ?kernel|\bkernel\b(?=.{0,20}(?:device|gpu|"
        r"card))"
    ),
    Thing.ORT: r"\bonn[xr]+ ?-?runtime\b|\bORT\b|\bonnx\b|\bonnxruntimes\b",
    Thing.CPU_WHEEL: (
        r"\bonnxruntime(?![-_ ]?(?:gpu|extensions|web|node|genai|directml|openvino|silicon|training|rocm)|\w)|"
        r"\b(?:plain|normal|regular|ordinary|standard|bare|cpu(?:[- ]only)?) (?:one|flavou?r|build|wheel|version|"
        r"package|variant|edition|onnxruntime|onnx)s?\b|不带 ?-?gpu|CPU ?(?:版|包|的包|那个)|\bnon[- ]?gpu "
        r"(?:onnxruntime|one|version|build|package|wheel)?|\bcpu (?:onnx\w*)|普通的?(?:那个|版|onnxruntime)?|不带gpu|"
        r"CPU ?版本|\bnot gpu\b|\bCPU onnx\w*"
    ),
    Thing.GPU_WHEEL: (
        r"\bon[nx]+runtime[\W_]{0,3}gpu\b|\bgpu (?:one|flavou?r|build|wheel|version|package|variant|edition|"
        r"onnx\w*)s?\b|-gpu (?:one|flavou?r|build|wheel|version|package|variant)|\bGPU ?(?:版|包|的包|那个)|带 ?gpu "
        r"的|(?<!non )(?<!non-)\bgpu (?:onnx\w*)|\bthe gpu (?:one|variant)\b|一个 ?gpu|GPU ?版本|\bgpu and not gpu\b"
    ),
    Thing.PROVIDER: (
        r"\bproviders?\b|\b(?:cuda|CPU)ExecutionProvider\b|\bdevice list\b|\blist of (?:devices|backends)\b|"
        r"\bexecution (?:devices?|backend)\b|后端|执行提供|可用(?:的)?设备|get_available_providers|\bavailable "
        r"devices?\b"
    ),
    Thing.WORKERS: (
        r"\bnum_?workers?\b|\b(?:\d+|several|multiple|many|two|more) (?:\w+ )?(?:workers|processes)\b|\bmore than "
        r"(?:one|1|zero|0) workers?\b|\bworkers\b|\bmulti-?process\w*|多(?:个)?进程|worker|\b\d+ workers\b|\bbatch\b"
    ),
    Thing.NO_WORKERS: (
        r"\b(?:num_?workers?|workers?(?:_per_\w+)?)\W{0,4}(?:(?:=|is|to|of|set to|at)\W{0,2})?(?:0|zero|none)\b|"
        r"\b(?:zero|no|without(?: any)?|"
        r"0) (?:\w+ )?workers\b|(?:^|\W)zero (?:is|works|goes|runs)|\b(?:with|at|to) (?:zero|0)\b|\bin (?:the )?main "
        r"process\b|\bsingle[- ]process\b|\bNUM_WORKERS\W{1,3}0\b|(?:workers?|进程数?)\S{0,6} ?(?:改成|设成|设为|改为|"
        r"调成|=) ?(?:0|零)|不(?:用|开)多进程|单进程|\bput(?:ting)? (?:it (?:at|to) )?0\b|\bnum_?workers? ?(?:=|==|to|"
        r"at|of) ?0|\bzero\b|\b(?:equal|equals|等于|设|改)\S{0,3} ?(?:0|零)\b|等于 ?0|为 ?0|(?:改|设)成?(?:零|0)|"
        r"\bnone\b(?= (?:it|works))|\bwithout (?:them|workers|multiprocessing)|\bturn(?:ing|ed)? (?:them|workers|it) "
        r"off|\bsingle\b|\boff\b(?= ?[-:,])|\b(?:switch|turn)\w* (?:it )?off\b|关(?:掉|闭)多进程"
    ),
    Thing.LOADER: (
        r"\bdata[- ]?loaders?\b|\bloader\b|\bload(?:ing|s)? (?:the )?(?:data|batch\w*)|\bload data\b|\bdatasets?\b|"
        r"\bfirst batch\b|\bnum_?workers?\b|\btorch load\b|(?:加载|读取?)数据|数据(?:加载|读取)|数据集|"
        r"\bmultiprocess(?:ing)? data\b|\bdata load\w*|\bepoch\b|\btraining\b|训练|epoch"
    ),
    Thing.PROCESS: (
        r"\bprocess(?:es)?\b|\bworkers?\b|\bsub-?process\w*|\bchild(?:ren)?\b|\bcontainers?\b|\bpods?\b|\bservices?\b|"
        r"\bkernel\b|\bprogram\b|\bscript\b|\bserver\b|\bapp\b|\bpython(?:\.exe)?\b|进程|程序|服务|容器|worker|软件"
    ),
    Thing.CHILD: (
        r"\bchild(?:ren)?\b|\bsub-?process\w*|\bforked\b|\bpool (?:members?|workers?|process\w*)|\bworkers?\b|"
        r"\bmultiprocessing\b|\bProcess\(|\bin (?:that|the other|the new|another|a second|a new) process\b|\bcop(?:y|"
        r"ies)\b|\bafter (?:the |a )?fork\w*|子进程|工作进程|另一个进程|新进程|\bkids\b|\bsecond (?:process|is "
        r"forked)\b|\bforked from\b|worker|\bprefork\b|子进程|\bforked (?:thing|process)|\bworkers? can(?:'t|not)\b"
    ),
    Thing.PARENT: (
        r"\bparent\b|\bmain process\b|\bmaster\b|\bat import\b|\bwhen (?:it is )?imported\b|\bat the top\b|"
        r"\bbefore(?:hand)?\b[^.;]{0,30}\bfork\w*|\bpre-?load\w*|\balready (?:set up|initiali[sz]ed|sits|on the "
        r"(?:card|gpu))|父进程|主进程|启动前|先(?:用|加载|初始化)|\bfrom the parent\b|\bfirst one has\b|\bbefore "
        r"forking\b|预加载|主进程|\babove it\b|\bglobal model\b|\bmodule level\b|\bat (?:the )?module\b|主进程已经|"
        r"全局(?:变量|模型)?"
    ),
    Thing.FORK: (
        r"\bfork\w*|\bspawn\w*|\bstart[- ]method\b|\bdefault way of starting\b|\bmultiprocessing pool\b|\bprocess "
        r"pool\b|\bpool\b|\bmultiprocessing\b|\bProcess\(|\bmakes copies\b|\bpreload\b|启动方式|派生|多进程"
    ),
    Thing.DAEMON: r"(?<!response from )(?<!docker )\bdaemon(?:ic|s|ized)?\b|守护",
    Thing.INSIDE: (
        r"\b(?:inside|within|from) (?:of )?(?:a |an |the |another |my )?(?:\w+ )?(?:pool|worker|process|task|child)\b|"
        r"\bnested\b|\bchild\w* (?:\w+ ){0,4}(?:children|child\w*)|\bitself\b|\b(?:own|another|further|more) (?:\w+ "
        r")?(?:process(?:es)?|pool|children|workers?)\b|(?:里|中|内)(?:面)?(?:再|又)|嵌套|\b(?:kids|children)\b|"
        r"\bfrom (?:inside|within)\b|\bprefork\b|\bcelery\b|里面?(?:不能)?(?:再)?(?:起|开|建)|再(?:起|开|建|启动)|"
        r"\bpool\.map\b|\btheir own\b|里的(?:任务|进程)"
    ),
    Thing.GUARD: (
        r"__main__|__name__|\bmain[- ](?:guard|check|idiom)\b|\b(?:the|that|a|no) guard\b|\bif[- _\[\x22]']*name\b|"
        r"\bname\W{1,4}(?:is|equals|==?)\W{1,4}_*main\b|\bfreeze[_ ]support\b|主模块|入口(?:判断|保护)|if ?__name__|"
        r"\bif __name__|\b__main__ (?:condition|check|block)|\bmain (?:condition|block|clause)\b|freeze_support|"
        r"\bname[- ]main\b|\bno main (?:function|method|part)\b|\b(?:at|on) (?:the )?top[- ]level\b|\bmain thing\b|"
        r"main ?判断|main ?函数(?:保护|判断)"
    ),
    Thing.MAIN_RUN: (
        r"\bbootstrap\w*|\bstarts? itself (?:over|again)\b|\bre-?runs? (?:the |my )?(?:whole )?(?:script|file|main|"
        r"module)|\bmodule is (?:loaded|imported|run|executed) again\b|\bstart(?:s|ing)? (?:a |another |new )?(?:new "
        r")?(?:process\w*) before\b|\bopens (?:itself "
        r")?(?:again and again|endless)|引导阶段|反复(?:启动|执行|打开)自己|重复(?:执行|运行)(?:整个)?(?:脚本|主)|"
        r"\bopens? dozens\b|\bdozens of (?:pythons?|process\w*|windows)\b|\bover and over\b|\bagain and again\b|"
        r"\bendless\w* (?:process\w*|windows|start\w*)|\bruns? (?:itself )?(?:twice|many times)|最外层|"
        r"开(?:了)?(?:一堆|很多|无数)|无限(?:启动|创建|弹)|无限(?:递归|循环)?(?:启动|创建|开)|递归启动|\brecursive\w*|"
        r"\bforever starts\b|(?:出[现現]|开了?|起了?)(?:大量|許多|许多|很多|一堆|无数|無數)\S{0,4}(?:进程|進程|窗口)|"
        r"(?:进程|進程)数?(?:一直|不断)?增(?:加|多)|\bopens? many (?:copies|windows)|\bmany (?:copies|instances|"
        r"windows) of\b"
    ),
    Thing.QUEUE: (
        r"\bqueues?\b|\b(?:frame |ring )?buffers?\b|\bput(?:\(\)|s)?(?= (?:times? out|timed|call|raises|fails|blocks|"
        r"never|waits))|\bput\(\)|\bget(?:\(\))?(?= (?:from|times? out|timed|call|raises))|\bget\(\)|\bhand-?off\b|"
        r"\bchannel\b|\bbacklog\b|队列|缓冲|取数据|\bget\(\) until\b|\bbuffers?\b|\bpipes?\b(?!line)|"
        r"\bqueue\.(?:Full|Empty)\b|"
        r"\bFull\b|\bEmpty\b|\bframe queue\b|\bput on\b|\bmux stage\b(?= timed)"
    ),
    Thing.AHEAD: (
        r"\bproducers?\b|\bupstream\b|\b(?:stage|step|process|thread|one|part|module|node) (?:before|ahead|in "
        r"front)\b|\b(?:previous|earlier|preceding|prior) (?:stage|step|process|thread|module)\b|\bfeed(?:er|ing)\b|"
        r"\brender(?:er|ing thread)\b|\breader\b|\bsender\b|\bextract(?:or|ion)\b|\bsource\b|前(?:面|一个?|置)(?:的|"
        r"那个)?\S{0,6}(?:步|环节|阶段|进程|模块|线程)|前一步|上游|生产(?:者|端)|上一(?:步|环节|阶段)|生产进程|"
        r"\binference\b|\bdecoder\b|\bwhoever (?:should )?fill|\bsupplier\b|\bfeeding\b|\bgenerator\b|\bcapture\b|"
        r"\bextraction\b|推理(?:进程|端|线程)?|解码端|发送端|特征|\b(?:worker|process|stage|one) in front\b|"
        r"\bnobody\b(?= has fed)|生产(?:那边|者|端|方)?|前端进程"
    ),
    Thing.BEHIND: (
        r"\bconsumers?\b|\bdownstream\b|\b(?:stage|step|process|thread|one|part|module) (?:after|behind)\b|\bother "
        r"(?:side|end)\b|\b(?:next|following|receiving|second) (?:stage|step|process|thread|side|end)\b|\bwriter\b|"
        r"\bmuxer\b|\breader on\b|\breceiver\b|\bdrawing process\b|下游|消费(?:者|端|进程)|后(?:面|一个?)(?:的|"
        r"那个)?\S{0,6}(?:步|环节|阶段|进程|模块|线程)|接收(?:端|方)|取的(?:那)?一?(?:方|边|端)|\bencoder\b|\bdrawing "
        r"stage\b|\bsink\b|\bcompositor\b|\bconsuming\b|\bwhoever (?:should )?(?:take|read)|接收的?(?:进程|端|方)?|"
        r"绘制|渲染端|写(?:入)?(?:端|进程)|合成进程|\breading end\b|\bthat should read\b|\bmux stage\b|消费者?|"
        r"\breader\b"
    ),
    Thing.RESULT: (
        r"\bframes?\b|\bitems?\b|\bresults?\b|\bbatch(?:es)?\b|\bdata\b|\bsamples?\b|\bmessages?\b|\bchunks?\b|"
        r"\bpictures\b|\banything\b|\bnothing\b|帧|结果|数据|样本|消息|东西"
    ),
    Thing.TASK: (
        r"\b(?:job|task|request|render|rendering|generation|video|workflow|prompt|submission|run)s?\b|任务|作业|作品|"
        r"视频|合成|生成|\bwhatever I send\b|\bone\b(?= failed)|提交"
    ),
    Thing.OLD_TASK: (
        r"\b(?:previous|earlier|old|last|former|first|stale|ghost|zombie|orphan\w*|(?:cancel\w*|delet\w+|abort\w*|"
        r"interrupt\w*|crash\w*|fail\w*|kill\w*|stopp\w+|revok\w+|removed|dead|unfinished|half[- ](?:done|finished))) "
        r"(?:\w+ ){0,2}?(?:job|task|request|render|rendering|generation|video|workflow|prompt|submission|run)s?\b|"
        r"\b(?:job|task|request|render|rendering|generation|video|workflow|prompt|submission|run)s? (?:was |got |has "
        r"been |had been |that (?:was |I )?)?(?:cancel\w*|delet\w+|abort\w*|interrupt\w*|crashed|killed|revok\w+|"
        r"stopped)|\b(?:cancel\w*|delet\w+|abort\w*|interrupt\w*|stopp?(?:ed|ing)|kill(?:ed|ing)|revok\w+|removed) "
        r"(?:a |an |the |my |one |it|another|that|half)(?:\w+ ?){0,3}|\bcanc?elled one\b|\b(?:after|since) (?:the |a |"
        r"an )?(?:power (?:cut|loss|outage)|blackout|crash|failed (?:job|run)|cancel\w*|reboot|restart)|\brevoked\b|"
        r"(?:上次|之前|上一个|前一个|昨天|原来)\S{0,8}(?:任务|作业|作品|视频|生成)|(?:中途|做到一半|没做完|未完成)|"
        r"(?:任务|作业|作品|视频)\S{0,6}(?:取消|删|中断|终止|断)|(?:取消|删(?:除|掉|了)|中断|终止|停电|断电|"
        r"失败(?:一次|过|了)?)\S{0,4}(?:之?后|以后|的|了|过|，)|死掉的任务|\b(?:pressed|hit|clicked) (?:on )?(?:stop|"
        r"cancel|abort)\b|\bafter (?:I |we )?(?:press\w*|hit\w*|cancel\w*|stopp\w*|interrupt\w*|kill\w*)|\bone "
        r"failed\b|\bfailed (?:one|job)\b|失败(?:之)?后|一次失败|(?:进行中|没跑完)的?(?:任务|作品)|终止后|取消后|昨天|"
        r"\b(?:closed|quit|exited|killed) (?:the |my )?(?:app|program|browser|window|it)\b|\b(?:job|task|worker|"
        r"process) that (?:died|crashed|was killed|failed)|强制?(?:关|结束|退出)|卡死(?:的)?(?:任务)?|之前有个"
    ),
    Thing.NEW_TASK: (
        r"\b(?:new|next|later|each new|every new|all later|subsequent|following|other|second|another) (?:\w+ "
        r")?(?:(?:job|task|request|render|rendering|generation|video|workflow|prompt|submission|run)s?|ones?)\b|"
        r"\b(?:two|ones|those|others|everything|all) (?:behind|after) (?:it|that)\b|新(?:的|建|提交|任务|作品|视频)|"
        r"后面(?:的|新|提交)?\S{0,4}(?:任务|作品|视频|都)|之后(?:再)?(?:提交|生成|做)|再(?:次)?(?:提交|生成|做|合成)|"
        r"其他任务|别的任务|今天新|\b(?:whatever|everything|anything) I (?:send|submit|start)\b|\ball (?:the "
        r")?(?:other|later|new)\b|\bothers\b|新(?:的)?提交|今天(?:所有|新)|再(?:怎么)?提交|之后\S{0,4}提交|\banything "
        r"new\b|\bnothing new\b|\banother(?: one)?\b|别的都"
    ),
    Thing.LOCK: (
        r"\blocks?\b|\bflags?\b|\bmutex\b|\bsemaphore\b|\bslots?\b|\bstate\b|\bstatus\b|锁|标志|标记|状态|名额|"
        r"\bdatabase\b|数据库|\bredis\b|\bkey\b"
    ),
    Thing.FACE: (
        r"\bfaces?\b(?! (?:swap\w*|enhanc\w*|fusion|restor\w*|model))|\b(?:people|persons?|heads?) in\b|\b(?:two|"
        r"several|three) (?:people|persons?)\b|\bnobody in\b|人脸|(?:检测|识别)\S{0,2}脸|正脸|侧脸|脸(?!部)|背对|"
        r"\bperson turns\b|\bturns? (?:away|around)\b|\b(?:looks?|facing) away\b|\bprofile view\b|两个人|几个人|多个人"
    ),
    Thing.MEDIUM: (
        r"\.?\b(?:wave?|mp3|mp4|m4a|flac|ogg|aac|amr|mov|mkv|avi|webm|jpe?g|png|gif|heic|audio|video|image|picture|"
        r"photo|footage|clip|recording|portrait)s?\b|\bmoov\b|音频|视频|图片|照片|素材|录音|文件"
    ),
    Thing.CODEC: (
        r"\bcodecs?\b|\bencod(?:ing|ed as)\b|\b(?:file )?formats?\b|\bcontainer format\b|\bextension says\b|"
        r"\brenamed\b|编码|格式|后缀|转(?:码|一遍|成)|\bHEVC\b|\bh\.?26[45]\b|\bvp9\b|\bav1\b|\bheader\b|"
        r"\bre-?encod\w+|\bconvert\w*"
    ),
    Thing.FFMPEG: r"\bff(?:mpeg|probe)\b",
    Thing.PACKAGED: r"\bpy-?installer\b|\bpy2exe\b|\bcx_?freeze\b|\bnuitka\b|\bpackaged\b|打包|\bexe\b|\bfrozen\b",
    Thing.GPU_OPTION: r"\b(?:cuda|gpu)\b(?= (?:as|option|mode|provider|device|in))|\boption\b|\bsettings?\b|选项|设置",
}
RIVALS: dict[StrEnum, tuple[Thing, ...]] = {
    Thing.GPU: (Thing.CPU,),
    Thing.CPU: (Thing.GPU,),
    Thing.GPU_MEMORY: (Thing.HOST_MEMORY,),
    Thing.HOST_MEMORY: (Thing.GPU_MEMORY,),
    Thing.AHEAD: (Thing.BEHIND,),
    Thing.BEHIND: (Thing.AHEAD,),
}
"""What is said behind one of these is not said of the other."""
