"""The words for how much is at work: speed, the GPU, the CPU, their memory; English and Chinese."""

from __future__ import annotations

from heygem_core.diagnosis.logs.claims_kinds import Claim

_GPU = r"(?:GPUs?(?! KV)|CUDA|graphics card|显卡)"

LOAD: dict[Claim, tuple[str, ...]] = {
    Claim.PAUSES: (
        r"\b(?:stalls?|hangs?|stuck|waits?|freezes|pauses?|sits)\b.{0,24}\bfor (?:\w+ ){0,2}\d[\d.]*(?: ?- ?\d+)? ?"
        r"(?:secs?|seconds?|mins?|minutes?|hours?)\b.{0,24}\b(?:before|then|until)\b.{0,24}\b(?:return|finish|continu|"
        r"generat|produc|complet|proceed|goes on|carries on|works)",
    ),
    Claim.SLOW: (
        r"\b(?:after|wait\w*|cancel\w*|stopp\w*|at|for|over|than) (?:\w+ )?\d+(?:\.\d+)? ?hours?\b|\b(?:elapsed|"
        r"inference|processing|"
        r"generation|running) time\b.{0,40}\b\d[\d.]* ?(?:hours?|minutes?|mins?)\b",
        r"\bhow (?:much time|long)\b.{0,40}\b(?:generat\w+|render\w*|process\w*|infer\w*|treat|video|produce)\b|"
        r"\b\d+ ?(?:hours?|minutes?) later\b",
        r"\d+ ?分(?:多|半)?(?:多)?钟|\d+ ?个?多?小时.{0,6}(?:才|跑|完)|(?:提升|提高|加快|优化).{0,4}速度|太久|极慢|"
        r"\d+ ?s(?:ec)?/it\b",
        r"(?<!using a )\b(?:(?:ver|extreme|real|quite|super|pretty|painful|terrib|unbearab)\w* |so |too+ |much |"
        r"way )?slow(?:er|ly|ness|down)?\b"
        r"(?! (?:image|tokenizer|path|motion|processor|go|drift|get|los|fall|fill|grow|increas|leak))|"
        r"\bslow(?:s|ed|ing)? down\b",
        r"\b(?:tak(?:e|es|ing)|took|costs?|need(?:s|ed)?|spen[dt]s?|use[sd]?|requires?) (?:me )?(?:about |around |"
        r"nearly |over |more than |up to |roughly |almost |at least |like )?"
        r"(?:(?:a|so|too|very|really|quite) (?:very |too |really )?long|forever|ages|hours|minutes|half an hour|(?:an|"
        r"several|many|a few) (?:hours?|minutes?|min)|\d[\d.]* ?(?:hours?|hrs?|h|minutes?|mins?)\b)",
        r"(?<!only )(?<!just )(?<!\d)\d[\d.]* ?(?:minutes?|mins?|hours?|hrs?) (?:to|for) (?:generate|render|process|"
        r"make|create|infer|produce|complete|finish|transcribe|synthesi[sz]e)\b",
        r"\b(?:consum\w+|tak\w+|cost\w*|spend\w*|need\w*) (?:\w+ )?more time|\blonger than (?:\w+ ){0,3}CPU\b",
        r"\btakes? (?:\w+ ){0,3}\d[\d.]* ?(?:s|secs?|seconds?)\b|\blong (?:time|wait) (?:to|for|before)",
        r"\bcan(?:not|'t) keep up\b|\blag(?:s|gy|ging)?\b|\bnot real[- ]?time\b",
        r"(?:要|得|需要|花了?) ?\d+ ?多?秒\S{0,4} ?(?:才|响应|出)",
        r"\blong processing times?\b|\btak(?:es?|ing) (?:a good )?\d+ ?(?:h|hrs?|hours?)\b|"
        r"fps ?(?:\S{0,4}时候)?\S{0,3}(?:很低|太低|只有|才)",
        r"\bonly \d+(?:\.\d+)? ?(?:tokens?|it|steps?|fps|frames?)/s(?:ec)?\b",
        r"\b(?:latency|delay) (?:is|was|gets?|goes|becomes?|keeps?|of)\b[^.;]{0,24}\b(?:large|high\w*|big\w*|huge|"
        r"long\w*|"
        r"increas\w+|grow\w*|seconds?)|\b\d+(?:\.\d+)? ?(?:hours?|h|min(?:ute)?s?) for (?:a |an |one |my "
        r")?\d+(?:[.:]\d+)?[- ]?"
        r"(?:min(?:ute)?|sec(?:ond)?|s)s?\b",
        r"\btime\b.{0,40}\b(?:too|so|very|really|quite|extremely) (?:long|much|high)\b",
        r"\b(?:how|ways?|possible|help|want|need|like|can|could)\b.{0,30}\b(?:speed (?:\w+ ){0,3}up|accelerate|"
        r"(?:run |be |make \w+ |go )faster|(?:reduce|shorten|improve|optimi[sz]e|increase) (?:the |"
        r"my )?(?:\w+ )?(?:time|"
        r"latency|speed|fps|frame ?rate|performance))\b",
        r"加速(?:办法|方法|推理|一下|呢|吗)|(?:怎么|如何|怎样|才能|办法|能不能|可以).{0,10}(?:加速|提速|更快|快一点|"
        r"达到 ?\d+\+? ?"
        r"(?:fps|帧))|(?:做不到|达不到|不能|无法|没法)实时|[一]?卡一卡|一顿一顿|断断续续|断续",
        r"\b(?:low|poor|bad|terrible|disappointing) (?:\w+ )?(?:speed|throughput|performance)\b|\b(?:speed|"
        r"performance|throughput)\b "
        r"(?:is |was )?(?:\w+ )?(?:low|poor|bad|terrible|disappointing)\b|\brtf\b.{0,30}\b(?:greater|more|larger|"
        r"higher|above|over) (?:than )?1\b|"
        r"\brtf\W{1,4}[1-9]\d*\.\d",
        r"(?:花费?|消耗|耗费|占用)(?:了|掉)?\S{0,2}(?:巨量|大量|很多|较多|太多|不少)\S{0,2}时间|(?:提高|提升|优化|"
        r"加快|改善).{0,8}(?:速度|性能|效率|帧率|实时性)|"
        r"(?:帧率|速度|性能)\S{0,4}(?:下降|降低|变慢|上不去)|(?:每帧|单帧|一帧|单张)\S{0,6}\d{2,} ?(?:ms|毫秒|s|秒)|"
        r"rtf ?(?:大于|超过|高于) ?1|(?:如何|怎么|怎样|才能|能否).{0,30}(?:速度|帧率|延迟|fps).{0,12}(?:达到|降到|"
        r"降低)|(?:达到|做到|实现)\S{0,4}实时",
        r"慢|耗时|(?:用了?|花了?|需要|要等?|等了?|跑了?|消耗)(?:大约|大概|差不多|将近|快|约)?\s*(?:\d[\d.]*|几|十几|"
        r"几十|半|一|两|三)\s*(?:个)?(?:多)?(?:小时|分钟|min)|要等大?约?\s*\d+",
        r"卡顿|延迟|跟不上|不流畅|需要\S{0,2}\d{3,}多?秒|提速",
        r"(?:\bno|\bnot|n't|\bwithout) (?:\w+ ){0,3}(?:improvements?|speed-?ups?|gains?|benefits?)\b.{0,24}\b(?:time|"
        r"speed|performance|latency)\b|"
        r"\bunable to get the performance",
    ),
    Claim.OUT_OF_SYNC: (r"\bout of sync\b|\bde-?sync\w*|\bstutter\w*|音画不同步|不同步|对不上",),
    Claim.LOW_FPS: (
        r"\b(?:only|just|about|around|at|drops? to|达到|只有|只能|大约|大概|降到|在)\W{0,3}(?:\w+ )?(?:[1-9]|1\d|"
        r"2[0-4])(?:\.\d+)?(?:左右)? ?(?:fps|frames? per|帧)",
        r"\b(?:between|from|stays?|stuck|gets?|getting|runs?|running|reach\w*)\b.{0,16}?(?<![\d.])(?:[1-9]|1\d|2[0-4])"
        r"(?:\.\d+)? ?(?:fps|frames? per)|\bfps (?:is |are )?(?:stuck|stays?|sits?) (?:at|on|around) (?:0?\.\d|"
        r"[1-9]\b|1\d\b|2[0-4]\b)",
        r"(?<![\d.])(?:0?\.\d+|[1-9]|1\d) ?(?:frames?|fps) ?/ ?s(?:ec\w*)?\b|\b(?:only|just) (?:about |"
        r"around )?(?:[1-9]|1\d|2[0-4]) frames\b|\blow (?:fps|frame ?rate)|\bfps (?:is|was|drops?|only|"
        r"too) (?:very |too )?(?:low|only|[1-9]\b|1\d\b|"
        r"2[0-4]\b)|frames? (?:rate )?(?:are|is) in (?:the )?single digits?|single[- ]digit fps",
        r"帧率(?:很|太|只|低|上不去|不够)|(?:大概|左右|大约|也就|才|仅)\S{0,4}?(?<!\d)\d ?(?:fps|帧)|fps ?(?:很|太|"
        r"只有|只能|较|比较|低|上不去)|(?:只能|只有|才)(?:达到|"
        r"跑到|到|有)? ?\d{1,2} ?(?:fps|帧)|最多 ?\d{1,2} ?(?:fps|帧)",
    ),
    Claim.GPU_IDLE: (
        rf"\b{_GPU}\b.{{0,60}}?(?:(?<!\d)0(?:\.0)? ?%|\bat 0\b|stays? (?:at )?(?:0|idle|low)|\bidle\b|"
        rf"\bis (?:also )?(?:at )?(?:zero|0)\b)",
        rf"\b{_GPU}\b (?:\w+ ){{0,3}}?(?:(?:isn'?t|wasn'?t|aren'?t|doesn'?t|don'?t) (?:being |get |seem to be |"
        rf"really )?(?:used?|utili[sz]ed|work\w*|active|do|load|kick)|(?:is|are|sits?|stays?|"
        rf"remains?) (?:\w+ )?(?:unused|idle))",
        rf"\b{_GPU}\b.{{0,20}}?(?:\bnot|\bnever|n't|\bhardly|\bbarely) (?:seem to |appear to |really |"
        rf"actually )?(?:be )?(?:being |getting )?(?:used|utili[sz](?:ed|ing)|"
        rf"working|work|"
        rf"running|run|"
        rf"doing|active|detected|recogni[sz]ed)",
        rf"(?:\b(?:not|does(?: not|n't)|do(?: not|n't)) (?:seem|appear) to|\bnot|n't|\bnever|\bwithout|\bcannot|"
        rf"can't|unable to|fails? to|failed to|"
        rf"refus\w+ to) (?:be(?:ing)? )?(?:us(?:e|es|ing)|utili[sz](?:e|es|ing)|run(?:s|ning)? on|detect(?:ing)?|find|"
        rf"see|recogni[sz]\w+|work(?:ing)? (?:with|on)) (?:the |my |any |a |of the |on )?(?:nvidia )?{_GPU}\b",
        rf"{_GPU} ?(?:\S{{0,8}})(?:几乎|基本|完全|一直|并|根本)?(?:没|没有|未|不|无法)(?:怎么|被|有|能)?(?:使用|用到|"
        rf"用上|用起来|调用|动|占用|工作|负载|跑|在用|用|反应|上|调)",
        rf"{_GPU} ?(?:的)?(?:利用率|占用率?|使用率|负载)(?:几乎|一直|始终|基本|都|只|最多|才)?(?:是|为|有|在|"
        rf"不到)? ?(?:\d ?%|0|1|"
        rf"2)(?![\d.])|{_GPU}(?:也|都|一直)?(?:是|为) ?0(?!\d)|利用率(?:也)?没有上来|{_GPU}空闲",
        rf"(?:没有|没|不|未|无法|不能)(?:怎么)?(?:使用|用到|用上|调用|走|用|跑在|识别到?)\s*(?:到)?\s*{_GPU}",
        rf"\b0 ?% (?:of (?:the |my )?)?{_GPU}",
        rf"\bno {_GPU} (?:is |was |are |were )?(?:being )?(?:used|utili[sz]\w+|usage|activity|load|"
        r"working|running|active)",
        rf"(?:\bnot|n't) (?:indicat\w+|show\w*|see\w*) (?:that )?(?:the |my |any )?{_GPU} (?:is |"
        rf"was )?(?:being )?(?:used|"
        rf"utili[sz]\w+|usage|activity|load)",
        r"\b0 ?(?:MB|MiB|GB|GiB) (?:of )?(?:VRAM|GPU memory|显存)|\bnvidia-smi\b.{0,30}\b(?:shows?|lists?) "
        r"(?:nothing|no "
        r"(?:running )?process\w*)",
        r"\b(?:VRAM|GPU memory|显存)\b.{0,24}?(?:\b(?:zero|unused)\b|\b0 ?(?:%|MB|MiB|GB|GiB)?(?![\d.])|"
        r"not (?:used|change|increas|grow))|显存\S{0,4}(?:没有?变化|没变|为 ?0|没有?占用)",
        rf"\b{_GPU} (?:usage|utili[sz]ation|load|activity)\b.{{0,12}}?\b(?:minimal|tiny|low|negligible|nothing|zero|"
        rf"none)\b",
        rf"\b(?:hardly|barely) us(?:es|ed|ing) (?:the |my )?{_GPU}",
        rf"\b{_GPU}\b.{{0,80}}?(?:\bnot|n't|\bnever) (?:be(?:ing)? )?us(?:e|ing) (?:it|them)\b",
        rf"\b{_GPU}\b.{{0,24}}?\bonly\b.{{0,12}}?(?<!\d)\d(?: ?- ?\d\d?)? ?%",
        rf"\b{_GPU}\b\W{{0,3}}(?:usage |load |is |at |on )*~? ?(?<!\d)\d(?:\.\d+)? ?%",
        r"\b(?:same|identical|no faster|not faster|equal)\b.{0,24}\bCPU\b",
        rf"{_GPU} ?(?:的)?(?:占用率?|利用率|使用率|负载)?\S{{0,4}}(?:不升高|不上升|没有?变化|没变|上不去|不到 ?\d ?%|"
        rf"0\.\d+ ?%)",
    ),
    Claim.GPU_LOW: (
        rf"{_GPU} ?(?:\w+ )?(?:的)?(?:利用率|占用率?|使用率|负载|资源占用|内存利用率)\S{{0,6}}(?:不是很|不太|不怎么|"
        rf"很|太|"
        rf"较|比较|非常)(?:高|低|小|少)(?<!很高)(?<!太高)",
        r"利用率(?:并)?(?:不高|不是很高|不是一直拉满|没有拉满|上不去|很低|太低|低)|(?:吃满|跑满|用满|占满|拉满|榨干) ?"
        rf"{_GPU}|{_GPU}.{{0,8}}(?:没有|没|不|才用到|只用到|只有)\S{{0,4}}(?:吃满|跑满|用满|拉满|[1-9]\d ?%)",
        rf"\b{_GPU}\b.{{0,40}}?\b(?:only|just|about|around|at)\b.{{0,12}}?(?<!\d)[1-6]\d(?: ?- ?\d\d)? ?%",
        rf"\b{_GPU}[- ]?(?:util\w*|usage|load)\b.{{0,16}}\b(?:too |very |quite |so )?low\b|\blow {_GPU} (?:util\w*|"
        rf"usage|load)",
    ),
    Claim.CPU_WANTED: (
        rf"\b(?:run|use|work|try|start|deploy|possible|install)\w*\b.{{0,24}}\bwithout (?:an? |any |the |my )?"
        rf"(?:nvidia|{_GPU})\b",
        r"\b(?:possible|can|could|want|like|how|able|way) (?:I |we |one )?(?:to )?(?:run|use) (?:\w+ ){0,3}?(?:on |"
        r"with |"
        r"the )*CPU (?:instead|only|rather)",
        rf"\b(?:don't|do not|doesn't|does not|didn't|no|without) have (?:a |an |any )?(?:\w+ )?{_GPU}\b(?! support)|"
        rf"\b(?:onboard|on-board|integrated) (?:graphics|gpu)|\bCPU[- ]only (?:machine|server|host|box)",
        r"(?:没有|无)(?:独立)?(?:显卡|GPU).{0,12}(?:能|可以|怎么|如何)|(?:支持|能用|可以用|能不能用|想用) ?CPU",
    ),
    Claim.VRAM_SHORT: (
        r"\b(?:reduc\w+|lower\w*|decreas\w+|sav\w+|minimi[sz]\w+|optimi[sz]\w+|limit\w*) (?:the |my |"
        r"its )?(?:\w+ ){0,3}?"
        r"(?:vram|gpu memory|video memory|graphics memory)\b(?! requirement)",
        r"\b(?:not enough|insufficient|lack of|struggl\w+ with|exceed\w*|us(?:es|ed|ing) up|need\w* more|too much|"
        r"hit\w* the limit of) (?:\w+ ){0,3}(?:vram|gpu (?:video )?memory|video memory|graphics memory)\b",
        r"\b(?:vram|gpu memory|video memory|graphics memory)\b (?:\w+ ){0,3}?(?:leak\w*|full|exhausted|not enough|"
        r"insufficient|too small|"
        r"runs? out|maxed|keeps? (?:growing|increasing|rising))\b",
        r"显存.{0,12}(?:不足|不够|爆|满了|占满|太小|太大|太高|越来越(?:大|多|高)|一直(?:涨|增加|增长|上升)|吃紧|溢出)|"
        r"(?:降低|减少|节省|释放|清理).{0,6}显存",
    ),
    Claim.OOM: (r"\bOOM\b(?!-?kill)|\bout[- ]of[- ]memory\b|内存溢出|爆内存",),
    Claim.ON_CPU: (
        r"\b(?:only|just|always|still|actually|instead|everything) (?:[\w\"',]+ ){0,4}?[\"'`]?(?:the |"
        r"my )?CPU(?:ExecutionProvider)?\b"
        r"(?! (?:support|machine|version))|\bCPU[- ]only\b(?! (?:tak|task|need|cost|spen|use)| \d)",
        r"\bCPU\w* (?:usage |utili[sz]ation |load )?(?:only(?! (?:tak|task|need|cost|spen|use)| \d)|instead|"
        r"(?:is |are )?(?:used|maxed|pegged)|(?:is |"
        r"reaches |at |goes |stays |near |close )*(?:at |to )?(?:9\d|100|[1-9]\d{2,3}) ?%)",
        r"\b(?:runs?|running|ran|inference|executes?|work(?:s|ing)?|fall(?:s|ing)? back|fallback|default(?:s|ing)?|"
        r"switch(?:es|ed|ing)?|loaded) (?:is |only |always |automatically )*(?:on|with|in|by|to|using|onto) (?:the |"
        r"my )?CPU(?:\b|s\b|Provider|ExecutionProvider)",
        r"\bhow (?:can|do|could|should|to) .{0,24}\b(?:switch|change|use|enable|force|make|run|get)\b.{0,24}\b(?:GPU|"
        r"CUDA)\b",
        r"\b(?:load|work|everything|burden|processing|computation|inference) (?:is |goes |"
        r"falls? )?(?:\w+ ){0,2}?(?:on|onto|to|by) (?:the |"
        r"my )?CPU\b",
        r"\bus(?:es|ing|ed) (?:the |my |only )*CPU\b|\bCPU (?:rather than|not) (?:the )?GPU|\bfrom CPU to GPU|"
        r"\bonly CPU(?:ExecutionProvider)?\b|\bCPU ?ExecutionProviders? (?:is|are) (?:loaded|used)",
        r"(?:只有|只是|只用|只使用|都是|全是|还是|一直(?:是|用)?|仍然?是?|走的?是?|在用|用的是?|使用的?是?|是用|在|"
        r"用) ?(?:用 ?)?CPU ?(?:在|跑|推理|运行|计算|工作|处理|去|了|，|。|$|\s)",
        r"\b(?:it|but|still|always|only|program|app) (?:\w+ )?use (?:the |my )?CPU\b|\bCPU\b.{0,12}\b(?:at|on|to|over) "
        r"(?:about |around |almost )?(?:[5-9]\d|100) ?%",
        r"(?:只能|仅能|仅|只会|却|则)是?(?:使用|用|调用|走|跑|在)?的?是? ?(?:用 ?)?CPU(?!版)|调用的?(?:是|了)? ?CPU",
        r"CPU ?\S{0,8}(?:满载|占满|跑满|100 ?%|飙|爆|9\d ?%|很高|倒是|几乎满)|(?:跑|运行)在 ?CPU",
    ),
    Claim.GPU_WANTED: (
        r"\bGPU",
        r"\bonly CPUExecutionProvider\b",
        r"\bcuda(?:ExecutionProvider)?\b",
        r"显卡|nvidia|\bRTX|\bGTX|\bA100\b|\bV100\b|\bT4\b|[2345]0[6789]0",
    ),
}
