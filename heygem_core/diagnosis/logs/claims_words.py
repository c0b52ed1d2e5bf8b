"""The words in which people make the claims that are read: one list of expressions per claim, English and Chinese."""

from __future__ import annotations

from enum import StrEnum


class Claim(StrEnum):
    """What a person says."""

    HANGS = "it hangs"
    WORKERS = "with DataLoader workers"
    ZERO_WORKS = "works with num_workers=0"
    ZERO_DOES_NOT = "num_workers=0 changes nothing"
    KILLED = "it is killed"
    HOST_RAM = "the host's memory is used up"
    SLOW = "it is slow"
    LOW_FPS = "few frames per second"
    GPU_IDLE = "the GPU is idle"
    ON_CPU = "runs on the CPU"
    GPU_WANTED = "a GPU is wanted"
    TASK_STUCK = "a task keeps its state"
    LEFT_OVER = "something is left over from before"
    SECOND_STUCK = "the first works, the next does not"
    OLD_TASK = "an earlier task is in the way"
    BOTH_WHEELS = "both wheels are installed"
    NO_FACE = "no face is found"
    TROUBLE = "something is wrong"


_ZERO = (
    r"(?:(?:num_?workers?|(?<!\w)workers?|n_?workers?|num_?threads?)\W{0,5}(?:=|:|is|to|of|为|设为|改为|设置为|"
    r"改成)?\W{0,3}0\b(?!\s*[.,]\d)"
    r"|0 workers|zero workers|without (?:any )?(?:num_?)?workers|(?:not|n't) set (?:the )?num_?workers?|"
    r"single[- ]process loading)"
)
_FINE = (
    r"(?:\bworks?\b|\bworked\b|\bfine\b|\bok(?:ay)?\b|\bsolve[sd]?\b|\bsolution\b|\bfix(?:e[sd])?\b|\bno (?:problem|"
    r"issue|hang|error|deadlock)|"
    r"\b(?:does|do|did)(?: not|n't) (?:hang|stop|freeze|happen|deadlock|stall|get stuck|crash)|\bruns?\b|"
    r"\bsmooth(?:ly)?\b|"
    r"\bcomplete[sd]?\b|正常|可以|没问题|没有问题|就好|不会卡|解决)"
)
_USELESS = (
    r"(?:\bno (?:change|difference|effect|help|luck)|\b(?:does|do|did)(?: not|n't) (?:help|change|work|fix|solve|"
    r"make)|\bstill\b|\bsame\b|"
    r"\balso (?:hangs?|stuck|freez|happens)|没用|无效|没有用|没有变化|不行|依然|仍然|还是|一样)"
)
_JOB = r"(?:job|task|request|generation|prompt|run|video|render|workflow|queue item|image)s?"
_GPU = r"(?:GPUs?|CUDA|graphics card|显卡)"

