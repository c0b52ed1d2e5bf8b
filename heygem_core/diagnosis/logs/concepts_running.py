"""The words for what processes, queues and tasks do or fail to do, English and Chinese."""

from __future__ import annotations

from heygem_core.diagnosis.logs.concepts_kinds import State

RUNNING: dict[State, str] = {
    State.DIES: (
        r"\bcrash(?:es|ed|ing)?\b|\bdie(?:s|d)?\b|\bdying\b|\bdead\b|\b(?:is|are|was) gone\b(?! (?:when|after|with|"
        r"once))|\bgone without\b|"
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
        r"\bhang(?:s|ing)?\b|\bbricks?\b|\bhung\b|\bstuck\b|\bfreez(?:es|ing|e)\b|\bfro(?:ze|zen)\b|\bdead-?lock\w*|"
        r"\bstall(?:s|"
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
        r")?(?:nothing|no \w+|zero|none|not(?:hing)?|0)\b|\b(?:never|not|n't|nobody|no ?one|no-one|nothing)(?: is| has|"
        r" was| ever| are)?(?: \w+)? (?:tak(?:es?|en|ing)|took|pull\w*|read(?:s|ing)?|fetch\w*|consum\w+|pick\w*|"
        r"drain\w*|empt\w+)\b|\bno ?(?:body|one) ever (?:reads?|takes?|drains?|empties)\b|\bnobody (?:on|at)\b|"
        r"(?:没有?|未)(?:人|再|有)?(?:取|消费|拿|读)|(?:一|半)(?:个|帧|"
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
    State.LEFT_BEHIND: (
        r"\b(?:still|always|for ?ever|keeps?|remains?|stays?)\b(?: \w+){0,5} (?:running|processing|active|in progress|"
        r"busy|started|executing|\"active\"|as running|pending)\b|\bas (?:running|processing|active|busy|in "
        r"progress)\b|\b(?:another|a|one|some) (?:job|task|one) (?:is )?(?:already )?(?:in progress|running|being)\b|"
        r"\bnothing is running\b|\bno process belongs\b|\bstill \"?active\b|\bcomes? back\b|(?:一直|始终|还|仍然?|"
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
        r"既停不掉|\bstays? set\b|\b(?:not|never|n't) (?:\w+ )?delete\b|\bstill (?:holds?|blocks?)\b|\bholds? (?:the "
        r")?key\b"
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
        r"is doing|only|instead)"
        r"\b(?! (?:tak|task|need|cost|spen|use))|"
        r"\b(?:only|just|always) (?:the |my |uses? (?:the )?)?(?:CPU|processor)\b|"
        r"(?:全|都|"
        r"只|仅|还是)?(?:靠|用|走|在|由) ?(?:CPU|处理器)|CPU ?(?:在|硬)(?:算|跑|扛)|(?:CPU|处理器)\S{0,4}(?:硬算|满载|"
        r"跑满)|\bhost processor\b|\b(?:Ryzen|Xeon|processor|CPU)\b[^.;]{0,20}\b(?:does|do|doing|has to "
        r"do)\b[^.;]{0,10}\b(?:job|work|all|everything)\b|\bCPU (?:works|is working|computes|takes over|gets)\b|"
        r"\beats? (?:my |the )?CPU\b|CPU ?在?干活|都是 ?CPU"
    ),
    State.IDLE: (
        r"\b(?:idle|idles|unused|sleeps?|sleeping|asleep)\b|\b(?:at|to|near|is|shows?|stays?|flat at|remains? at) "
        r"(?:zero|0 ?%?|0 percent)(?![\d.])|\b(?:0|zero) ?(?:%|percent)|\bnothing\b|\bnot (?:being )?(?:used|touched|"
        r"working|turning|on (?:the )?gpu)\b|\bnever touch\w*|\bdoes(?: not|n't) (?:touch|use|move|work|run on)\b|"
        r"\bflat\b|\bcold\b|空闲|闲着|没(?:有)?(?:一点|任何|什么|半点)?(?:动静?|反应)|没(?:有)?(?:用|动|占用|工作)|"
        r"(?:占用|"
        r"利用率|使用率)\S{0,4}(?<!\d)(?:0(?!\d)|零)|一点动静都没有|不动|\bflat line\b|\bcold\b|\b0 ?% (?:usage|load)|"
        r"看不到这个进程"
    ),
    State.NOT_USED: (
        r"\b(?:never|not|n't|without|hardly|barely|cannot|can't|unable to|refuses to|fails to)(?: \w+){0,2} (?:us(?:e|"
        r"es|ed|ing)|utili[sz]\w*|touch\w*|work(?:ing)?|pick(?:s|ed)? up|kick(?:s|ed)? in|involved|active)\b(?! (?:at "
        r"100|fully|completely|to (?:its|the) full|100))|\bignor\w+\b|\bunused\b|\buntouched\b|(?:没(?:有)?|未|不|"
        r"无法)(?:真正|被|怎么|有|能|会)?(?:使用|用(?:到|上|起来)?|调用|启用|走|跑在|动用|参与|工作)|\bno (?:gpu "
        r")?process(?:es)?\b|\b0 ?vram\b|(?:里)?(?:根本)?没有(?:我的|这个|任何)?进程|不走|不用显卡|不调用"
    ),
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
}
