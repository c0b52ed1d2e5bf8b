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
    NOT_USED = "is not used"
    HAVE = "is there"
    SIZE = "has so much"
    LATER = "after a while, or again and again"
    SEGV = "crashes in native code"
    UNSEEN = "is not found, or is several"
    TROUBLE = "gives trouble, or a question"


STATES: dict[State, str] = {
    State.MISSING: (
        r"\b(?:can(?:not|'t| not)|could(?: not|n't)|unable to|not able to|fail(?:s|ed)? to|did(?: not|n't)|does(?: "
        r"not|n't)) (?:be )?(?:find|found|locat\w*|open\w*|load\w*|exist|see|resolve\w*)|\bnot (?:be )?(?:found|there|"
        r"present|installed|located|on the path)\b|\bmissing\b|\babsent\b|\bno such\b|\blacks?\b|\b(?:isn't|aren't|is "
        r"not|are not) (?:there|present|installed)\b|\bnowhere\b|\bwhere (?:do|can) I (?:get|download|find)|\bnever "
        r"reads\b|找不到|没(?:有)?(?:找到|装)|未找到|缺(?:少|失|了)?|不存在|打不开|加载不(?:了|到)|无法加载|\bnever "
        r"(?:put|installed|copied|there)\b|\bforgot\w* to install\b|\bwasn't installed\b|\bwithout (?:it|them) "
        r"(?:being )?installed\b|\bsomething about\b|\bno (?=ffmpeg|cudnn|cublas|libcu)|\bFileNotFound\w*|"
        r"\bneed(?:s)? to be installed\b|\bnot in (?:the )?PATH\b|\bwhere is\b|\bundefined\b|没带过去|没有安装|忘了装|"
        r"要(?:先)?装|没配|装了没|\bforgot\b|\bforgotten\b|\bnot possible to (?:load|find|open)|\b(?:isn't|is not|"
        r"not) (?:a )?part of\b|\bnot (?:shipped|included|bundled|available)\b|\bdon't have\b|\bdoes not ship\b|\bto "
        r"(?:be )?install(?:ed)?\b"
    ),
    State.FULL: (
        r"\bfull\b(?! (?:load|speed|report|log|output|path|trace|throttle|hd|screen|time))|\bfill(?:s|ed|ing)?\b|"
        r"\bexhaust\w*|\bused up\b|\beats? (?:up )?(?:all|every|it)|\b(?:no|not enough|insufficient|too little|out of|"
        r"short of|lack of|without enough) (?:\w+ ){0,2}(?:memory|ram|vram|room|space|left)\b|\bno (?:\w+ )?(?:memory|"
        r"room|space)\b|\bmemory left\b|\bout of (?:gpu |cuda |video )?memory\b|\bOOMs?\b|\bruns? out\b|\bran out\b|"
        r"\bmax(?:es|ed)? out\b|\bmemory is gone\b|\bis gone\b|\ballocation (?:fail\w*|error)|\bfail\w* to allocate|"
        r"\bcan't allocate|\bclimbs?\b|\bgoes over\b|\bover (?:its|the) (?:\w+ )?limit|\bexceed\w*|\bhundred "
        r"percent\b|\bstuff(?:s|ed)\b|\b100 ?%|\b(?:a joke|tiny)\b|\bonly (?:has |have )?\d+ ?gi?b\b|爆(?:了|掉|满)?|"
        r"满|不足|不够|用完|用光|耗尽|占满|溢出|吃(?:光|满|完)|涨到|申请不到|分配失败|\boverflow\w*|\bhits? (?:its|"
        r"the) (?:max\w*|limit|ceiling)|\b(?:just|only) \d+ ?[mg]i?b (?:free|left)|\b\w+ free\b|\bdoes(?: not|n't) "
        r"fit\b|\bnot fit\b|\bto the brim\b|\bblows? up\b|\bspills?\b|装不下|放不(?:下|进)|塞(?:满|不进)|撑爆|涨满|"
        r"爆炸|\bonly \d[\d.]* ?[mg]i?b is\b|\b(?:12|\d+) is all\b|\ball I've got\b|就剩|只剩|剩\S{0,4}(?:兆|M)|"
        r"\bclimb\w*"
    ),
    State.SMALL: (
        r"\btoo (?:small|little|low|tight)\b|\bsmall\w*\b|\b64 ?m\w*|\b(?:only|just) \d+ ?(?:m|g)i?b?\w*|\blimit\w*|"
        r"\bdefault\w*|\bmore (?:of it|shm|room|shared)|\bgiving it more\b|\b(?:increas|enlarg|rais)\w+|\bbigger\b|"
        r"\blarger\b|太小|过小|(?:只有|默认)\S{0,4}\d+ ?M|调大|加大|增大|默认|\braise\b|\b\d+ ?mb\b|\bnot enough\b|"
        r"\binsufficient\b|不够|不足|\b(?:wants|needs) more\b|\bthan .{0,16}(?:permits?|allows?|gives?)\b"
    ),
    State.DIES: (
        r"\bcrash(?:es|ed|ing)?\b|\bdie(?:s|d)?\b|\bdying\b|\bdead\b|\b(?:is|are|was) gone\b|\bgone without\b|"
        r"\bvanish\w*|(?<!issue )(?<!problem )(?<!error )(?<!it )\bdisappear\w*|\bsegv\b|\bseg(?:mentation)?[- "
        r"]?faults?\b|\b(?:core dump|native crash)\w*|\bexit(?:s|ed)?\b(?! (?:code|status)\b)|\btak(?:es|ing) down\b|"
        r"\bterminat(?:es|ed)\b|\bno longer exists?\b|\bno longer (?:alive|there|running)\b|\brestarts itself\b|"
        r"\babort(?:s|ed)\b|\bquits?\b|没了|挂(?:了|掉)|崩(?:溃|了|掉|的)?|闪退|(?<!超时)退出|消失|不见了|死(?:了|掉)|"
        r"段错误|凭空没|\brestarts? (?:itself|by itself|on its own)|自己重启|自动重启|重启自己|\b(?:isn't|not|no "
        r"longer) in (?:top|htop|ps)\b|\bcloses (?:itself|without)|\bgoes away\b|\bfalls over\b"
    ),
    State.KILLED: (
        r"\bkill(?:s|ed|er|ing)?\b|\bOOM[- ]?kill\w*|\bshot\b|\breaped\b|\bevict\w*|\bsignal 9\b|\bSIGKILL\b|\bexit "
        r"(?:code )?137\b|\bsegfault\w*|\bsegmentation\b|被(?:系统|内核)?(?:杀|kill|干掉)|杀(?:掉|死|进程)|杀了|"
        r"\b137\b|\bkill(?:s|ed) it\b"
    ),
    State.HANGS: (
        r"\bhang(?:s|ing)?\b|\bhung\b|\bstuck\b|\bfreez(?:es|ing|e)\b|\bfro(?:ze|zen)\b|\bdead-?lock\w*|\bstall(?:s|"
        r"ed)?\b|\bstands? still\b|\bstays there\b|\bsits there\b|\bnever (?:returns?|arriv\w+|starts?|gets?|comes?|"
        r"finish\w*|ends?|moves?|proceeds?)\b|\bno (?:progress|movement)\b|\bstop(?:s|ped)? (?:moving|responding|"
        r"progressing|producing)\b|\bdoes(?: not|n't) (?:move|go on|continue|advance|start|proceed|progress)\b|"
        r"\bnothing (?:happens|moves)\b|\bwaits? for ?ever\b|卡(?:死|住|着|在)|不动|死锁|假死|没反应|"
        r"没有(?:任何)?(?:进展|反应)|停住|不走|\b(?:stays?|stuck|sits?|remains?|stops?) at (?:0|\d+ ?%)|\bbar stays\b|"
        r"\bgets? into a lock\b|\bsits? (?:there|still|for ?ever)\b|\bfreeze\b|\bno longer moves\b|\bcomes? to (?:a "
        r")?(?:halt|standstill)|\bgets? nowhere\b|\bblock(?:s|ed)\b|停在|停着|一动不动|走不动|没动静|不往下|不再往下|"
        r"僵住|\bfreez\w*\b|\bnone of the \d+ workers\b|\bnever (?:yields?|loads?|delivers?|goes|begins?)\b|\bnothing "
        r"moves\b|\bblocks? (?:for good|for ?ever)|\bfor good\b|挂在|卡(?=\S{0,4}(?:在|住|死))|永远|走不下去"
    ),
    State.FINE: (
        r"\bworks?\b|\bfine\b|\bok(?:ay)?\b|\ball good\b|\bgood\b|\bran to the end\b|\bno (?:hang|problem|issue)s?\b|"
        r"\bgoes (?:through|away)?\b|\bnever happen(?:s|ed)\b|\bsolve[sd]\b|\bfix(?:es|ed)\b|\bruns?\b|\bdoes(?: not|"
        r"n't) (?:happen|hang|freeze)\b|正常|没事|没问题|可以|就好|不会卡|能跑|\bmoves\b|\bcur(?:ed|es)\b|\bheals?\b|"
        r"\bsmooth\w*|\bno trouble\b|\b(?:is|was|all) (?:well|right)\b|\bdoes not\b|\bnever (?:hangs?|freezes?|"
        r"happens?)\b|不会|好了|恢复|顺利|没卡过|是好的|又好|\balive\b|\beverything fine\b|\bcan\b(?=[.]|$)|能好|"
        r"可以了"
    ),
    State.NEVER_COMES: (
        r"\bnever (?:comes?|came|arriv\w+|appear\w*|deliver\w*|sen[dt]s?|put|produc\w+|show\w*)\b|\bnot (?:one|a "
        r"single|even one|any) (?:\w+ ){0,3}(?:ever )?(?:arriv\w+|came|comes|put|deliver\w*|sent)|\bnot (?:one|a "
        r"single) (?:\w+ )?(?:frame|item|batch|result)|\bwas ever (?:put|sent|deliver\w*)|\b(?:puts?|deliver(?:s|ed)?|"
        r"sen(?:ds|t)|produce[sd]?|receive[sd]?|got|gets|feeds?) (?:nothing|no \w+|zero|not(?:hing)?|0)\b|\bnothing "
        r"(?:ever )?(?:arriv\w+|comes|came|was (?:ever )?put)|\b(?:got|gets?|receiv\w+|deliver\w*|produc\w*|"
        r"sen[dt]s?) zero (?:items|frames|batches)\b|没(?:有)?(?:等到|送|收到|拿到|产出|来)|(?:一|半)(?:个|帧|条|"
        r"点)(?:\S{0,3})(?:都|也)?没(?:有)?(?:送|来|给|产|放|收|拿|等)|没有任何(?:数据|输出|产出)|什么(?:都|"
        r"也)没(?:送|来|给|收)|等不到|\b(?:never|not|n't) (?:\w+ )?(?:push\w*|put|hand\w*|pass\w*|feed|fed|receiv\w*|"
        r"reach\w*)\b|\bdid not put anything\b|\bno (?:frames?|data|items?|results?|batch) (?:ever )?(?:comes?|came|"
        r"arriv\w*|reach\w*|get\w*)\b|没有(?:一|任何)\S{0,3}(?:帧|数据|条|结果)?(?:进来|到|过来|送)|没(?:有)?(?:往里|"
        r"放|塞|推)|一直没(?:来|有)|\b(?:nobody|no one|nothing) (?:has )?(?:fed|fills?|feeds?|delivers?|sent|produced|"
        r"put)\b|\b(?:hasn't|has not|haven't) (?:produced|delivered|sent|put|made|fed)\b|(?:还是)?什么都没有|"
        r"没(?:有)?往(?:里|里面)"
    ),
    State.EMPTY: (
        r"\bempty\b|空(?:的|队列|了)|为空|\bEmpty\b|\bEmpty\b|\bnothing (?:is )?in (?:it|the queue)\b|\bno (?:data|"
        r"frames?|items?) in\b"
    ),
    State.NOT_TAKEN: (
        r"\b(?:takes?|took|taken|pulls?|pulled|reads?|fetch\w*|consum\w+|pick\w*|drain\w*|remov\w+|empti\w+) (?:up "
        r")?(?:nothing|no \w+|zero|none|not(?:hing)?|0)\b|\b(?:never|not|n't|nobody|no one|no-one|nothing)(?: is| has|"
        r" was| ever| are)?(?: \w+)? (?:tak(?:es?|en|ing)|took|pull\w*|read(?:s|ing)?|fetch\w*|consum\w+|pick\w*|"
        r"drain\w*|empt\w+)\b|\bnobody (?:on|at)\b|(?:没有?|未)(?:人|再|有)?(?:取|消费|拿|读)|(?:一|半)(?:个|帧|"
        r"条)(?:都|也)?没(?:有)?(?:取|拿|消费|读)|不(?:取|消费|拿)|没人(?:取|要|收)|无人消费|\bhas(?: not|n't) got a "
        r"single\b|\b(?:not|n't) (?:got|gotten|take|taken|receive\w*|picked)(?: \w+){0,2} (?:single|anything|any|"
        r"out)\b|\bno(?:body|ne| one) (?:empties|reads|takes|removes)|\bdoes nothing\b|从来没(?:有)?(?:取|拿|收|"
        r"读)(?:过)?|没有?取(?:走|过|出)|不往外取|没动过|\bdoesn't read\b|\bdoes not read\b|\bzero \w+ (?:were "
        r")?(?:processed|taken|read)|(?:一条|一个|一帧)?(?:也|都)?不(?:拿|取|读|收)"
    ),
    State.ALIVE: (
        r"\balive\b|\b(?:still )?(?:listed|there|running)\b|\bup and running\b|\b(?:looks?|seems?) (?:alive|fine|"
        r"healthy)\b|还活着|活着|还在|在运行|在跑"
    ),
    State.SILENT: (
        r"\b(?:no|without(?: any| a)?|not? (?:a single|one|any)|zero|nor any) (?:other |further |single )?(?:errors?|"
        r"exceptions?|messages?|warnings?|complaints?|output|reason|trace\w*|logs?|word)\b|\bno (?:\w+ )?(?:error|"
        r"exception|message|complaint)\b|\b(?:says?|prints?|logs?|shows?|complains?) (?:about )?nothing\b|\bnothing "
        r"(?:in|is in|printed|logged)\b|\bsilent\w*|\bcause unknown\b|\bno idea (?:why|what)|\bcould not find out\b|"
        r"\bcannot see (?:any|the) reason|没(?:有)?(?:任何)?(?:报错|错误|异常|提示|输出|日志|打印)|(?:也)?没报错|"
        r"什么(?:都|也)没(?:说|报|提示|打)|不报错|一声不吭|不知道它?(?:在干)"
    ),
    State.WAITS: r"\bwait(?:s|ed|ing)?\b|\bgives? up\b|\bgave up\b|等(?:待|了|着)?|干等|傻等",
    State.TIMES_OUT: (
        r"\btim(?:es?|ed|ing)[- ]?out\b|\btimeouts?\b|\bgives? up\b|\bgave up\b|\b(?:raises?|throws?) "
        r"(?:queue\.)?(?:Full|Empty)\b|\beventually (?:queue\.)?(?:Empty|Full)\b|超时|\bruns? into (?:the |a "
        r")?time\w*|\bafter (?:a|one|\d+|thirty|ten|sixty) (?:min\w*|sec\w*|s)\b|\braised\b|等到超时|超过\S{0,4}(?:秒|"
        r"时间)|过时|\bafter \d+ (?:s|sec\w*|min\w*)\b|\bexception\b"
    ),
    State.SLOW: (
        r"\bslow(?:er|ly|ness|down)?\b|\bsluggish\w*|\bcrawl\w*|\bsnail\b|\btakes? (?:\w+ ){0,3}(?:ages|forever|hours|"
        r"minutes|\d+ ?(?:min\w*|hours?|h))\b|\btook (?:\w+ ){0,3}(?:hours|\d+ ?(?:min\w*|hours?))\b|\bspeed (?:it |"
        r"this )?up\b|\bfaster\b|\btuning\b|\bawfully\b|慢|提速|加速|太久|(?:要|花|用)\S{0,4}(?:小时|分钟)|耗时|"
        r"\bstutters?\b|\bchoppy\b|\b(?:eternity|painfully)\b|\b\d+ ?h(?:ours?|rs?)? for\b|\btakes? \d+ ?(?:h|min|"
        r"m)\b|\blong time\b|\bnot fluent\b|\bnot real[- ]?time\b|\bnot smooth\b|\bacceleration\b|卡顿|一卡一卡|龟速|"
        r"不流畅|半天|太久|好久|跑了\S{0,4}(?:小时|分钟)|\bquicker\b|\bneeded \d+ min\w*|用不了|特别慢"
    ),
    State.RATE: (
        r"\b\d+(?:\.\d+)? ?(?:fps|frames? (?:per|a|each|every|/) ?s\w*)|\b(?:half a|a|one|\d[\d.]*|two|three|several) "
        r"(?:seconds?|s|sec) (?:for|per) (?:each|every|one|a|frame|\w+ frame)|\bone frame every\b|\b(?:frame|each) "
        r"(?:takes|needs|costs) |\b\d+(?:\.\d+)? ?(?:s|sec|seconds|ms)/(?:frame|it)|每(?:帧|批|张)\S{0,6}\d|\d+ "
        r"?(?:fps|帧每秒|帧/秒)|一秒\S{0,4}帧|\b\d+(?:\.\d+)? ?(?:frames?|images?|imgs?) (?:a|per|each|every|in a) "
        r"?(?:second|sec|s|minute)\b|(?:一|每|单)(?:帧|张)\S{0,3} ?\d+ ?(?:毫秒|ms|秒|s)|\b\d+ ?(?:ms|毫秒)\b|一帧|"
        r"\brtf\b|每秒\S{0,4} ?\d+ ?(?:帧|张)"
    ),
    State.BEHINDHAND: (
        r"\bbacklog\b|\b(?:falls?|fell|falling|further(?: and further)?|lags?|lagging) behind\b|\bbehind the "
        r"(?:speaker|camera|source)|\b(?:delay|latency|lag) (?:\w+ ){0,3}(?:grow\w*|increas\w+|reach\w*|minutes|"
        r"higher)|\b(?:keeps? growing|only grows|grows and grows|piles? up|accumulat\w+)\b|\b(?:can't|cannot|can not|"
        r"not|n't) keep up\b|\bdrop(?:s|ped|ping)? frames\b|跟不上|越积越多|越来越(?:慢|落后|延迟)|积压|堆积|落后|"
        r"延迟越|越攒越多|越来越多|攒|\bpil(?:es|ing) up\b|\bgets? longer\b|\bgrows?\b|\bwould be smooth\b|"
        r"\bstutters?\b|\btoo late\b"
    ),
    State.GOES_ON: (
        r"\bkeep(?:s)? coming\b|\bgoes on\b|\bcorrect\b|\bis right\b|\bresults? (?:is|are|look\w*) (?:correct|fine|"
        r"good|right)|\bnothing is broken\b|\bfile is fine\b|\bno errors?\b|\bfinish(?:es|ed)?\b|\bin the end\b|"
        r"\b(?:output|text) does come\b|\bmanages\b|\bworks but\b|能(?:出|跑完|做完|生成)|结果(?:是)?(?:对|正常|"
        r"没问题)|就是|最后(?:能|也|都)|\bdoes work\b|\bit works\b|\beverything else (?:is )?fine\b|\bno "
        r"complaints?\b|\bcompletes?\b|\bworks fine\b|\bend result\b|能用|能正常|可以(?:跑|用|出)|没有?报错|"
        r"功能(?:正常|没问题)"
    ),
    State.BUSY: (
        r"\bfull load\b|\bbusy\b|\bmaxed\b|\bpinned\b|\bat (?:9\d|100|full)\b ?(?:%|percent)?|\b(?:9\d|100) ?(?:%|"
        r"percent)|\bprocessor 100\b|\ball (?:cpu )?cores\b|跑满|满载|占满|拉满|(?:9\d|100) ?%|飙|很高|\ball red\b|"
        r"\bfull power\b|\bat (?:the )?(?:99|98|97)\b|干活"
    ),
    State.BOTH: (
        r"\bboth\b|\bside by side\b|\bnext to\b|\balongside\b|\btogether\b|\btwo of them\b|\bthe (?:two|other)\b|"
        r"\bpulls? (?:in )?(?:the )?\b|\bdragged in\b|\bin addition\b|\bas well\b|\bat the same time\b|\bfor one\b|"
        r"同时|两个(?:包|都|版本)?|都(?:在|有|装|存在)|又(?:装|多|给我装)|一起|并存|顺手|多装|共存|\bas well as\b|"
        r"\bplus\b|\balso\b|\btwo (?:onnxruntime|packages|wheels|versions|variants|flavours)|\bdepends? on\b|"
        r"\b(?:pull|drag|bring|brought)(?:s|ed)?\b(?: \w+)? in\b|\bdrag\w*|\badding\b|\bas a dependency\b|有两个|"
        r"一个\S{0,8}一个|另一个|还(?:有|装)|依赖|\bat once\b|\btwo \w*onnx\w*|\bended up with\b|\bgpu and not gpu\b|"
        r"自动装"
    ),
    State.CLASHES: (
        r"\boverwr(?:it|ot)\w*|\bover-?rid\w*|\bclobber\w*|\btrampl\w*|\bshadow\w*|\bconflict\w*|\bclash\w*|"
        r"\binterfer\w*|\bshares? (?:one|the same|a) (?:folder|directory|place)|\b(?:the )?last (?:one )?(?:to be "
        r")?(?:installed )?wins\b|\bwins\b|\bsame (?:folder|module|directory|files)\b|\bbroken module\b|\breplac(?:es|"
        r"ed|ing)\b|\bbreaks?\b|\bbroke\b|\buninstall\w*|\bremov(?:e|ed|ing) (?:one|the|it|both)\b|\bpulled in "
        r"(?:again|by)\b|冲突|覆盖|打架|顶掉|冲掉|干扰|互相|卸(?:掉|载|了)|删(?:哪个|掉一个|一个)|缺东西|\btakes? "
        r"over\b|\btakes? precedence\b|\bgets? in the way\b|\bkicks? out\b|\bmess\w*|\boverlaps?\b|\bpushes? (?:out|"
        r"aside)|\breinstall\w*|\bhas no (?:InferenceSession|attribute)|\bsteals?\b|\bhijack\w*|优先|抢|盖(?:掉|住)|"
        r"搞坏|重装|(?:用|加载|导入)的(?:好像)?(?:是|成)|\btakes the wrong\b|\bkills my\b|\breinstalls?\b|失效|自动装"
    ),
    State.GONE: (
        r"\b(?:is|are|has|have|was)(?: \w+)? (?:gone|disappeared|vanished|missing)\b|\bdisappear\w*|\b(?:is|are|was) "
        r"not (?:offered|listed|among|available|in the list)\b|\bis(?: not|n't) (?:among|offered|in)\b|\bno longer "
        r"(?:\w+ )?(?:offered|listed|available|there)|\bnot (?:among|offered|in the list)\b|\b(?:only|just) "
        r"(?:offers?|lists?|shows?|finds?|sees?|knows?) (?:the )?CPU\b|\bonly CPU\b|不见了|(?:就)?没了|消失|(?:只|"
        r"就只)(?:认|有|剩|能用|列出)\S{0,3} ?CPU|没有 ?(?:GPU|CUDA)|不提供|\bwent away\b|\bis no more\b|"
        r"\b(?:returns?|gives?|prints?|reports?|only) (?:just |only )?(?:the )?CPU(?:\w*)?(?: stuff| things?)?(?: "
        r"only)?\b|\bCPU\w* (?:stuff |alone |provider )?only\b|\bhas no (?:InferenceSession|attribute)|\bfell off\b|"
        r"\bcuda is (?:false|missing|gone)|\blost\b|丢了|用不了|消失了|不支持 ?GPU|\bvanished\b|\bkills my gpu\b|失效"
    ),
    State.MISMATCH: (
        r"\bmis-?match\w*|\b(?:do|does|did)(?: not|n't) (?:match|fit)\b|\bincompatib\w+|\bnot compatible\b|\bwrong "
        r"(?:version|major)\b|\bdiffer\w*|\bdoes not go (?:together )?with\b|\binsufficient\b|\bnot sufficient\b|"
        r"对不上|不匹配|不一致|不兼容|不对应|不配套|配不上|\b(?:don't|doesn't|do not|not) (?:talk|fit|go|get along|"
        r"work together|like each)\b|\bwrong\b|\binstalled (?:the )?wrong|装错|\bmix(?:ed|ing)?(?: up)?\b|冲突"
    ),
    State.OLD: (
        r"\btoo (?:old|new)\b|\bolder\b|\bnewer\b|\bout-?dated\b|\bfrom 20(?:1\d|2[0-3])\b|\b(?:is|are) (?:from|"
        r"frozen|locked|stuck|still)\b|\bdoes(?: not|n't) update\b|\bfreez(?:es|e) it\b|\blocked\b|\bstill (?:on|in) "
        r"the \d+|\bbehind\b|\blater\b|太(?:旧|老|新|低|高)|过(?:旧|低|新|高)|旧版|老版本|动不了|升不了|不能升|\bnot "
        r"(?:be )?(?:update[ds]?|upgrade[ds]?)\b|\bcannot (?:be )?(?:update|upgrade)\w*|\bupgrade\b|\bcan't (?:update|"
        r"upgrade)\w*|\bancient\b|\blegacy\b|\bon (?:an )?old\b|\bonly (?:goes|up) to\b|不让(?:升|动|更新)|没法升|"
        r"停在|以上|最高(?:只)?(?:支持|到)|低于|升级"
    ),
    State.WANTS: (
        r"\b(?:wants?|expects?|requires?|needs?|demands?|asks? for|looks? for)\b|\b(?:built|compiled|made|"
        r"linked)\b(?: \w+){0,2} (?:for|with|against)\b|\bbased on\b|需要|要求|按\S{0,20}编译|是按|依赖|只支持|"
        r"\bwant(?:ed)?\b|\bneed\b|\bmust (?:have|be)\b|\bis a cu\d+\b|\bcu\d+ (?:one|build|wheel)\b|\bmeant for\b|"
        r"\bfor (?:cuda )?\d+\b|要(?:求|装)?(?= ?\d)|至少|编译的|对应"
    ),
    State.LEFT_BEHIND: (
        r"\b(?:still|always|for ?ever|keeps?|remains?|stays?)\b(?: \w+){0,5} (?:running|processing|active|in progress|"
        r'busy|started|executing|\"active\"|as running|pending)\b|\bas (?:running|processing|active|busy|in '
        r"progress)\b|\b(?:another|a|one|some) (?:job|task|one) (?:is )?(?:already )?(?:in progress|running|being)\b|"
        r'\bnothing is running\b|\bno process belongs\b|\bstill \"?active\b|\bcomes? back\b|(?:一直|始终|还|仍然?|'
        r"永远)(?:在)?(?:显示|提示|是|说)?\S{0,4}(?:正在|处理中|进行中|运行|制作|执行|忙)|有(?:别的|"
        r"其他)?任务(?:正)?在(?:执行|运行|处理|跑)|(?:其实|根本)(?:根本)?没(?:有)?(?:在)?(?:跑|运行|执行)|显示正在|"
        r"\bmarked (?:as )?(?:running|processing|active|busy)\b|'?\bbusy\b'?|\b(?:says?|thinks?|believes?|claims?) "
        r"(?:it is |it's |that )?(?:busy|running|another|occupied)|\bin use\b|\boccupied\b|状态没(?:改|变|更新|回)|"
        r"(?:还|仍)是?(?:处理|进行|运行|执行)中|忙|\b(?:a|another) (?:task|job) (?:being|is being|already)\b|"
        r"还在(?:转圈|跑|处理)|\bstill (?:holds?|there|listed|spinning|shown)\b|转圈"
    ),
    State.NOT_RELEASED: (
        r"\b(?:not|never|n't|nobody|no one)(?: \w+){0,2} (?:releas\w*|clear\w*|reset|free[ds]?|clean\w*|unlock\w*|"
        r"remov\w*)\b|\b(?:holds?|held|keeps?|occup\w+|owns?) (?:on to )?(?:the |its |a )?(?:lock|slot|place|gpu|"
        r"queue|flag)\b|\b(?:can't|cannot|can not|unable to|impossible to|no way to) (?:be )?(?:remov|delet|cancel|"
        r"stop|kill|clear)\w*|(?:没有?|未|不)(?:被)?(?:释放|清除|清理|重置)|(?:停|删|取消|清)不(?:掉|了)|占(?:着|用)|"
        r"既停不掉|\bstill holds?\b|\bholds? (?:the )?key\b"
    ),
    State.QUEUED: (
        r"\b(?:says?|shows?|is|are|stays?|remains?|just|only|stuck in|left in) (?:\w+ )?(?:queued|waiting|pending|in "
        r"(?:the )?(?:queue|line))\b|\bwait(?:s|ing)? (?:behind|for (?:a |the |its )?(?:lock|slot|turn))|\bstuck in "
        r"(?:waiting|queue\w*|pending)|\b(?:don't|do not|doesn't|does not|never|not) (?:get|gets) (?:their|its|a) "
        r"turn\b|\bsit there\b|\bqueued\b|排队|轮不到|(?:一直|都)(?:在)?等(?:待|着)|过不去|堵(?:住|着)|不执行|"
        r"\bpending\b|\bfor days\b|\bwaits? in line\b|\b(?:won't|not|never) (?:be )?(?:start|started|accepted|picked|"
        r"processed)\b|进不去|提交不(?:了|进)|(?:都)?显示(?:在)?(?:排队|等待)|开始不了|动不了|\bcan't (?:begin|start|"
        r"submit|create)\w*|\b(?:nothing|no) new\b|\bgets? scheduled\b|都排队"
    ),
    State.RESTART_HELPS: (
        r"\b(?:restart|reboot)\w*\b[^.;]{0,50}\b(?:help\w*|go away|fix\w*|works|clears?|cures?|solves?|fine)\b|"
        r"\b(?:until|unless|have to|must|need to) (?:\w+ ){0,3}(?:restart|reboot)\w*|重启\S{0,12}(?:才(?:行|能|好|"
        r"可以)|就好|就行|之?后第一个|就能|恢复)|必须重启|\bonly (?:a )?(?:\w+ )?(?:restart|reboot)\w*|\brestart\w* "
        r"(?:heals?|cures?|is the only)|重启(?:之后|后)?(?:就|才|能|可以|又)"
    ),
    State.ON_CPU: (
        r"\b(?:runs?|running|computes?|comput\w+|executes?|works?|done|goes|everything|inference|swap\w*|falls? back|"
        r"thing)\b[^.;]{0,40}\b(?:on|with|by|to|through|in) (?:the |my |all )?(?:CPU|processor|cores)\b|\bCPU (?:does|"
        r"is doing|only|instead)\b|\b(?:only|just|always) (?:the |my |uses? (?:the )?)?(?:CPU|processor)\b|(?:全|都|"
        r"只|仅|还是)?(?:靠|用|走|在|由) ?(?:CPU|处理器)|CPU ?(?:在|硬)(?:算|跑|扛)|(?:CPU|处理器)\S{0,4}(?:硬算|满载|"
        r"跑满)|\bhost processor\b|\b(?:Ryzen|Xeon|processor|CPU)\b[^.;]{0,20}\b(?:does|do|doing|has to "
        r"do)\b[^.;]{0,10}\b(?:job|work|all|everything)\b|\bCPU (?:works|is working|computes|takes over|gets)\b|"
        r"\beats? (?:my |the )?CPU\b|CPU ?在?干活|都是 ?CPU"
    ),
    State.IDLE: (
        r"\b(?:idle|idles|unused|sleeps?|sleeping|asleep)\b|\b(?:at|to|near|is|shows?|stays?|flat at|remains? at) "
        r"(?:zero|0 ?%?|0 percent)(?![\d.])|\b(?:0|zero) ?(?:%|percent)|\bnothing\b|\bnot (?:being )?(?:used|touched|"
        r"working|turning|on (?:the )?gpu)\b|\bnever touch\w*|\bdoes(?: not|n't) (?:touch|use|move|work|run on)\b|"
        r"\bflat\b|\bcold\b|空闲|闲着|没(?:有)?(?:一点|任何|什么|半点)?动(?:静)?|没(?:有)?(?:用|动|占用|工作)|(?:占用|"
        r"利用率|使用率)\S{0,4}(?:0|零)|一点动静都没有|不动|\bflat line\b|\bcold\b|\b0 ?% (?:usage|load)|"
        r"看不到这个进程"
    ),
    State.CHOSEN: (
        r"\b(?:choose|chose|chosen|select\w*|picked|enabled?|set|configured|ticked|asked for)\b|\bbought\b|"
        r"\balthough\b|\bthough\b|\bnvidia-smi is happy\b|选(?:了|的|择)|设置|开(?:了|启)|配(?:了|置)|勾|\boption\b|"
        r"\bwhy does it\b|\bI have (?:the )?(?:toolkit|cuda|driver)|明明|指定|用的是"
    ),
    State.AGAIN: (
        r"\bagain\b|\bre-?initiali[sz]\w*|\ba second time\b|\balready (?:set up|initiali[sz]ed|created|sits)|"
        r"重新初始化|再次(?:初始化|使用)|二次初始化|又用|\binitiali[sz]ation error\b|初始化(?:错误|失败)"
    ),
    State.FAILS: (
        r"\bfail\w*|\berrors?\b|\bthrows?\b|\brais(?:es|ed)\b|\bblows? up\b|\bblew up\b|\bcrash\w*|\bdies?\b|\bdead\b|"
        r"\bbreaks?\b|\bcomplain\w*|\brefus\w+|\brejects?\b|\b(?:can(?:not|'t)|could(?: not|n't)|unable to|not able "
        r"to|does(?: not|n't)|do(?: not|n't)|did(?: not|n't)|will not|won't) (?:\w+ )?(?:use|run|work|start|come up|"
        r"init\w*|be initiali[sz]\w*|create|load|find|handle|get|be used|touch)\b|\bno GPU\b|\babort\w*|\bnothing "
        r"runs\b|\bproblem\b|报错|失败|起不来|不能用|用不了|跑不(?:起来|了)|不能|无法|出错|异常|崩|\bfalls? over\b|"
        r"\bstops?\b|\bstopped\b|\bsays no\b|\bgo(?:es)? wrong\b|\bbail\w* out|\bgive[s]? up\b|\bwall of errors\b|"
        r"\bcan't (?:infer|be)|\bvanish\w*|不好使|不行|用不上|失效"
    ),
    State.REFUSED: (
        r"\b(?:not|n't|never) (?:be )?(?:allowed|permitted|able)\b|\bnot allowed\b|\bmay not\b|\bforbid\w*|\brefus\w+|"
        r"\bdisallow\w*|\bprohibit\w*|\b(?:can't|cannot|can not|must not) (?:have|start|create|open|spawn|fork|own)\b|"
        r"不(?:允许|许|准|让|能有|能再|可以有)|禁止|拒绝|报错|\bstops? .{0,40}\bfrom (?:start\w*|creat\w*|spawn\w*|"
        r"fork\w*)|\bcan't (?:have|own|make)\b|\bAssertion\w*|不能再|没法(?:再)?(?:起|开|建)|起不了|\bnot permitted\b|"
        r"\bnot being able\b|\bget around\b|不行|绕过"
    ),
    State.NOT_COVERED: (
        r"\b(?:no|not|n't|without|stopp\w+|dropp\w+|ends?|ended|lacks?|removed)\b[^.;]{0,40}\b(?:support\w*|includ\w+|"
        r"cover\w*|built for|kernels?|compatible|contain\w*|for (?:my|this|the|that) (?:card|gpu))|\b(?:drop(?:s|ped)|"
        r"removed|stopped|ended) (?:\w+ )?(?:support|including|maxwell|kepler|pascal|volta)|\bunsupported\b|\bstarts? "
        r"(?:at|with|from)\b|\b(?:only|compiled|built) (?:\w+ ){0,3}for (?:\w+ )?(?:volta|turing|ampere|pascal|sm)|"
        r"\bis not one\b|\bany (?:wheel|build|release)\b|\btoo (?:old|new) for\b|不(?:支持|包含|兼容|认)|"
        r"没(?:有)?(?:包含|编译|支持)|不在支持|等新版|砍掉|放弃支持|\bdoes(?: not|n't) (?:do|cover|know|like|"
        r"recogni[sz]e) (?:anything|my|this|the|it)?\b|\b(?:not|n't) compatible\b|\bincompatible\b|\bnot (?:in|part "
        r"of) (?:the|this) (?:package|build|wheel)\b|\bbelow sm|\bno longer\b|\bunknown\b|不再支持|已经不支持|不兼容|"
        r"太老|太新|\b(?:not|n't|isn't) available for\b|\bnot supported\b|\bisn't supported\b|\b(?:no|without) "
        r"(?:kernel|code|binary)\b|没有可用的|能用吗"
    ),
    State.UNREADABLE: (
        r"\b(?:can(?:not|'t| not)|could(?: not|n't)|unable to|fail(?:s|ed)? to|not able to|does(?: not|n't)|won't) "
        r"(?:be )?(?:\w+ )?(?:read|open|decod\w*|pars\w*|load|play|import|accept\w*|recogni[sz]\w*)\b|\bnot (?:a "
        r")?(?:valid|recogni[sz]ed|readable|accepted|supported)|\binvalid\b|\brejects?\b|\bdecod\w+ (?:error|fail\w*)|"
        r"\bwrong header\b|\bunsupported\b|解不(?:开|了)|读不(?:了|出|到|进)|打不开|不认|无法(?:识别|解码|读取|打开|"
        r"解析|加载)|不是有效|识别不了|解码失败|解析(?:失败|不了)"
    ),
    State.BROKEN: (
        r"\bcorrupt\w*|\bbroken\b|\bdamaged\b|\btruncated\b|\bzero[- ](?:length|bytes?)\b|\b0 bytes\b|\bcut off\b|"
        r"\bincomplete\b|\bmoov\b|\bhalf (?:copied|downloaded|written)\b|损坏|坏(?:了|的|掉)|不完整|空文件|0 ?字节|"
        r"截断|\bwrong header\b|\binvalid data\b|\bbad (?:file|header)\b|\bredownload\w*|\b(?:is|are) empty\b|空的|"
        r"是空"
    ),
    State.NONE_OR_MANY: (
        r"\b(?:no|not|n't|without|zero|cannot|two|three|several|multiple|many|more than one|second|exactly one|needs? "
        r"one|lost|loses?|fails?|missing|unable)\b|检测不到|识别不到|没(?:有)?(?:检测|识别|找)到?|没有|不到|两(?:个|"
        r"张)|多(?:个|张)|几个|找不到|丢"
    ),
    State.LESS: (
        r"\b(?:reduc|lower|decreas|sav|minimi[sz]|optimi[sz])\w*|\blow[- ](?:memory|vram)\b|\bsmaller\b|\bfit(?:s)?\b|"
        r"\b(?:split|chunk|tile)\w*|降低|减少|节省|分块|省|\b(?:use|uses|using|need|needs|eat|eats) less\b|\bless "
        r"(?:v-?ram|memory|gpu)\b|\bonly have \d|\bhalf precision\b|\bto save\b|\bfp16\b"
    ),
    State.NOT_USED: (
        r"\b(?:never|not|n't|without|hardly|barely|cannot|can't|unable to|refuses to|fails to)(?: \w+){0,2} (?:us(?:e|"
        r"es|ed|ing)|utili[sz]\w*|touch\w*|work(?:ing)?|pick(?:s|ed)? up|kick(?:s|ed)? in|involved|active)\b(?! (?:at "
        r"100|fully|completely|to (?:its|the) full|100))|\bignor\w+\b|\bunused\b|\buntouched\b|(?:没(?:有)?|未|不|"
        r"无法)(?:真正|被|怎么|有|能)?(?:使用|用(?:到|上|起来)?|调用|启用|走|跑在|动用|参与|工作)|\bno (?:gpu "
        r")?process(?:es)?\b|\b0 ?vram\b|(?:里)?(?:根本)?没有(?:我的|这个|任何)?进程|不走|不用显卡|不调用"
    ),
    State.HAVE: (
        r"\b(?:we|I|it|machine|box|server|host|node|computer|laptop|image|here|mine) (?:only |still |just )?(?:have|"
        r"has|had|got|runs?|comes? with|ships?|is|are)\b|\binstalled\b|\bthere is\b|\bwe're on\b|\bmy\b|\bour\b|"
        r"\bsays\b|\bshows\b|只有|装的(?:是)?|已装|机器上|服务器|还是|目前是|本机|我(?:的|这)?(?:是|里|这边)|"
        r"现在(?:是|用)"
    ),
    State.SIZE: r"\b\d+(?:\.\d+)? ?(?:gi?bs?|gigs?|g|mb)\b|\d+ ?G(?![\w])",
    State.LATER: (
        r"\bafter (?:a while|about|around|some|\d+|an hour|half|a few|several|two|three)\b|\bin the middle\b|\bevery "
        r"(?:couple|few|\d+|hour|night|time|so often)\b|\bsooner or later\b|\bat random\b|\brandomly\b|\bregularly\b|"
        r"\bover night\b|\bovernight\b|跑着跑着|(?:半|几|一)(?:个)?(?:小时|天|分钟)|过一会|时不时|经常|随机|每隔|突然|"
        r"又能撑|莫名"
    ),
    State.SEGV: (
        r"\bseg(?:mentation)?[- ]?(?:faults?|v)\b|\bSIGSEGV\b|\bcore dump\w*|\b(?:exit|status|code|returned) (?:code "
        r")?(?:is |was )?(?:139|134|-11|-6)\b|\bnative crash\w*|\baccess violation\b|\bsignal 11\b|段错误|核心转储"
    ),
    State.UNSEEN: (
        r"\b(?:no|not|without|zero|two|three|several|multiple|many|more than one|exactly one|one|nobody|lost|los(?:es|"
        r"t))\b|\b(?:n't|cannot|can't|unable to|fail\w* to|could not) (?:be )?(?:find|found|detect\w*|recogni\w*|see|"
        r"seen|locat\w*)|检测不(?:到|出)|识别不(?:到|出)|没(?:有)?(?:检测|识别|找)?到?|不到|两(?:个|张)|多(?:个|张)|"
        r"几个|找不到|丢|背对|\bturns? away\b|\baway\b|\bbehind\b|失败"
    ),
    State.TROUBLE: (
        r"\b(?:can(?:not|'t| not)|could(?: not|n't)|does(?: not|n't)|do(?: not|n't)|did(?: not|n't)|won't|will not|"
        r"isn't|is not|aren't|unable|not able|never|not permitted)\b|\b(?:fail\w*|errors?|wrong|problems?|issues?|"
        r"trouble|crash\w*|die[sd]?|dead|broke\w*|breaks?|complain\w*|refus\w*|throws?|demands?|stopp?(?:s|ed)|lost|"
        r"kills?|killed|vanish\w*|disappear\w*|get around|workaround|falls over|conflict\w*|blows? up)\b|\b(?:why|how "
        r"(?:to|do|can))\b|\b(?:is it (?:safe|ok|possible|right)|do I (?:have|need))\b|[?？]|怎么|为什么|吗|不(?:了|"
        r"能|行|到|走|动|出|支持|是)|没|报错|失败|错误|崩|失效|无法|异常|问题"
    ),
}