WORDS: dict[Claim, tuple[str, ...]] = {
    Claim.HANGS: (
        r"\b(?:hangs?|hanging|hung|stuck|freez\w+|frozen|froze|halts?|deadlock\w*|stall\w*|unresponsive|"
        r"not responding)\b",
        r"\bstops? (?:responding|working|there|when|at|after|without|mid)|\b(?:data ?loader|training|it|process|"
        r"program) stops\b",
        r"\b(?:does|do|did|will|would)(?: not|n't) (?:start|proceed|progress|continue|move|respond|finish|return|"
        r"do anything)",
        r"\bnever (?:starts?|finish\w*|returns?|ends?|completes?|proceeds?|continues?)|\bno (?:more )?(?:progress|"
        r"response)|\bnothing happens",
        r"\b(?:waits?|blocks?|runs?|running) (?:forever|infinitely|indefinitely)|\binfinite(?:ly)? (?:wait|loop|"
        r"running)",
        r"卡住|卡死|卡在|卡着|一直卡|不动|死锁|没反应|没有反应|无响应|挂起|停住|停在|阻塞|没有进展|一直转|无限等待|"
        r"假死|停滞",
    ),
    Claim.WORKERS: (
        r"\b(?:num_?workers?|n_?workers?|workers?)\b\W{0,6}(?:set to|greater than|more than|larger than|bigger than|"
        r"above|is|to|of|大于|为)?\W{0,4}(?:[1-9]\d*\b|0\b)",
        r"\b(?:several|multiple|multi|more than (?:one|1|0)|any|more) (?:data ?loader |data loading |"
        r"loader )?workers?\b",
        r"\bnum_?workers?\b|\bdata ?loader|\bdata loading|multi-?process(?:ing)? (?:data )?load",
    ),
    Claim.ZERO_WORKS: (rf"{_ZERO}.{{0,60}}?{_FINE}", rf"{_FINE}.{{0,40}}{_ZERO}"),
    Claim.ZERO_DOES_NOT: (
        rf"{_ZERO}[^,.;，。；]{{0,40}}{_USELESS}",
        rf"{_ZERO}\W{{1,3}}(?:and |but |但)?(?:it )?(?:is |was )?(?:the )?{_USELESS}",
        rf"(?:tried|even with|even at|also with|同样|即使|试过).{{0,40}}{_ZERO}(?!.{{0,60}}{_FINE})",
    ),
    Claim.KILLED: (
        r"\b(?:it|colab|kaggle|notebook|session|kernel|runtime|demo|app|program|script|training|inference|pc|computer|"
        r"webui|everything) "
        r"(?:\w+ ){0,6}?(?:crash(?:es|ed|ing)?|dies|died)\b|\b(?:is|keeps?|still|just|always|then) crash(?:es|ing|"
        r"ed)?\b|\^C exits|"
        r"\bcrash(?:es|ed|ing)? (?:every|during|when|after|at|on|due|because|with)\b|\b(?:made?|makes?) .{0,16}crash",
        r"\b(?:is|are|was|were|be|been|being|gets?|got|getting|auto(?:matically)?|workers?|process(?:es)?|"
        r"services?) (?:\w+ ){0,2}killed\b",
        r"\b(?:worker|process|service|server|container|program|python)(?:es|s)? (?:\w+ ){0,2}(?:dies|died|crash(?:es|"
        r"ed)|is dead|terminates|exits|disappears)\b",
        r"\b(?:dies|crash(?:es|ed)|exits|terminates|restarts) (?:silently|without (?:any )?(?:error|log|message|"
        r"traceback|warning)|suddenly|immediately)",
        r"[\"'`“‘]killed[\"'`”’]|kill(?:ed)?(?:了|掉)",
        r"\bkill(?:s|ing) (?:off )?(?:my |the |its |our )?(?:\w+ ){0,2}?(?:worker|process|pod|container|script|"
        r"program)",
        r"\bkeeps? (?:on )?(?:restart|respawn|dying)\w*|\brestarts? (?:itself|automatically|over and over|repeatedly|"
        r"constantly)|\bcrash ?loop",
        r"(?:进程|服务|容器|程序|worker)\S{0,6}(?:崩溃|闪退|挂了|崩了|被杀|被 ?kill|自动退出|自动重启|意外退出|消失)|"
        r"闪退|自动重启",
    ),
    Claim.HOST_RAM: (
        r"\b(?:not enough|out of|(?:us(?:es|ed|ing)|tak(?:es|en|ing)|eat(?:s|ing)|fill(?:s|ed|ing)) (?:up )?all|all|"
        r"insufficient|"
        r"more|too much|lack of|\d+ ?GB)(?: of)?(?: the| my| its| available| avilable| free| system| host|"
        r" \d+ ?GB){0,3} (?:RAM|memory)\b"
        r"(?! (?:on|of) (?:the )?GPU)",
        r"\bRAM\b.{0,24}\b(?:full|crash\w*|exhausted|exceed\w*|not enough|insufficient|100 ?%|runs? out|used up)|"
        r"\b(?:memory|RAM) (?:made?|makes?|caus\w+) .{0,12}crash|内存(?:不足|不够|爆|满|溢出|耗尽)|吃(?:满|光)内存|"
        r"内存\S{0,12}(?:占满|用完|用光|跑满|(?:9\d|100) ?%)",
    ),
    Claim.SLOW: (
        r"\b(?:after|wait\w*|cancel\w*|stopp\w*|at|for|over|than) (?:\w+ )?\d+(?:\.\d+)? ?hours?\b|\b(?:elapsed|"
        r"inference|processing|"
        r"generation|running) time\b.{0,40}\b\d[\d.]* ?(?:hours?|minutes?|mins?)\b",
        r"\d+ ?分(?:多|半)?(?:多)?钟|\d+ ?个?多?小时.{0,6}(?:才|跑|完)|(?:提升|提高|加快|优化).{0,4}速度|太久|极慢|"
        r"\d+ ?s(?:ec)?/it\b",
        r"(?<!using a )\b(?:(?:ver|extreme|real|quite|super|pretty|painful|terrib|unbearab)\w* |so |too+ |much |"
        r"way )?slow(?:er|ly|ness|down)?\b"
        r"(?! (?:image|tokenizer|path|motion|processor))|\bslow(?:s|ed|ing)? down\b",
        r"\b(?:tak(?:e|es|ing)|took|costs?|need(?:s|ed)?|spen[dt]s?|use[sd]?|requires?) (?:me )?(?:about |around |"
        r"nearly |over |more than |up to |roughly |almost |at least |like )?"
        r"(?:(?:a|so|too|very|really|quite) (?:very |too |really )?long|forever|ages|hours|minutes|half an hour|(?:an|"
        r"several|many|a few) (?:hours?|minutes?|min)|\d[\d.]* ?(?:hours?|hrs?|h|minutes?|mins?)\b)",
        r"\b(?:consum\w+|tak\w+|cost\w*|spend\w*|need\w*) (?:\w+ )?more time|\blonger than (?:\w+ ){0,3}CPU\b",
        r"\btakes? (?:\w+ ){0,3}\d[\d.]* ?(?:s|secs?|seconds?)\b|\blong (?:time|wait) (?:to|for|before)",
        r"\bcan(?:not|'t) keep up\b|\blag(?:s|gy|ging)?\b|\bnot real[- ]?time\b|\bstutter\w*|\bout of sync\b",
        r"\btime\b.{0,40}\b(?:too|so|very|really|quite|extremely) (?:long|much|high)\b",
        r"\b(?:how|ways?|possible|help|want|need|like|can|could)\b.{0,30}\b(?:speed (?:\w+ ){0,3}up|accelerate|"
        r"(?:run |be |make \w+ |go )faster|(?:reduce|shorten|improve|optimi[sz]e|increase) (?:the |"
        r"my )?(?:\w+ )?(?:time|"
        r"latency|speed|fps|frame ?rate|performance))\b",
        r"加速(?:办法|方法|推理|一下|呢|吗)|(?:怎么|如何|怎样|才能|办法|能不能|可以).{0,10}(?:加速|提速|更快|快一点|"
        r"达到 ?\d+\+? ?"
        r"(?:fps|帧))|(?:做不到|达不到|不能|无法|没法)实时|[一]?卡一卡|一顿一顿|断断续续|断续",
        r"慢|耗时|(?:用了?|花了?|需要|要等?|等了?|跑了?|消耗)(?:大约|大概|差不多|将近|快|约)?\s*(?:\d[\d.]*|几|十几|"
        r"几十|半|一|两|三)\s*(?:个)?(?:多)?(?:小时|分钟|min)|要等大?约?\s*\d+",
        r"卡顿|延迟|跟不上|音画不同步|不同步|不流畅",
    ),
    Claim.LOW_FPS: (
        r"\b(?:only|just|about|around|at|drops? to|达到|只有|只能|大约|大概|降到|在)\W{0,3}(?:\w+ )?(?:[1-9]|1\d|"
        r"2[0-4])(?:\.\d+)?(?:左右)? ?(?:fps|frames? per|帧)",
        r"\b(?:between|from|stays?|stuck|gets?|getting|runs?|running|reach\w*)\b.{0,16}?(?<![\d.])(?:[1-9]|1\d|2[0-4])"
        r"(?:\.\d+)? ?(?:fps|frames? per)|\bfps (?:is |are )?(?:stuck|stays?|sits?) (?:at|on|around) (?:0?\.\d|"
        r"[1-9]\b|1\d\b|2[0-4]\b)",
        r"\blow (?:fps|frame ?rate)|\bfps (?:is|was|drops?|only|too) (?:very |too )?(?:low|only|[1-9]\b|1\d\b|"
        r"2[0-4]\b)|frames? (?:rate )?(?:are|is) in (?:the )?single digits?|single[- ]digit fps",
        r"帧率(?:很|太|只|低|上不去|不够)|fps ?(?:很|太|只有|只能|较|比较|低|上不去)|(?:只能|只有|才)(?:达到|"
        r"跑到|到|有)? ?\d{1,2} ?(?:fps|帧)|最多 ?\d{1,2} ?(?:fps|帧)",
    ),
    Claim.GPU_IDLE: (
        rf"\b{_GPU}\b.{{0,60}}?(?:(?<!\d)0(?:\.0)? ?%|\bat 0\b|stays? (?:at )?(?:0|idle|low)|\bidle\b|"
        rf"\bis (?:also )?(?:at )?(?:zero|0)\b)",
        rf"\b{_GPU}\b (?:\w+ ){{0,3}}?(?:(?:isn'?t|wasn'?t|aren'?t|doesn'?t|don'?t) (?:being |get |seem to be |"
        rf"really )?(?:used?|utili[sz]ed|work\w*|active|do|load|kick)|(?:is|are|sits?|stays?|"
        rf"remains?) (?:\w+ )?(?:unused|idle))",
        rf"\b{_GPU}\b.{{0,20}}?\b(?:not|never|n't|hardly|barely) (?:be(?:ing)? )?(?:used|utili[sz]ed|working|work|"
        rf"running|run|"
        rf"doing|active|detected|recogni[sz]ed)",
        rf"\b(?:not|n't|n’t|never|without|cannot|can't|unable to|fails? to|failed to|"
        rf"refus\w+ to) (?:be(?:ing)? )?(?:us(?:e|es|ing)|utili[sz](?:e|es|ing)|run(?:s|ning)? on|detect(?:ing)?|find|"
        rf"see|recogni[sz]\w+|work(?:ing)? (?:with|on)) (?:the |my |any |a |of the |on )?(?:nvidia )?{_GPU}\b",
        rf"{_GPU} ?(?:\S{{0,8}})(?:几乎|基本|完全|一直|并|根本)?(?:没|没有|未|不|无法)(?:怎么|被|有|能)?(?:使用|用到|"
        rf"用上|用起来|调用|动|占用|工作|负载|跑|在用|用)",
        rf"{_GPU} ?(?:的)?(?:利用率|占用率?|使用率|负载)(?:几乎|一直|基本|都|只)?(?:是|为|有|在|不到)? ?(?:0|1|"
        rf"2)(?![\d.])|{_GPU}(?:也|都|一直)?(?:是|为) ?0(?!\d)|利用率(?:也)?没有上来|{_GPU}空闲",
        rf"(?:没有|没|不|未|无法|不能)(?:怎么)?(?:使用|用到|用上|调用|走|用|跑在|识别到?)\s*(?:到)?\s*{_GPU}",
        rf"\b0 ?% (?:of (?:the |my )?)?{_GPU}",
        r"\b(?:VRAM|GPU memory|显存)\b.{0,24}?(?:\b(?:zero|unused)\b|\b0 ?(?:%|MB|MiB|GB|GiB)?(?![\d.])|"
        r"not (?:used|change|increas|grow))|显存\S{0,4}(?:没有?变化|没变|为 ?0|没有?占用)",
        rf"\b{_GPU} (?:usage|utili[sz]ation|load|activity)\b.{{0,12}}?\b(?:minimal|tiny|low|negligible|nothing|zero|"
        rf"none)\b",
        rf"\b(?:hardly|barely) us(?:es|ed|ing) (?:the |my )?{_GPU}",
        rf"\b{_GPU}\b.{{0,80}}?\b(?:not|n't|never) (?:be(?:ing)? )?us(?:e|ing) (?:it|them)\b",
        rf"\b{_GPU}\b.{{0,24}}?\bonly\b.{{0,12}}?(?<!\d)[0-3]?\d(?: ?- ?\d\d)? ?%",
        rf"\b{_GPU}\b\W{{0,3}}(?:usage |load |is |at |on )*~? ?(?<!\d)\d(?:\.\d+)? ?%",
        r"\b(?:same|identical|no faster|not faster|equal)\b.{0,24}\bCPU\b",
        rf"{_GPU} ?(?:的)?(?:占用率?|利用率|使用率|负载)?\S{{0,4}}(?:不升高|不上升|没有?变化|没变|上不去|不到 ?\d ?%|"
        rf"0\.\d+ ?%)",
    ),
    Claim.ON_CPU: (
        r"\b(?:only|just|always|still|actually|instead|everything) (?:[\w\"',]+ ){0,4}?[\"'`]?(?:the |"
        r"my )?CPU(?:ExecutionProvider)?\b"
        r"(?! (?:support|machine|version))|\bCPU[- ]only\b",
        r"\bCPU\w* (?:usage |utili[sz]ation |load )?(?:only|instead|(?:is |are )?(?:used|maxed|pegged)|(?:is |"
        r"reaches |at |goes |stays |near |close )*(?:at |to )?(?:9\d|100|[1-9]\d{2,3}) ?%)",
        r"\b(?:runs?|running|ran|inference|executes?|work(?:s|ing)?|fall(?:s|ing)? back|fallback|default(?:s|ing)?|"
        r"switch(?:es|ed|ing)?|loaded) (?:is |only |always |automatically )*(?:on|with|in|by|to|using|onto) (?:the |"
        r"my )?CPU(?:\b|s\b|Provider|ExecutionProvider)",
        r"\bhow (?:can|do|could|should|to) .{0,24}\b(?:switch|change|use|enable|force|make|run|get)\b.{0,24}\b(?:GPU|"
        r"CUDA)\b",
        r"\bus(?:es|ing|ed) (?:the |my |only )*CPU\b|\bCPU (?:rather than|not) (?:the )?GPU|\bfrom CPU to GPU|"
        r"\bonly CPU(?:ExecutionProvider)?\b|\bCPU ?ExecutionProviders? (?:is|are) (?:loaded|used)",
        r"(?:只有|只是|只用|只使用|都是|全是|还是|一直(?:是|用)?|仍然?是?|走的?是?|在用|用的是?|使用的?是?|是用|在|"
        r"用) ?(?:用 ?)?CPU ?(?:在|跑|推理|运行|计算|工作|处理|了|，|。|$|\s)",
        r"\b(?:it|but|still|always|only|program|app) (?:\w+ )?use (?:the |my )?CPU\b|\bCPU\b.{0,12}\b(?:at|on|to|over) "
        r"(?:about |around |almost )?(?:[5-9]\d|100) ?%",
        r"(?:只能|仅能|仅|只会|却|则)是?(?:使用|用|调用|走|跑|在)?的?是? ?(?:用 ?)?CPU(?!版)|调用的?(?:是|了)? ?CPU",
        r"CPU ?\S{0,8}(?:满载|占满|跑满|100 ?%|飙|爆|9\d ?%|很高|倒是|几乎满)|(?:跑|运行)在 ?CPU",
    ),
    Claim.GPU_WANTED: (
        r"\bGPU",
        r"\bcuda(?:ExecutionProvider)?\b",
        r"显卡|nvidia|\bRTX|\bGTX|\bA100\b|\bV100\b|\bT4\b|[2345]0[6789]0",
    ),
    Claim.TASK_STUCK: (
        rf"\b(?:{_JOB}|operations?|records?|rows?|queue|它)\b.{{0,80}}?\b(?:stuck|remain\w*|stay\w*|keeps?|kept|left|"
        rf"leaving|sits?|hangs?)\b"
        rf".{{0,40}}?\b(?:in[_ -]?progress|processing|running|pending|queued|started|todo|waiting|busy|blocked|locked|"
        rf"active|executing|claimed|reserved|stuck)\b",
        rf"\b{_JOB}\b.{{0,60}}?\b(?:marked|shown|listed|flagged) (?:as|in)\b.{{0,24}}\b(?:forever|indefinitely|always)",
        rf"\b{_JOB}\b(?: \w+){{0,4}}? never (?:goes|go|proceeds?|moves?|advances?|completes?|ends?|finish\w*)\b",
        rf"\b(?:pending|queued|waiting|scheduled) {_JOB}\b.{{0,30}}(?:n't|not|never) (?:proceed|start|run|move|execute|"
        rf"get|progress)",
        rf"\b(?:leav\w+|left|stuck|remain\w*) {_JOB} (?:stuck |hanging )?(?:in|as|at) ",
        r"\bnever (?:recover\w*|reclaim\w*|clean\w*|claim\w*|clear\w*|reset|release\w*|transition\w*|pick\w*)|"
        r"\b(?:not|never|n't) (?:be )?(?:recovered|reclaimed|cleaned up|picked up)",
        r"(?:任务|状态|进度).{0,12}(?:一直|始终|永远|还|仍然?).{0,8}(?:处理中|进行中|运行中|排队|等待|制作中|占用|卡)|"
        r"一直(?:是|显示|卡在)?[“\"「‘']?(?:正在|处理中|进行中|运行中|排队)|(?:处理中|进行中|"
        r"运行中)[”\"」’']?的?任务(?:不能|无法|没法)",
    ),
    Claim.LEFT_OVER: (
        rf"\b(?:zombie|orphan\w*|ghost|stale|left ?over|dangling|dead|old|previous\w*) (?:\w+ ){{0,2}}?(?:{_JOB}|"
        rf"rows?|operations?|workers?|state|lock|entr(?:y|ies)|queue|process(?:es)?|container)",
        r"\b(?:after|when|if|on|upon|once) (?:\w+ ){0,4}(?:restart\w*|reboot\w*|crash\w*|re-?creat\w*|cancel\w*|"
        r"delet\w*|abort\w*|interrupt\w*|kill\w*)|\b(?:restarts?|crashes|is cancel+ed|is deleted)\b",
        r"(?:重启|删除|取消|中断|崩溃|异常关闭|失败|出错|报错)(?:了)?(?:（[^）]*）)?(?:之)?后",
        r"\bworkers? (?:that |which )?(?:no longer|does not|doesn't|do not|don't) exist",
    ),
    Claim.SECOND_STUCK: (
        r"\b(?:first|1st) (?:\w+ ){0,3}(?:works?|ok|okay|succe\w+|fine|finish\w*|completes?|completed|is good|"
        r"was good|generated|went).{0,80}?\b(?:second|2nd|next|subsequent|following|later|after that|then|"
        r"others?)\b",
        r"\b(?:second|2nd|next|subsequent|following) (?:\w+ ){0,3}(?:hangs?|stuck|fails?|never|block\w*|freezes?|"
        r"does(?: not|n't)|at \d+ ?%)",
        r"\bworks? (?:fine )?(?:only )?(?:once|the first time|for the first)",
        r"第一(?:个|次|条|遍).{0,16}(?:正常|成功|可以|OK|好的|没问题|没有问题|完成).{0,24}第(?:二|2|三)(?:个|次|条|"
        r"遍)|第(?:二|2)(?:个|次|条|遍).{0,24}(?:卡|失败|不行|不动|没|20 ?%|block|restart)|再次(?:提交|生成|"
        r"运行).{0,12}(?:卡|失败|不动)",
    ),
    Claim.OLD_TASK: (
        rf"\b(?:previous|earlier|old|last|former|prior|first|cancel+ed|deleted|failed|aborted|interrupted|unfinished|"
        rf"stopped|stale|ghost|zombie|orphan\w*) (?:\w+ )?{_JOB}\b.{{0,80}}?\b(?:again|still|queue[ds]?|block\w*|"
        rf"stuck|running|occup\w+|remain\w*|stays?|comes? back|in the way|pending|forever|never|not cancel\w*|"
        rf"resum\w+|hold(?:s|ing)?|lock(?:s|ed)?)\b",
        rf"\b(?:resum\w+|restart\w*|continu\w+|keeps? (?:running|processing|generating)|re-?runs?|repeats?) (?:the |"
        rf"my )?(?:old|previous|last|earlier|cancel+ed|deleted|same) (?:\w+ )?{_JOB}\b",
        rf"\b(?:cancel\w*|interrupt\w*|abort\w*|stop(?:ped|ping)?|delet\w+|kill\w*)\b.{{0,80}}?\b(?:next|new|another|"
        rf"subsequent|following|other|later|every) (?:\w+ ){{0,2}}{_JOB}\b",
        r"\b(?:cannot|can't|can not|unable to|no way (?:of|to)|not able to|impossible to|does(?: not|n't)|"
        r"nothing happens when I(?: \w+)?|won't|no) (?:\w+ ){0,2}(?:cancel\w*|interrupt\w*|abort\w*|"
        r"clear\w* (?:the )?queue|terminat\w*)\b|\b(?:cancel\w*|interrupt\w*|abort\w*) (?:\w+ ){0,3}(?:does(?: not|"
        r"n't)|not|nothing|never|no effect|isn't|won't)\b|\buncancel+able\b|\bnothing happens when I (?:click |"
        r"press )?(?:cancel|stop|interrupt)",
        r"\b(?:queue|flag|lock|state|status)\b.{0,40}\b(?:not|never|isn't|wasn't|n't) (?:been )?(?:clear\w*|reset|"
        r"release\w*|empt\w+|drain\w*|process\w*|pick\w*)|\b(?:won't|does(?: not|n't)|not|"
        r"no longer) process (?:the )?queue|\b(?:stuck|blocked|waiting) (?:forever )?in (?:the )?queue|"
        r"\bnone? (?:of them )?(?:will be |is |are |gets? )?picked",
        rf"\b(?:crash\w*|reboot\w*|restart\w*|shut ?down|power\w*|closed)\b.{{0,120}}\b(?:previous|old|last|same|"
        rf"unfinished) {_JOB}\b",
        r"(?:之前|上一个|前面|原来|旧|第一个|上次)\S{0,3}(?:有个|的)?(?:任务|视频|作业).{0,24}(?:失败|删|取消|中断|"
        r"没做完|没完成|异常|卡).{0,40}?(?:后|再|新|一直|排队)",
        r"(?:取消|删除|删掉|终止|中断|停止|关闭).{0,20}(?:任务|视频|进程).{0,30}(?:还|仍|依然|新|再|排队|占|后面|"
        r"一直)|(?:如何|怎么|怎样|才能)(?:停止|终止|取消|删除|清空).{0,6}(?:前面|之前|上一个|任务|队列)",
        r"\b(?:not possible|impossible|no way|rather|unable|cannot|can't|can not|how) (?:to )?(?:delete|clear|empty|"
        r"flush|"
        r"purge|stop|"
        r"cancel|kill) (?:the |my |a |all |any )?(?:\w+ )?(?:queue|jobs?|tasks?|prompts?)\b",
        r"(?:关闭|重新打开|重开|退出|暂停|重启).{0,10}后.{0,12}(?:任务|队列).{0,12}(?:无法|不能|还在|卡|没)|"
        r"队列.{0,6}(?:无法|不能|没法)(?:删除|停止|取消|关闭|清空)",
        r"新(?:建|的|提交)?(?:的)?(?:任务|视频)?(?:就)?(?:一直|只能|都|还)?(?:在)?(?:排队|等待|等着)|一直(?:在)?排队|"
        r"(?:没有|无法|不能)(?:终止|取消|停止|删除)(?:任务)?|异常关闭|任务残留|状态(?:没有|未)(?:清|重置|释放)|"
        r"后面的任务(?:都)?(?:无法|不能|一直|不)",
    ),
    Claim.BOTH_WHEELS: (
        r"onnxruntime[-_]gpu.{0,60}(?:alongside|along with|together with|next to|beside|"
        r"besides).{0,16}onnxruntime(?![\w-])",
        r"both `?onnxruntime`?(?: \S+)? and `?onnxruntime[-_]gpu|"
        r"both `?onnxruntime[-_]gpu`?(?: \S+)? and `?onnxruntime|both the cpu and (?:the )?gpu (?:version|package|"
        r"wheel)",
        r"onnxruntime(?: and |和|与|、|及)\s?onnxruntime[-_]gpu.{0,20}(?:同时|都|一起|both|together|installed)|"
        r"(?:同时|都)(?:安装|装)了.{0,10}onnxruntime.{0,12}onnxruntime[-_]gpu",
        r"onnxruntime\W{0,2} (?:on top of|over|after|besides?|with|and then)\W{1,3}onnxruntime[-_]gpu|"
        r"onnxruntime[-_]gpu\W{0,2}(?: first)?(?: and)?,? (?:then|with|before|after) (?:\w+ )?\W?onnxruntime(?![\w-])",
        r"already (?:have |had )?install\w* (?:the )?onnxruntime (?:cpu|\(cpu\))|install\w* (?:both|"
        r"onnxruntime) (?:the )?cpu (?:version|one)?.{0,20}(?:and|before|then)",
    ),
    Claim.NO_FACE: (
        r"\b(?:no|without (?:a |any )?|not (?:a |any )?) ?faces? (?:issue|problem|error|found|detected|in)|\b(?:not|"
        r"n't|never|cannot|can't|unable to|fails? to|failed to) (?:be )?(?:detect\w*|recogni[sz]\w*|find|found) (?:a |"
        r"any |the |my )?faces?\b|\bwho are not a face\b",
    ),
    Claim.TROUBLE: (
        r"[?？]",
        r"\b(?:I|my|we|our)\b.{0,80}\b(?:errors?|fail\w*|problems?|issues?|crash\w*|cannot|can't|unable|doesn't|wrong|"
        r"bug)\b",
        r"\b(?:help|anyone|somebody)\b",
        r"报错|错误|失败|异常|怎么|怎麼|为什么|原因|请问|求助|无法|不行|崩",
    ),
}
