"""The words for what is said of things in a report, English and Chinese."""

from __future__ import annotations

from heygem_core.diagnosis.logs.concepts_kinds import State
from heygem_core.diagnosis.logs.concepts_running import RUNNING

STATES: dict[State, str] = {
    **RUNNING,
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
        r"room|space)\b|\bmemory left\b|\ball (?:the |of )?\d+ ?GB (?:are|is|was|were) used\b|\bout of (?:gpu |cuda |"
        r"video )?memory\b|\bOOMs?\b|\bruns? out\b|\bran out\b|"
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
    State.FINE: (
        r"\bworks?\b|\bfine\b|\bok(?:ay)?\b|\ball good\b|\bgood\b|\bran to the end\b|\bno (?:hang|problem|issue)s?\b|"
        r"\bgoes (?:through|away)?\b|\bnever happen(?:s|ed)\b|\bsolve[sd]\b|\bfix(?:es|ed)\b|\bruns?\b|\bdoes(?: not|"
        r"n't) (?:happen|hang|freeze)\b|正常|没事|没问题|可以|就好|不会卡|能跑|\bmoves\b|\bcur(?:ed|es)\b|\bheals?\b|"
        r"\bsmooth\w*|\bno trouble\b|\b(?:is|was|all) (?:well|right)\b|\bdoes not\b|\bnever (?:hangs?|freezes?|"
        r"happens?)\b|不会|好了|恢复|顺利|没卡过|是好的|又好|\balive\b|\beverything fine\b|\bcan\b(?=[.]|$)|能好|"
        r"可以了"
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
        r"(?:have|has|offers?|lists?|shows?|finds?|sees?|knows?) (?:azure and )?(?:the )?CPU\b|\bonly CPU\b|不见了|"
        r"(?:就)?没了|消失|(?:只|"
        r"就只)(?:认|有|剩|能用|列出)\S{0,3} ?CPU|没有 ?(?:GPU|CUDA)|不提供|\bwent away\b|\bis no more\b|"
        r"\b(?:returns?|gives?|prints?|reports?|only) (?:just |only )?(?:the )?CPU(?:\w*)?(?: stuff| things?)?(?: "
        r"only)?\b|\bCPU\w* (?:stuff |alone |provider )?only\b|\bhas no (?:InferenceSession|attribute)|\bfell off\b|"
        r"\bcuda is (?:false|missing|gone)|\blost\b|丢了|用不了|消失了|不支持 ?GPU|\bvanished\b|\bkills my gpu\b|失效"
    ),
    State.MISMATCH: (
        r"\bmis-?match\w*|\b(?:do|does|did)(?: not|n't) (?:match|fit)\b|\bincompatib\w+|\bnot compatible\b|\bwrong "
        r"(?:version|major)\b|\bdiffer\w*|\bdoes not go (?:together )?with\b|\binsufficient\b|\bnot sufficient\b|"
        r"对不上|不匹配|不一致|不兼容|不对应|不配套|配不上|\b(?:don't|doesn't|do not|not) (?:talk|fit|go|get along|"
        r"work together|like each)\b|\bwrong\b|\binstalled (?:the )?wrong|装错|冲突"
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
        r"runs\b|\bno way to (?:use|get|run)\b|\bproblem\b|报错|失败|起不来|不能用|用不了|跑不(?:起来|了)|不能|无法|"
        r"出错|异常|崩|\bfalls? over\b|"
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
        r"cover\w*|built for|compatible|contain\w*|for (?:my|this|the|that) (?:card|gpu))|\b(?:drop(?:s|ped)|removed|"
        r"stopped|ended) (?:\w+ )?(?:support|including|maxwell|kepler|pascal|volta)|\bunsupported\b|\bstarts? (?:at|"
        r"with|from)\b|\b(?:only|compiled|built) (?:\w+ ){0,3}for (?:\w+ )?(?:volta|turing|ampere|pascal|sm)|\bis not "
        r"one\b|\bany (?:wheel|build|release)\b|\btoo (?:old|new) for\b|不(?:支持|包含|兼容|认)|没(?:有)?(?:包含|编译|"
        r"支持)|不在支持|等新版|砍掉|放弃支持|\bdoes(?: not|n't) (?:do|cover|know|like|recogni[sz]e) (?:anything|my|"
        r"this|the|it)?\b|\b(?:not|n't) compatible\b|\bincompatible\b|\bnot (?:in|part of) (?:the|this) (?:package|"
        r"build|wheel)\b|\bbelow sm|\bno longer\b|\bunknown\b|不再支持|已经不支持|不兼容|太老|太新|\b(?:not|n't|"
        r"isn't) available for\b|\bnot supported\b|\bisn't supported\b|\b(?:no|without) (?:kernel|code|binary)\b|"
        r"没有可用的|能用吗"
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
    State.LESS: (
        r"\b(?:reduc|lower|decreas|sav|minimi[sz]|optimi[sz])\w*|\blow[- ](?:memory|vram)\b|\bsmaller\b|\bfit(?:s)?\b|"
        r"\b(?:split|chunk|tile)\w*|降低|减少|节省|分块|省|\b(?:use|uses|using|need|needs|eat|eats) less\b|\bless "
        r"(?:v-?ram|memory|gpu)\b|\bonly have \d|\bhalf precision\b|\bto save\b|\bfp16\b"
    ),
    State.HAVE: (
        r"\b(?:we|I|it|machine|box|server|host|node|computer|laptop|image|here|mine) (?:only |still |just )?(?:have|"
        r"has|had|got|runs?|comes? with|ships?|is|are)\b|\binstalled\b|\bthere is\b|\bwe're on\b|\bmy\b|\bour\b|"
        r"\bsays\b|\bshows\b|只有|装的(?:是)?|已装|机器上|服务器|还是|目前是|本机|我(?:的|这)?(?:是|里|这边)|"
        r"现在(?:是|用)"
    ),
    State.SIZE: r"\b\d+(?:\.\d+)? ?(?:gi?bs?|gigs?|g|mb)\b|\d+ ?G(?![\w])",
    State.UNSEEN: (
        r"\b(?:no|not|without|zero|two|three|several|multiple|many|more than one|exactly one|one|nobody|lost|los(?:es|"
        r"t))\b|\b(?:n't|cannot|can't|unable to|fail\w* to|could not) (?:be )?(?:find|found|detect\w*|recogni\w*|see|"
        r"seen|locat\w*)|检测不(?:到|出)|识别不(?:到|出)|没(?:有)?(?:检测|识别|找)?到?|不到|两(?:个|张)|多(?:个|张)|"
        r"几个|找不到|丢|背对|\bturns? away\b|失败"
    ),
    State.TROUBLE: (
        r"\b\w+Error\b|\b(?:can(?:not|'t| not)|could(?: not|n't)|does(?: not|n't)|do(?: not|n't)|did(?: not|n't)|"
        r"won't|will not|no way to|"
        r"isn't|is not|aren't|unable|not able|never|not permitted)\b|\b(?:fail\w*|errors?|wrong|problems?|issues?|"
        r"trouble|crash\w*|die[sd]?|dead|broke\w*|breaks?|complain\w*|refus\w*|throws?|demands?|stopp?(?:s|ed)|lost|"
        r"kills?|killed|vanish\w*|disappear\w*|get around|workaround|falls over|conflict\w*|blows? up)\b|\b(?:why|how "
        r"(?:to|do|can))\b|\b(?:is it (?:safe|ok|possible|right)|do I (?:have|need))\b|[?？]|怎么|为什么|吗|不(?:了|"
        r"能|行|到|走|动|出|支持|是)|没|报错|失败|错误|崩|失效|无法|异常|问题"
    ),
}
