"""The words in which people make the claims that are read: one list of expressions per claim, English and Chinese."""

from __future__ import annotations

from heygem_core.diagnosis.logs.claims_kinds import Claim
from heygem_core.diagnosis.logs.claims_words_install import INSTALL
from heygem_core.diagnosis.logs.claims_words_load import LOAD

_ZERO = (
    r"(?:(?:num_?work(?:er)?s?|(?<!\w)workers?(?:_per_\w+)?|n_?workers?|num_?threads?)\W{0,5}(?:=|:|is|to|of|为|"
    r"设为|改为|设置为|"
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
    r"make)|\bstill\b|\bsame\b(?! (?:code|script|setup|program|model|data))|"
    r"\balso (?:hangs?|stuck|freez|happens)|没用|无效|没有用|没有变化|不行|依然|仍然|还是|一样)"
)
_JOB = r"(?:job|task|request|generation|prompt|run|video|render|workflow|queue item|image)s?"

WORDS: dict[Claim, tuple[str, ...]] = {
    **LOAD,
    **INSTALL,
    Claim.HANGS: (
        r"\b(?:hangs?|hanging|hung|stuck|freez\w+|frozen|froze|halts?|deadlock\w*|stall\w*|unresponsive|"
        r"not responding)\b",
        r"\bstop(?:s|ped)? (?:responding|working|there|when|at|after|without|mid)|\b(?:data ?loader|training|it|"
        r"process|"
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
        r"\b(?:num_?workers?|n_?workers?|workers?(?:_per_\w+)?)\b\W{0,6}(?:set to|greater than|more than|larger than|"
        r"bigger than|"
        r"above|is|to|of|大于|为)?\W{0,4}(?:[1-9]\d*\b|0\b)",
        r"\bnumber of (?:data ?loader )?workers\b|\b(?:several|multiple|multi|more than (?:one|1|0)|any|"
        r"more) (?:data ?loader |data loading |"
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
        r"\b(?:worker|process|service|server|container|program|python)(?:es|s)? (?:\w+ ){0,4}(?:dies|died|crash(?:es|"
        r"ed)|is dead|terminates|exits|disappears)\b",
        r"\b(?:dies|crash(?:es|ed)|exits|terminates|restarts) (?:silently|without (?:any )?(?:error|log|message|"
        r"traceback|warning)|suddenly|immediately)",
        r"\b(?:process|worker|child|children)(?:es|s)? (?:\w+ )?(?:defunct|zombies)\b(?!.{0,20}reap)",
        r"\bcrash(?:es|ed|ing)? (?:the|my|our) (?:whole )?(?:app|program|system|pc|computer|server|container|"
        r"browser|kernel)\b",
        r"\bO[OM]M[- ]?kill(?:s|ed|er|ing)?\b(?![\"']?\s*[:=]?\s*[\"']?false)|\bCrashLoopBackOff\b",
        r"[\"'`“‘]killed[\"'`”’]|kill(?:ed)?(?:了|掉)",
        r"\bkill(?:s|ing) (?:off )?(?:my |the |its |our )?(?:\w+ ){0,2}?(?:worker|process|pod|container|script|"
        r"program)",
        r"\bkeeps? (?:on )?(?:restart|respawn|dying)\w*|\brestarts? (?:itself|automatically|over and over|repeatedly|"
        r"constantly)|\bcrash ?loop",
        r"(?:进程|服务|容器|程序|worker)\S{0,6}(?:崩溃|闪退|挂了|崩了|被杀|被 ?kill|自动退出|自动重启|意外退出|消失)|"
        r"闪退|自动重启|(?:无端|频繁|经常|莫名|直接|突然|总是|一直|就|会|后|游戏|软件)(?:地|的)?崩溃|崩溃(?:了|前|"
        r"报告|原因)|[\u4e00-\u9fff]\s*killed(?![A-Za-z])|被 ?(?:系统)?(?:kil\w*|杀死|杀掉)(?![A-Za-z])",
    ),
    Claim.DIES_AND_HANGS: (
        r"\b(?:if|when|once|after|in case) (?:\w+ ){0,5}?(?:worker|process|child|children|"
        r"test|"
        r"task)(?:es|s)? (?:\w+ ){0,3}?(?:dies|died|crash(?:es|ed)|(?:is|are|was|gets?|got) killed)\b.{0,120}?"
        r"\b(?:hangs?|dead-?locks?|stuck|waits?|waited|blocks?) ?(?:for|forever|in|on|$|[.,])",
        r"\b(?:hangs?|hung|dead-?locks?|blocks?|waits?|stuck)\b.{0,40}\b(?:if|when|once|after|"
        r"because) (?:\w+ ){0,4}?(?:workers?|process(?:es)?|"
        r"child(?:ren)?|step|stage) (?:\w+ ){0,2}?(?:dies|died|crash(?:es|ed)|exit(?:s|ed)|(?:is|are|was|"
        r"gets?|got) killed)\b",
    ),
    Claim.HOST_RAM: (
        r"\b(?:not enough|out of|(?:us(?:es|ed|ing)|tak(?:es|en|ing)|eat(?:s|ing)|fill(?:s|ed|ing)) (?:up )?all|all|"
        r"insufficient|"
        r"more|too much|lack of|\d+ ?GB)(?: of)?(?: the| my| its| available| avilable| free| system| host|"
        r" \d+ ?GB){0,3} (?:RAM|memory)\b"
        r"(?! (?:on|of) (?:the )?GPU)",
        r"\bRAM\b.{0,24}\b(?:full|crash\w*|exhausted|exceed\w*|not enough|insufficient|100 ?%|runs? out|used up)|"
        r"\b(?:memory|RAM) (?:made?|makes?|caus\w+) .{0,12}crash|"
        r"(?<!显)(?<!显卡)(?<!显卡的)(?<!GPU)(?<!GPU )内存(?:不足|不够|爆|满|"
        r"溢出|耗尽)|"
        r"\bO[OM]M[- ]?kill(?:s|ed|er|ing)?\b(?![\"']?\s*[:=]?\s*[\"']?false)|吃(?:满|光)内存|"
        r"(?<!显)(?<!GPU)(?<!GPU )内存\S{0,12}(?:占满|用完|用光|跑满|(?:9\d|100) ?%)",
    ),
    Claim.TASK_STUCK: (
        rf"\b(?:{_JOB}|operations?|records?|rows?|queue|它)\b.{{0,80}}?\b(?:stuck|stranded|remain\w*|stay\w*|keeps?|"
        rf"kept|left|"
        rf"leaving|sits?|hangs?)\b"
        rf".{{0,40}}?\b(?:in[_ -]?progress|processing|running|pending|queued|started|todo|waiting|busy|blocked|locked|"
        rf"active|executing|claimed|reserved|stuck)\b",
        rf"\b{_JOB}\b.{{0,60}}?\b(?:marked|shown|listed|flagged) (?:as|in)\b.{{0,24}}\b(?:forever|indefinitely|always)",
        rf"\b{_JOB}\b(?: \w+){{0,4}}? never (?:goes|go|proceeds?|moves?|advances?|completes?|ends?|finish\w*)\b",
        rf"\b(?:pending|queued|waiting|scheduled) {_JOB}\b.{{0,30}}(?:n't|not|never) (?:proceed|start|run|move|execute|"
        rf"get|progress)",
        rf"\b(?:leav\w+|left|stuck|remain\w*) {_JOB} (?:stuck |hanging )?(?:in|as|at) |"
        r"\b(?:stuck|blocked|waiting) (?:forever )?in (?:the )?queue|进度条?一直都?(?:为|是|在|卡在|停在)? ?\d+",
        rf"\b(?:worker|status|state)\b.{{0,30}}\bstuck (?:on|in|at) (?:busy|running|processing)|"
        rf"\b{_JOB} (?:\w+ ){{0,2}}(?:with|in) "
        rf"(?:the )?(?:status|state)\b.{{0,60}}\b(?:nothing happen\w*|long time|forever|never)",
        rf"\b{_JOB}\b.{{0,40}}\b(?:persistently|permanently|forever|indefinitely|perpetually)\b|\b(?:orphans?|"
        rf"orphaning) (?:the |"
        rf"scheduled )*{_JOB}",
        r"\bnever (?:recover\w*|reclaim\w*|clean\w*|claim\w*|clear\w*|reset|release\w*|transition\w*|pick\w*)|"
        r"(?:\bnot|\bnever|n't) (?:be )?(?:recovered|reclaimed|cleaned up|picked up)",
        r"(?:\btask|\bjob|任务|作业|状态).{0,8}(?:一直|始终|永远|还|仍然?)\S{0,6} ?(?:running|pending|processing|"
        r"queued|executing)",
        r"(?:任务|状态|进度).{0,12}(?:一直|始终|永远|还|仍然?).{0,8}(?:处理中|进行中|运行中|排队|等待|制作中|占用|卡)|"
        r"一直(?:是|显示|卡在|处于|停在|在)*[“\"「‘']?(?:正在|处理中|进行中|运行中|排队|队列(?:里|中|等待))|"
        r"(?:处理中|进行中|"
        r"运行中)[”\"」’']?的?任务(?:不能|无法|没法)",
    ),
    Claim.LEFT_OVER: (
        rf"\b(?:zombie|orphan\w*|ghost|stale|left ?over|lingering|dangling|dead|old|"
        rf"previous\w*) (?:\w+ ){{0,2}}?(?:{_JOB}|"
        rf"rows?|operations?|workers?|state|lock|entr(?:y|ies)|queue|process(?:es)?|container)",
        r"\b(?:after|when|if|on|upon|once) (?:\w+ ){0,4}(?:restart\w*|reboot\w*|re-?deploy\w*|crash\w*|re-?creat\w*|"
        r"cancel\w*|"
        r"delet\w*|abort\w*|interrupt\w*|kill\w*|dies|died)"
        r"|(?<!\bto )(?<!\bmust )(?<!\bby a )\b(?:restarts?|crashes|is cancel+ed|is deleted)\b",
        rf"\bkill(?:s|ing) (?:a|the|my) (?:\w+ )?{_JOB}\b",
        r"(?:以前|之前|先前).{0,20}(?:删除|删|取消|中断|终止)(?:过|了|掉)",
        r"(?:重启|删除|取消|中断|崩溃|异常关闭|失败|出错|报错)(?:了)?(?:（[^）]*）)?(?:之)?后"
        r"(?!.{0,3}(?:也|还是|仍然?|依然)(?:一样|这样|没用|不行|如此))",
        r"\bworkers? (?:that |which )?(?:no longer|does not|doesn't|do not|don't) exist",
    ),
    Claim.RAM_GROWS: (
        r"(?<!显)(?<!GPU)内存\S{0,6}(?:一直|不断|持续|逐渐|越来越|慢慢|会)\S{0,10}(?:大|多|高|加|涨|"
        r"长).{0,16}(?:用尽|用完|用光|耗尽|"
        r"爆|满|杀|kill|崩|卡死|不足)",
        r"\b(?:memory|RAM)\b(?! (?:of|on) (?:the )?GPU)[^'\"]{0,60}\b(?:all used|used up|exhausted|runs? out|"
        r"drops? down|to zero|fills? up)\b",
    ),
    Claim.SECOND_STUCK: (
        r"\b(?:first|1st) (?:\w+ ){0,3}(?:works?|ok|okay|succe\w+|fine|finish\w*|completes?|completed|is good|"
        r"was good|generated|went).{0,80}?\b(?:second|2nd|next|subsequent|following|later|after that|then|"
        r"others?)\b",
        rf"\b(?:second|2nd|next|subsequent|following(?= {_JOB}\b)) (?:\w+ ){{0,3}}(?:hangs?|stuck|fails?|never|"
        rf"block\w*|freezes?|"
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
        rf"\b(?:lingering|left ?over|orphan\w*|stale) \S{{0,24}} ?{_JOB}\b",
        r"\b(?:waiting|stuck|hangs?|blocked|queued)\b.{0,40}\bafter (?:I )?canc\w+",
        rf"\b(?:resum\w+|restart\w*|continu\w+|keeps? (?:running|processing|generating)|re-?runs?|repeats?) (?:the |"
        rf"my )?(?:old|previous|last|earlier|cancel+ed|deleted|same) (?:\w+ )?{_JOB}\b",
        rf"\b(?:cancel\w*|interrupt\w*|abort\w*|stop(?:ped|ping)?|delet\w+|kill\w*)\b.{{0,80}}?\b(?:next|new|another|"
        rf"subsequent|following|other|later|every) (?:\w+ ){{0,2}}{_JOB}\b",
        r"\b(?:cannot|can't|can not|unable to|no way (?:of|to)|not able to|impossible to|does(?: not|n't)|"
        r"nothing happens when I(?: \w+)?|won't|no) (?:\w+ ){0,2}(?:cancel\w*|interrupt\w*|abort\w*|"
        r"clear\w* (?:the )?queue|terminat\w*)\b|\b(?:cancel\w*|interrupt\w*|abort\w*) (?:\w+ ){0,3}(?:does(?: not|"
        r"n't)|not|nothing|never|no effect|isn't|won't)\b|\buncancel+able\b|\bnothing happens when I (?:click |"
        r"press )?(?:cancel|stop|interrupt)",
        r"\b(?:queue|flag|lock|state|status)\b.{0,40}(?:\bnot|\bnever|n't) (?:been )?(?:clear\w*|reset|"
        r"release\w*|empt\w+|drain\w*|process\w*|pick\w*)|\b(?:won't|does(?: not|n't)|not|"
        r"no longer) process (?:the )?queue|"
        r"\bnone? (?:of them )?(?:will be |is |are |gets? )?picked",
        rf"\b(?:crash\w*|reboot\w*|restart\w*|shut ?down|power\w*|closed)\b.{{0,120}}\b(?:previous|old|last|same|"
        rf"unfinished) {_JOB}\b",
        r"(?:之前|以前|先前)(?:的|那些|那个)?(?:任务|作业|视频).{0,6}(?:还|仍然?|一直)在|"
        r"取消(?:了)?(?:队列|任务)?.{0,8}(?:后面|之后|再).{0,8}(?:无法|不能|没法)(?:再次)?(?:执行|运行|提交)",
        r"(?:之前|上一个|前面|原来|旧|第一个|上次)\S{0,3}(?:有个|的)?(?:任务|视频|作业).{0,24}(?:失败|删|取消|中断|"
        r"没做完|没完成|异常|卡).{0,40}?(?:后|再|新|一直|排队)",
        r"(?:取消|删除|删掉|终止|中断|停止|关闭).{0,20}(?:任务|视频|进程).{0,30}(?:还|仍|依然|新|再|排队|占|后面|"
        r"一直)|(?:如何|怎么|怎样|才能)(?:停止|终止|取消|删除|清空).{0,6}(?:前面|之前|上一个|任务|队列)",
        r"\b(?:not possible|impossible|no way|rather|unable|cannot|can't|can not|how) (?:to )?(?:delete|clear|empty|"
        r"flush|"
        r"purge|stop|"
        r"cancel|kill) (?:the |my |a |all |any )?(?:\w+ )?(?:queue|jobs?|tasks?|prompts?)\b",
        r"(?:后面|后续|其他|其它|别的)的?(?:任务|队列|作业|视频)\S{0,6}(?:堵塞|堵住|堵着|阻塞|卡住|排队)|"
        r"\bnever cancel(?:s|led|ed)?\b",
        r"(?:关闭|重新打开|重开|退出|暂停|重启).{0,10}后.{0,12}(?:任务|队列).{0,12}(?:无法|不能|还在|卡|没)|"
        r"队列.{0,6}(?:无法|不能|没法)(?:删除|停止|取消|关闭|清空)",
        r"新(?:建|的|提交)?(?:的)?(?:任务|视频)?(?:就)?(?:一直|只能|都|还)?(?:在)?(?:排队|等待|等着)|"
        r"(?:没有|无法|不能)(?:终止|取消|停止|删除)(?:任务)?|异常关闭|任务残留|状态(?:没有|未)(?:清|重置|释放)|"
        r"后面的任务(?:都)?(?:无法|不能|一直|不)",
    ),
    Claim.PRELOADED: (
        r"--preload\b|\bpreload_app\b|\b(?:gunicorn|uwsgi)\b.{0,60}\bpreload",
        r"\bmodels?\b.{0,60}\bloaded (?:\w+ ){0,3}(?:by|in|from) the (?:master|parent) process\b|"
        r"主进程.{0,6}加载.{0,4}模型",
    ),
    Claim.MODEL: (r"\b(?:py)?torch\b|\btensorflow\b|\btensor ?rt\b|\bonnx|\bpaddle",),
    Claim.TROUBLE: (
        r"[?？]",
        r"\b(?:I|my|we|our)\b.{0,80}\b(?:errors?|fail\w*|problems?|issues?|crash\w*|cannot|can't|unable|doesn't|wrong|"
        r"bug)\b",
        r"\b(?:help|anyone|somebody)\b",
        r"报错|错误|失败|异常|怎么|怎麼|为什么|原因|请问|求助|无法|不行|崩",
    ),
}
