"""What people say of the things in a report: of each state, the words for it, English and Chinese."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """What is said of a thing."""

    MISSING = "is not found"
    FULL = "is full or used up"
    SMALL = "is small, or has a limit"
    DIES = "ends by itself"
    KILLED = "is killed"
    HANGS = "stands still"
    FINE = "works"
    NEVER_COMES = "never comes"
    EMPTY = "is empty"
    NOT_TAKEN = "is not taken"
    ALIVE = "is alive"
    SILENT = "says nothing"
    WAITS = "waits"
    TIMES_OUT = "runs into a timeout"
    SLOW = "is slow"
    RATE = "does so much in so long"
    BEHINDHAND = "falls behind"
    GOES_ON = "goes on and is right"
    BUSY = "is at full load"
    BOTH = "both are there"
    CLASHES = "is in the other's way"
    GONE = "is gone since"
    MISMATCH = "do not fit each other"
    OLD = "is too old"
    WANTS = "demands"
    LEFT_BEHIND = "still counts as running"
    NOT_RELEASED = "is not released"
    QUEUED = "waits for its turn"
    RESTART_HELPS = "a restart helps"
    ON_CPU = "is done by the CPU"
    IDLE = "has nothing to do"
    CHOSEN = "was chosen"
    AGAIN = "a second time"
    FAILS = "does not work"
    REFUSED = "is not allowed"
    NOT_COVERED = "is not covered"
    UNREADABLE = "cannot be read"
    BROKEN = "is broken"
    NONE_OR_MANY = "there is none, or several"
    LESS = "less is wanted"


STATES: dict[State, str] = {
    State.MISSING: r"\b(?:can(?:not|'t| not)|could(?: not|n't)|unable to|not able to|fail(?:s|ed)? to|did(?: not|n't)|does(?: not|n't)) "
    r"(?:be )?(?:find|found|locat\w*|open\w*|load\w*|exist|see|resolve\w*)|\bnot (?:be )?(?:found|there|present|installed|located|on the path)\b|"
    r"\bmissing\b|\babsent\b|\bno such\b|\blacks?\b|\b(?:isn't|aren't|is not|are not) (?:there|present|installed)\b|\bnowhere\b|"
    r"\bwhere (?:do|can) I (?:get|download|find)|\bnever reads\b|找不到|没(?:有)?(?:找到|装)|未找到|缺(?:少|失|了)?|不存在|打不开|加载不(?:了|到)|无法加载",
    State.FULL: r"\bfull\b(?! (?:load|speed|report|log|output|path|trace|throttle|hd|screen|time))|\bfill(?:s|ed|ing)?\b|\bexhaust\w*|\bused up\b|"
    r"\beats? (?:up )?(?:all|every|it)|\b(?:no|not enough|insufficient|too little|out of|short of|lack of|without enough) (?:\w+ ){0,2}"
    r"(?:memory|ram|vram|room|space|left)\b|\bno (?:\w+ )?(?:memory|room|space)\b|\bmemory left\b|\bout of (?:gpu |cuda |video )?memory\b|\bOOMs?\b|\bruns? out\b|"
    r"\bran out\b|\bmax(?:es|ed)? out\b|\bmemory is gone\b|\bis gone\b|\ballocation (?:fail\w*|error)|\bfail\w* to allocate|\bcan't allocate|"
    r"\bclimbs?\b|\bgoes over\b|\bover (?:its|the) (?:\w+ )?limit|\bexceed\w*|\bhundred percent\b|\bstuff(?:s|ed)\b|\b100 ?%|"
    r"\b(?:a joke|tiny)\b|\bonly (?:has |have )?\d+ ?gi?b\b|爆(?:了|掉|满)?|满|不足|不够|用完|用光|耗尽|占满|溢出|吃(?:光|满|完)|涨到|申请不到|分配失败",
    State.SMALL: r"\btoo (?:small|little|low|tight)\b|\bsmall\w*\b|\b64 ?m\w*|\b(?:only|just) \d+ ?(?:m|g)i?b?\w*|\blimit\w*|\bdefault\w*|"
    r"\bmore (?:of it|shm|room|shared)|\bgiving it more\b|\b(?:increas|enlarg|rais)\w+|\bbigger\b|\blarger\b|太小|过小|(?:只有|默认)\S{0,4}\d+ ?M|调大|加大|增大|默认",
    State.DIES: r"\bcrash(?:es|ed|ing)?\b|\bdie(?:s|d)?\b|\bdying\b|\bdead\b|\b(?:is|are|was) gone\b|\bgone without\b|\bvanish\w*|\bdisappear\w*|"
    r"\bsegv\b|\bseg(?:mentation)?[- ]?faults?\b|\b(?:core dump|native crash)\w*|\bexit(?:s|ed)?\b(?! code 0\b)|\btak(?:es|ing) down\b|\bterminat(?:es|ed)\b|"
    r"\bno longer exists?\b|\bno longer (?:alive|there|running)\b|\brestarts itself\b|\babort(?:s|ed)\b|\bquits?\b|没了|挂(?:了|掉)|崩(?:溃|了|掉|的)?|闪退|"
    r"(?<!超时)退出|消失|不见了|死(?:了|掉)|段错误|凭空没",
    State.KILLED: r"\bkill(?:s|ed|er|ing)?\b|\bOOM[- ]?kill\w*|\bshot\b|\breaped\b|\bevict\w*|\bsignal 9\b|\bSIGKILL\b|\bexit (?:code )?137\b|\bsegfault\w*|"
    r"\bsegmentation\b|被(?:系统|内核)?(?:杀|kill|干掉)|杀(?:掉|死|进程)|杀了",
    State.HANGS: r"\bhang(?:s|ing)?\b|\bhung\b|\bstuck\b|\bfreez(?:es|ing|e)\b|\bfro(?:ze|zen)\b|\bdead-?lock\w*|\bstall(?:s|ed)?\b|\bstands? still\b|"
    r"\bstays there\b|\bsits there\b|\bnever (?:returns?|arriv\w+|starts?|gets?|comes?|finish\w*|ends?|moves?|proceeds?)\b|\bno (?:progress|movement)\b|"
    r"\bstop(?:s|ped)? (?:moving|responding|progressing|producing)\b|\bdoes(?: not|n't) (?:move|go on|continue|advance|start|proceed|progress)\b|"
    r"\bnothing (?:happens|moves)\b|\bwaits? for ?ever\b|卡(?:死|住|着|在)|不动|死锁|假死|没反应|没有(?:任何)?(?:进展|反应)|停住|不走",
    State.FINE: r"\bworks?\b|\bfine\b|\bok(?:ay)?\b|\ball good\b|\bgood\b|\bran to the end\b|\bno (?:hang|problem|issue)s?\b|\bgoes (?:through|away)?\b|"
    r"\bnever happen(?:s|ed)\b|\bsolve[sd]\b|\bfix(?:es|ed)\b|\bruns?\b|\bdoes(?: not|n't) (?:happen|hang|freeze)\b|正常|没事|没问题|可以|就好|不会卡|能跑",
    State.NEVER_COMES: r"\bnever (?:comes?|came|arriv\w+|appear\w*|deliver\w*|sen[dt]s?|put|produc\w+|show\w*)\b|\bnot (?:one|a single|even one|any) "
    r"(?:\w+ ){0,3}(?:ever )?(?:arriv\w+|came|comes|put|deliver\w*|sent)|\bnot (?:one|a single) (?:\w+ )?(?:frame|item|batch|result)|\bwas ever (?:put|sent|deliver\w*)|"
    r"\b(?:puts?|deliver(?:s|ed)?|sen(?:ds|t)|produce[sd]?|receive[sd]?|got|gets|feeds?) (?:nothing|no \w+|zero|not(?:hing)?|0)\b|\bnothing (?:ever )?(?:arriv\w+|comes|came|was (?:ever )?put)|"
    r"\bzero (?:items|frames|batches)\b|没(?:有)?(?:等到|送|收到|拿到|产出|来)|(?:一|半)(?:个|帧|条|点)(?:\S{0,3})(?:都|也)?没(?:有)?(?:送|来|给|产|放|收|拿|等)|没有任何(?:数据|输出|产出)|"
    r"什么(?:都|也)没(?:送|来|给|收)|等不到",
    State.EMPTY: r"\bempty\b|空(?:的|队列|了)|为空|\bEmpty\b",
    State.NOT_TAKEN: r"\b(?:takes?|took|taken|pulls?|pulled|reads?|fetch\w*|consum\w+|pick\w*|drain\w*|remov\w+|empti\w+) (?:up )?(?:nothing|no \w+|zero|none|not(?:hing)?|0)\b|"
    r"\b(?:never|not|n't|nobody|no one|no-one|nothing)(?: is| has| was| ever| are)?(?: \w+)? (?:tak(?:es?|en|ing)|took|pull\w*|read(?:s|ing)?|fetch\w*|consum\w+|pick\w*|drain\w*|"
    r"empt\w+)\b|\bnobody (?:on|at)\b|(?:没有?|未)(?:人|再|有)?(?:取|消费|拿|读)|(?:一|半)(?:个|帧|条)(?:都|也)?没(?:有)?(?:取|拿|消费|读)|不(?:取|消费|拿)|没人(?:取|要|收)|无人消费",
    State.ALIVE: r"\balive\b|\b(?:still )?(?:listed|there|running)\b|\bup and running\b|\b(?:looks?|seems?) (?:alive|fine|healthy)\b|还活着|活着|还在|在运行|在跑",
    State.SILENT: r"\b(?:no|without(?: any| a)?|not? (?:a single|one|any)|zero|nor any) (?:other |further |single )?(?:errors?|exceptions?|messages?|warnings?|complaints?|output|reason|trace\w*|logs?|word)\b|"
    r"\bno (?:\w+ )?(?:error|exception|message|complaint)\b|\b(?:says?|prints?|logs?|shows?|complains?) (?:about )?nothing\b|\bnothing (?:in|is in|printed|logged)\b|\bsilent\w*|\bcause unknown\b|\bno idea (?:why|what)|"
    r"\bcould not find out\b|\bcannot see (?:any|the) reason|没(?:有)?(?:任何)?(?:报错|错误|异常|提示|输出|日志|打印)|(?:也)?没报错|什么(?:都|也)没(?:说|报|提示|打)|不报错|一声不吭|不知道它?(?:在干)",
    State.WAITS: r"\bwait(?:s|ed|ing)?\b|\bgives? up\b|\bgave up\b|等(?:待|了|着)?|干等|傻等",
    State.TIMES_OUT: r"\btim(?:es?|ed|ing)[- ]?out\b|\btimeouts?\b|\bgives? up\b|\bgave up\b|\b(?:raises?|throws?) (?:queue\.)?(?:Full|Empty)\b|\beventually (?:queue\.)?(?:Empty|Full)\b|超时",
    State.SLOW: r"\bslow(?:er|ly|ness|down)?\b|\bsluggish\w*|\bcrawl\w*|\bsnail\b|\btakes? (?:\w+ ){0,3}(?:ages|forever|hours|minutes|\d+ ?(?:min\w*|hours?|h))\b|"
    r"\btook (?:\w+ ){0,3}(?:hours|\d+ ?(?:min\w*|hours?))\b|\bspeed (?:it |this )?up\b|\bfaster\b|\btuning\b|\bawfully\b|慢|提速|加速|太久|(?:要|花|用)\S{0,4}(?:小时|分钟)|耗时",
    State.RATE: r"\b\d+(?:\.\d+)? ?(?:fps|frames? (?:per|a|each|every|/) ?s\w*)|\b(?:half a|a|one|\d[\d.]*|two|three|several) (?:seconds?|s|sec) (?:for|per) (?:each|every|one|a|frame|\w+ frame)|"
    r"\bone frame every\b|\b(?:frame|each) (?:takes|needs|costs) |\b\d+(?:\.\d+)? ?(?:s|sec|seconds|ms)/(?:frame|it)|每(?:帧|批|张)\S{0,6}\d|\d+ ?(?:fps|帧每秒|帧/秒)|一秒\S{0,4}帧",
    State.BEHINDHAND: r"\bbacklog\b|\b(?:falls?|fell|falling|further(?: and further)?|lags?|lagging) behind\b|\bbehind the (?:speaker|camera|source)|\b(?:delay|latency|lag) (?:\w+ ){0,3}(?:grow\w*|increas\w+|reach\w*|minutes|higher)|"
    r"\b(?:keeps? growing|only grows|grows and grows|piles? up|accumulat\w+)\b|\b(?:can't|cannot|can not|not|n't) keep up\b|\bdrop(?:s|ped|ping)? frames\b|跟不上|越积越多|越来越(?:慢|落后|延迟)|积压|堆积|落后|延迟越",
    State.GOES_ON: r"\bkeep(?:s)? coming\b|\bgoes on\b|\bcorrect\b|\bis right\b|\bresults? (?:is|are|look\w*) (?:correct|fine|good|right)|\bnothing is broken\b|\bfile is fine\b|\bno errors?\b|"
    r"\bfinish(?:es|ed)?\b|\bin the end\b|\b(?:output|text) does come\b|\bmanages\b|\bworks but\b|能(?:出|跑完|做完|生成)|结果(?:是)?(?:对|正常|没问题)|就是|最后(?:能|也|都)",
    State.BUSY: r"\bfull load\b|\bbusy\b|\bmaxed\b|\bpinned\b|\bat (?:9\d|100|full)\b ?(?:%|percent)?|\b(?:9\d|100) ?(?:%|percent)|\bprocessor 100\b|\ball (?:cpu )?cores\b|跑满|满载|占满|拉满|(?:9\d|100) ?%|飙|很高",
    State.BOTH: r"\bboth\b|\bside by side\b|\bnext to\b|\balongside\b|\btogether\b|\btwo of them\b|\bthe (?:two|other)\b|\bpulls? (?:in )?(?:the )?\b|\bdragged in\b|\bin addition\b|\bas well\b|\bat the same time\b|\bfor one\b|"
    r"同时|两个(?:包|都|版本)?|都(?:在|有|装|存在)|又(?:装|多|给我装)|一起|并存|顺手|多装|共存",
    State.CLASHES: r"\boverwr(?:it|ot)\w*|\bover-?rid\w*|\bclobber\w*|\btrampl\w*|\bshadow\w*|\bconflict\w*|\bclash\w*|\binterfer\w*|\bshares? (?:one|the same|a) (?:folder|directory|place)|\b(?:the )?last (?:one )?(?:to be )?"
    r"(?:installed )?wins\b|\bwins\b|\bsame (?:folder|module|directory|files)\b|\bbroken module\b|\breplac(?:es|ed|ing)\b|\bbreaks?\b|\bbroke\b|\buninstall\w*|\bremov(?:e|ed|ing) (?:one|the|it|both)\b|\bpulled in (?:again|by)\b|"
    r"冲突|覆盖|打架|顶掉|冲掉|干扰|互相|卸(?:掉|载|了)|删(?:哪个|掉一个|一个)|缺东西",
    State.GONE: r"\b(?:is|are|has|have|was)(?: \w+)? (?:gone|disappeared|vanished|missing)\b|\bdisappear\w*|\b(?:is|are|was) not (?:offered|listed|among|available|in the list)\b|\bis(?: not|n't) (?:among|offered|in)\b|\bno longer (?:\w+ )?(?:offered|listed|available|there)|"
    r"\bnot (?:among|offered|in the list)\b|\b(?:only|just) (?:offers?|lists?|shows?|finds?|sees?|knows?) (?:the )?CPU\b|\bonly CPU\b|不见了|(?:就)?没了|消失|(?:只|就只)(?:认|有|剩|能用|列出)\S{0,3} ?CPU|没有 ?(?:GPU|CUDA)|不提供",
    State.MISMATCH: r"\bmis-?match\w*|\b(?:do|does|did)(?: not|n't) (?:match|fit)\b|\bincompatib\w+|\bnot compatible\b|\bwrong (?:version|major)\b|\bdiffer\w*|\bdoes not go (?:together )?with\b|\binsufficient\b|\bnot sufficient\b|"
    r"对不上|不匹配|不一致|不兼容|不对应|不配套|配不上",
    State.OLD: r"\btoo (?:old|new)\b|\bolder\b|\bnewer\b|\bout-?dated\b|\bfrom 20(?:1\d|2[0-3])\b|\b(?:is|are) (?:from|frozen|locked|stuck|still)\b|\bdoes(?: not|n't) update\b|\bfreez(?:es|e) it\b|\blocked\b|\bstill (?:on|in) the \d+|\bbehind\b|\blater\b|"
    r"太(?:旧|老|新|低|高)|过(?:旧|低|新|高)|旧版|老版本|动不了|升不了|不能升",
    State.WANTS: r"\b(?:wants?|expects?|requires?|needs?|demands?|asks? for|looks? for)\b|\b(?:built|compiled|made|linked)\b(?: \w+){0,2} (?:for|with|against)\b|\bbased on\b|需要|要求|按\S{0,20}编译|是按|依赖|只支持",
    State.LEFT_BEHIND: r"\b(?:still|always|for ?ever|keeps?|remains?|stays?)\b(?: \w+){0,5} (?:running|processing|active|in progress|busy|started|executing|\"active\"|as running|pending)\b|\bas (?:running|processing|active|busy|in progress)\b|"
    r"\b(?:another|a|one|some) (?:job|task|one) (?:is )?(?:already )?(?:in progress|running|being)\b|\bnothing is running\b|\bno process belongs\b|\bstill \"?active\b|\bcomes? back\b|"
    r"(?:一直|始终|还|仍然?|永远)(?:在)?(?:显示|提示|是|说)?\S{0,4}(?:正在|处理中|进行中|运行|制作|执行|忙)|有(?:别的|其他)?任务(?:正)?在(?:执行|运行|处理|跑)|(?:其实|根本)(?:根本)?没(?:有)?(?:在)?(?:跑|运行|执行)|显示正在",
    State.NOT_RELEASED: r"\b(?:not|never|n't|nobody|no one)(?: \w+){0,2} (?:releas\w*|clear\w*|reset|free[ds]?|clean\w*|unlock\w*|remov\w*)\b|\b(?:holds?|held|keeps?|occup\w+|owns?) (?:on to )?(?:the |its |a )?(?:lock|slot|place|gpu|queue|flag)\b|\b(?:can't|cannot|can not|unable to|"
    r"impossible to|no way to) (?:be )?(?:remov|delet|cancel|stop|kill|clear)\w*|(?:没有?|未|不)(?:被)?(?:释放|清除|清理|重置)|(?:停|删|取消|清)不(?:掉|了)|占(?:着|用)|既停不掉",
    State.QUEUED: r"\b(?:says?|shows?|is|are|stays?|remains?|just|only|stuck in|left in) (?:\w+ )?(?:queued|waiting|pending|in (?:the )?(?:queue|line))\b|\bwait(?:s|ing)? (?:behind|for (?:a |the |its )?(?:lock|slot|turn))|\bstuck in (?:waiting|queue\w*|pending)|"
    r"\b(?:don't|do not|doesn't|does not|never|not) (?:get|gets) (?:their|its|a) turn\b|\bsit there\b|\bqueued\b|排队|轮不到|(?:一直|都)(?:在)?等(?:待|着)|过不去|堵(?:住|着)|不执行",
    State.RESTART_HELPS: r"\b(?:restart|reboot)\w*\b[^.;]{0,50}\b(?:help\w*|go away|fix\w*|works|clears?|cures?|solves?|fine)\b|\b(?:until|unless|have to|must|need to) (?:\w+ ){0,3}(?:restart|reboot)\w*|重启\S{0,12}(?:才(?:行|能|好|可以)|就好|就行|之?后第一个|就能|恢复)|必须重启",
    State.ON_CPU: r"\b(?:runs?|running|computes?|comput\w+|executes?|works?|done|goes|everything|inference|swap\w*|falls? back|thing)\b[^.;]{0,40}\b(?:on|with|by|to|through|in) (?:the |my |all )?(?:CPU|processor|cores)\b|\bCPU (?:does|is doing|only|instead)\b|"
    r"\b(?:only|just|always) (?:the |my |uses? (?:the )?)?(?:CPU|processor)\b|(?:全|都|只|仅|还是)?(?:靠|用|走|在|由) ?(?:CPU|处理器)|CPU ?(?:在|硬)(?:算|跑|扛)|(?:CPU|处理器)\S{0,4}(?:硬算|满载|跑满)",
    State.IDLE: r"\b(?:idle|idles|unused|sleeps?|sleeping|asleep)\b|\b(?:at|to|near|is|shows?|stays?|flat at|remains? at) (?:zero|0 ?%?|0 percent)(?![\d.])|\b(?:0|zero) ?(?:%|percent)|\bnothing\b|\bnot (?:being )?(?:used|touched|working|turning|on (?:the )?gpu)\b|\bnever touch\w*|\bdoes(?: not|n't) (?:touch|use|"
    r"move|work|run on)\b|\bflat\b|\bcold\b|空闲|闲着|没(?:有)?(?:一点|任何|什么|半点)?动(?:静)?|没(?:有)?(?:用|动|占用|工作)|(?:占用|利用率|使用率)\S{0,4}(?:0|零)|一点动静都没有|不动",
    State.CHOSEN: r"\b(?:choose|chose|chosen|select\w*|picked|enabled?|set|configured|ticked|asked for)\b|\bbought\b|\balthough\b|\bthough\b|\bnvidia-smi is happy\b|选(?:了|的|择)|设置|开(?:了|启)|配(?:了|置)|勾",
    State.AGAIN: r"\bagain\b|\bre-?initiali[sz]\w*|\ba second time\b|\balready (?:set up|initiali[sz]ed|created|sits)|重新初始化|再次(?:初始化|使用)|二次初始化|又用",
    State.FAILS: r"\bfail\w*|\berrors?\b|\bthrows?\b|\brais(?:es|ed)\b|\bblows? up\b|\bblew up\b|\bcrash\w*|\bdies?\b|\bdead\b|\bbreaks?\b|\bcomplain\w*|\brefus\w+|\brejects?\b|\b(?:can(?:not|'t)|could(?: not|n't)|unable to|not able to|does(?: not|n't)|do(?: not|n't)|did(?: not|n't)|will not|won't) (?:\w+ )?(?:use|"
    r"run|work|start|come up|init\w*|be initiali[sz]\w*|create|load|find|handle|get|be used|touch)\b|\bno GPU\b|\babort\w*|\bnothing runs\b|\bproblem\b|报错|失败|起不来|不能用|用不了|跑不(?:起来|了)|不能|无法|出错|异常|崩",
    State.REFUSED: r"\b(?:not|n't|never) (?:be )?(?:allowed|permitted|able)\b|\bnot allowed\b|\bmay not\b|\bforbid\w*|\brefus\w+|\bdisallow\w*|\bprohibit\w*|\b(?:can't|cannot|can not|must not) (?:have|start|create|open|spawn|fork|own)\b|不(?:允许|许|准|让|能有|能再|可以有)|禁止|拒绝|报错",
    State.NOT_COVERED: r"\b(?:no|not|n't|without|stopp\w+|dropp\w+|ends?|ended|lacks?|removed)\b[^.;]{0,40}\b(?:support\w*|includ\w+|cover\w*|built for|kernels?|compatible|contain\w*|for (?:my|this|the|that) (?:card|gpu))|\b(?:drop(?:s|ped)|removed|stopped|ended) (?:\w+ )?(?:support|including|maxwell|"
    r"kepler|pascal|volta)|\bunsupported\b|\bstarts? (?:at|with|from)\b|\b(?:only|compiled|built) (?:\w+ ){0,3}for (?:\w+ )?(?:volta|turing|ampere|pascal|sm)|\bis not one\b|\bany (?:wheel|build|release)\b|\btoo (?:old|new) for\b|不(?:支持|包含|兼容|认)|没(?:有)?(?:包含|编译|支持)|不在支持|等新版|砍掉|放弃支持",
    State.UNREADABLE: r"\b(?:can(?:not|'t| not)|could(?: not|n't)|unable to|fail(?:s|ed)? to|not able to|does(?: not|n't)|won't) (?:be )?(?:\w+ )?(?:read|open|decod|pars|load|play|import|process|accept|recogni)\w*|\bnot (?:a )?(?:valid|recogni[sz]ed|readable|accepted|supported)|\binvalid\b|\brejects?\b|\brefus\w+|"
    r"\bdecod\w+ (?:error|fail\w*)|解不(?:开|了)|读不(?:了|出|到|进)|打不开|不认|无法(?:识别|解码|读取|打开|解析|加载)|不是有效|识别不(?:了|到|出)|不支持|解码失败",
    State.BROKEN: r"\bcorrupt\w*|\bbroken\b|\bdamaged\b|\btruncated\b|\bzero[- ](?:length|bytes?)\b|\b0 bytes\b|\bcut off\b|\bincomplete\b|\bmoov\b|\bhalf (?:copied|downloaded|written)\b|损坏|坏(?:了|的|掉)|不完整|空文件|0 ?字节|截断",
    State.NONE_OR_MANY: r"\b(?:no|not|n't|without|zero|cannot|two|three|several|multiple|many|more than one|second|exactly one|needs? one|lost|loses?|fails?|missing|unable)\b|检测不到|识别不到|没(?:有)?(?:检测|识别|找)到?|没有|不到|两(?:个|张)|多(?:个|张)|几个|找不到|丢",
    State.LESS: r"\b(?:reduc|lower|decreas|sav|minimi[sz]|optimi[sz])\w*|\blow[- ](?:memory|vram)\b|\bsmaller\b|\bfit(?:s)?\b|\b(?:split|chunk|tile)\w*|降低|减少|节省|分块|省",
}
