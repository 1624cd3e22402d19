//! Every page that can be shown, and the words that must be readable on it.

use domain::level::Level;
use visit::{
    devices::printer::{Outcome, Printing},
    language::Language,
    screen::Screen,
};

use crate::{sample, terminal::Terminal};

/// A page: its name, how it comes about, and its words.
pub type Page = (&'static str, Screen, Vec<&'static str>);

/// Opens what only a finger opens on a page that is shown.
pub fn open(terminal: &Terminal, page: &str) {
    terminal.beside(page.ends_with("-slip").then_some(Printing::Done(Outcome::Away)));
    match page {
        "search" | "not-found" => {
            touch(terminal, "搜索事项");
            let keys: &[&str] = if page == "search" { &["g", "g", "c"] } else { &["v"] };
            keys.iter().for_each(|key| terminal.tap(key));
            return;
        }
        "themes" => return touch(terminal, "按类型"),
        _ => {}
    }
    let keys: &[&str] = match page {
        "words" => &[],
        "candidates" => &["b", "a", "n", "l", "i", "s", "u", "d", "u", "k", "u", "a", "i"],
        "hanzi" => &["y", "i", "更多"],
        "signs" => &["符号"],
        "radicals" => &["部首"],
        _ => return,
    };
    touch(terminal, "其他，我来写");
    // Other languages begin with letters of their own.
    while page != "words" && terminal.labelled("，").is_empty() {
        touch(terminal, "中/英");
    }
    for key in keys {
        touch(terminal, key);
    }
    if page == "radicals" {
        let three = Language::ALL.map(|language| language.say("{}画").replace("{}", "3"));
        let shown = three.iter().find(|three| !terminal.labelled(three).is_empty());
        terminal.tap(shown.unwrap());
    }
}

/// Touches what is called so, in whichever language.
fn touch(terminal: &Terminal, label: &str) {
    let labels = Language::ALL.map(|language| language.say(label));
    let shown = labels.iter().find(|label| !terminal.labelled(label).is_empty());
    terminal.tap(shown.unwrap_or_else(|| panic!("nothing is called {label}")));
}

/// All of them, in the order of a visit.
pub fn pages() -> Vec<Page> {
    let item = sample::item();
    let problems = vec![("applicant_phone".to_owned(), "应为11位手机号码".to_owned())];
    let mut faces = vec![
        "您对这次办理满意吗？",
        "食品经营许可（示例）",
        "不向社会公开我的评价",
        "不评价，退出",
    ];
    faces.extend(sample::LABELS);
    let mut done = sample::case();
    done.invitation = Some("token".into());
    let done_there = done.clone();
    vec![
        (
            "attract",
            Screen::Attract,
            vec![
                "政务服务中心",
                "政务服务自助终端",
                "10:24",
                "11月22日 星期日",
                "点击屏幕，开始办理",
                "看指南、填申请、等结果",
            ],
        ),
        ("waiting", sample::sending(), vec!["请稍候", "正在保存您的评价……", "退出"]),
        (
            "items",
            Screen::Items { items: sample::items() },
            vec![
                "请选择要办理的事项",
                "食品经营许可（示例）",
                "社会保险参保缴费记录查询打印（示例）",
                "还有更多，往下看",
                "退出",
            ],
        ),
        (
            "search",
            Screen::Items { items: sample::items() },
            vec!["请选择要办理的事项", "找到 1 项", "公共场所卫生许可（示例）", "清除", "看结果"],
        ),
        (
            "not-found",
            Screen::Items { items: sample::items() },
            vec!["请选择要办理的事项", "找到 0 项"],
        ),
        (
            "themes",
            Screen::Items { items: sample::items() },
            vec!["请选择要办理的事项", "按类型", "按部门", "行政许可（办证、审批），共 2 项"],
        ),
        (
            "guide",
            Screen::Guide { item: item.clone(), entries: Vec::new() },
            vec![
                "办事指南",
                "食品经营许可（示例）",
                "昌吉市示例市场监督管理局",
                "我们承诺",
                "5 个工作日",
                "法律规定最长",
                "20 个工作日",
                "要带的材料",
                "开始填写",
                "重选事项",
                "退出",
            ],
        ),
        (
            "items-away",
            Screen::Items { items: sample::items().into_iter().map(sample::seen_before).collect() },
            vec![
                "请选择要办理的事项",
                "网络不通：这是 2026-11-22 10:24 的内容，可以看怎么办、要带什么；恢复后才能办理。",
                "食品经营许可（示例）",
            ],
        ),
        (
            "guide-away",
            Screen::Guide { item: sample::seen_before(item.clone()), entries: Vec::new() },
            vec![
                "办事指南",
                "网络不通：这是 2026-11-22 10:24 的内容，恢复后才能办理。急办请到窗口。",
                "要带的材料",
            ],
        ),
        (
            "form",
            sample::form(sample::entries(), problems),
            vec![
                "填写申请",
                "有内容需要更正，请看红色提示。",
                "应为11位手机号码",
                "填好了",
                "看指南",
                "退出",
                "删除",
                "下一项",
                "收起",
                "9",
            ],
        ),
        (
            "letters",
            sample::form(Vec::new(), Vec::new()),
            vec!["填写申请", "q", "·", "空格", "符号", "中/英", "下一项"],
        ),
        (
            "confirm",
            Screen::Confirm { item, entries: sample::entries() },
            vec!["请核对", "联系电话", sample::NAME, sample::PHONE, "确认提交", "返回修改", "退出"],
        ),
        (
            "result",
            Screen::Result { case: sample::case() },
            vec!["申请已受理", "办件编号", sample::NUMBER, "最晚办结日期", "2026-11-30", "退出"],
        ),
        (
            "done",
            Screen::Result { case: done },
            vec!["已为您办好", sample::NUMBER, "评价这次办理", "退出"],
        ),
        (
            "done-slip",
            Screen::Result { case: done_there },
            vec!["已为您办好", "打印机不可用，再试", "评价这次办理", "退出"],
        ),
        ("faces", sample::faces(), faces),
        (
            "faces-long",
            sample::long_faces(),
            vec!["您对这次办理满意吗？", "非常不满意", "不评价，退出"],
        ),
        (
            "reasons",
            Screen::Reasons(sample::given(true)),
            vec![
                "哪里让您不满意？",
                "不满意",
                "请至少选一项，或者自己写几句。",
                "按规定，差评说了原因才能提交；没有说就离开，这次评价不会计入。",
                "业务不熟练",
                "其他，我来写",
                "提交评价",
                "改选等级",
            ],
        ),
        (
            "praise",
            Screen::Reasons(sample::touched(sample::asking(false), Level::VerySatisfied)),
            vec![
                "哪里让您满意？",
                "已记下。不再操作，也会按“非常满意”提交。",
                "一窗受理一次办结",
                "其他，我来写",
                "回答 3 个小问题",
                "提交评价",
                "退出，照常提交",
            ],
        ),
        (
            "words",
            Screen::Reasons(sample::given(true)),
            vec!["请说说原因", "还可以写 500 个字", "空格", "写好了"],
        ),
        (
            "candidates",
            Screen::Reasons(sample::given(true)),
            vec!["请说说原因", "办理速度快", "分隔", "更多", "写好了"],
        ),
        (
            "hanzi",
            Screen::Reasons(sample::given(true)),
            vec!["请说说原因", "一", "易", "键盘", "上一页", "下一页", "写好了"],
        ),
        (
            "radicals",
            Screen::Reasons(sample::given(true)),
            vec!["请说说原因", "口", "键盘", "10+", "下一页"],
        ),
        ("signs", Screen::Reasons(sample::given(true)), vec!["请说说原因", "？", "《", "字母"]),
        (
            "question",
            sample::question(1),
            vec![
                "工作人员一次讲清要带的材料了吗？",
                "第 2 题，共 3 题。不想答，可以跳过。",
                "是",
                "否",
                "不答了，直接提交“不满意”",
                "跳过",
                "上一题",
                "退出，照常提交",
            ],
        ),
        ("question-words", sample::question(2), vec!["您还有什么建议？", "跳过", "上一题", "空格"]),
        (
            "thanks",
            sample::answered(Level::Dissatisfied),
            vec![
                "谢谢您的评价",
                "您的评价已保存。",
                "您评的是",
                "不满意",
                "最晚 11月27日 星期五 向您反馈",
                "由昌吉市示例市场监督管理局核实、答复。\n情况复杂的，最晚12月11日。",
                "已经立案，下一步最晚11月23日。",
                "评价凭证码（请拍下或记下）",
                "K7QM-2XHD",
                "查询办件、评价和处理结果",
                "https://example.gov.cn/my",
                "查询用的二维码",
                "完成",
            ],
        ),
        (
            "thanks-slip",
            sample::answered(Level::Dissatisfied),
            vec!["谢谢您的评价", "打印机不可用，再试", "评价凭证码（请拍下或记下）", "完成"],
        ),
        (
            "thanks-rule",
            sample::thanks(Level::VeryDissatisfied),
            vec!["谢谢您的评价", "昌吉市示例市场监督管理局会核实，并在规定的期限内向您反馈。"],
        ),
        (
            "kept",
            sample::kept(),
            vec![
                "谢谢您的评价",
                "您的评价已保存在本机，网络恢复后自动提交。请记下办件编号。",
                "您评的是",
                "满意",
                "可凭办件编号查询（请拍下或记下）",
                "完成",
            ],
        ),
        (
            "look-up",
            Screen::LookUp { code: "K7QM2".into(), problem: String::new() },
            vec!["查评价处理结果", "请输入评价凭证码，共 8 位。", "K", "删除", "查询", "退出"],
        ),
        (
            "slip",
            Screen::LookUp {
                code: "K7QM2XHE".into(), problem: "没有这个凭证码，请核对。".into()
            },
            vec!["查评价处理结果", "没有这个凭证码，请核对。", "查询"],
        ),
        (
            "looked-up",
            Screen::LookedUp { found: sample::found() },
            vec![
                "评价处理结果",
                "11月22日评的是",
                "不满意",
                "承办单位",
                "昌吉市示例市场监督管理局",
                "下一步最晚",
                "11月27日 星期五",
                "再查一个",
                "退出",
            ],
        ),
        (
            "refused",
            Screen::Refused {
                words: "该事项本机暂不受理，请到窗口办理。".into(),
                project_number: None,
            },
            vec![
                "未能完成",
                "该事项本机暂不受理，请到窗口办理。",
                "可以到窗口办理，或者点“呼叫工作人员”。",
                "返回首页",
            ],
        ),
        (
            "offline",
            sample::offline(),
            vec![
                "网络暂时不通",
                "您的评价还没有得到确认，终端会自动重试。",
                "现在退出也会继续提交，不会重复计数。",
                "再试一次",
                "退出",
            ],
        ),
        (
            "closed",
            Screen::Closed { project_number: None, rated: false },
            vec!["终端停用", "本终端停用，请到窗口办理。", "再试一次"],
        ),
        (
            "stopped",
            Screen::Stopped { words: "终端检修中，请到窗口。".into() },
            vec!["终端停用", "终端检修中，请到窗口。"],
        ),
    ]
}
