//! What SMS replies and hotline keys mean.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::{
    level::{LabelSet, Level},
    reply::{Matter, MatterChoice, NotUnderstood, Reply, Window, Wish, meant, parse, wish},
};
use proptest::prelude::*;

const SETS: [LabelSet; 3] = [LabelSet::Satisfaction, LabelSet::Quality, LabelSet::Stars];

/// Level (5 the best) or what is wrong, and the text kept.
fn read(reply: &str) -> (i8, String) {
    read_in(reply, LabelSet::Satisfaction)
}

const UNCLEAR: i8 = 0;
const UNSUBSCRIBE: i8 = -1;
const HIDDEN: i8 = -2;

fn read_in(reply: &str, labels: LabelSet) -> (i8, String) {
    match parse(reply, &[labels]) {
        Ok(Reply { level, text }) => (level.stars().try_into().unwrap(), text),
        Err(NotUnderstood::Unclear) => (UNCLEAR, String::new()),
        Err(NotUnderstood::Unsubscribe) => (UNSUBSCRIBE, String::new()),
        Err(NotUnderstood::Hidden) => (HIDDEN, String::new()),
    }
}

#[track_caller]
fn all(level: i8, replies: &[&str]) {
    for reply in replies {
        assert_eq!(read(reply), (level, String::new()), "{reply:?}");
    }
}

/// Every way to write each level that the messages and labels teach.
fn canonical(level: Level) -> Vec<(String, LabelSet)> {
    let n = usize::from(level.stars()) - 1;
    let numbers = ["12345", "１２３４５", "①②③④⑤", "一二三四五", "壹贰叁肆伍"];
    let numbers = numbers.map(|row| row.chars().nth(n).unwrap());
    let units = ["", "星", "分", "级", " 分", "颗星", "星级"];
    let written = numbers.iter().flat_map(|c| units.map(|unit| format!("{c}{unit}")));
    let anywhere = written.flat_map(|text| SETS.map(|set| (text.clone(), set)));
    anywhere.chain(SETS.map(|set| (level.label(set).to_owned(), set))).collect()
}

#[test]
fn i08_a_digit_is_a_level_and_five_is_the_best() {
    all(5, &["5", "５", "⑤", "五", "伍", "5星", "五星", "5分", "五分", "5级", "5 星", "5️⃣", "5#"]);
    all(4, &["4", "４", "④", "四", "肆", "4星", "四颗星", "4分", "⑷"]);
    all(3, &["3", "３", "③", "三", "叁", "3星", "三星级", "3分", "❸"]);
    all(2, &["2", "２", "②", "二", "贰", "2星", "两星", "两分", "二级", "⒉"]);
    all(1, &["1", "１", "①", "一", "壹", "1星", "一星", "1分", "一级"]);
}

#[test]
fn i08_the_labels_of_every_set_and_common_words_are_levels() {
    all(5, &["非常满意", "很满意", "十分满意", "特别满意", "很好", "非常好！", "五星好评"]);
    all(4, &["满意", "满意。", "满意的", "比较满意", "挺好"]);
    all(3, &["基本满意", "一般", "一般般", "还行", "还可以", "三星好评"]);
    all(2, &["不满意", "不太满意", "不是很满意", "不怎么满意", "差", "不好", "二星差评"]);
    all(1, &["非常不满意", "很不满意", "很差", "太差了", "非常差", "一点都不满意", "1星差评"]);
}

#[test]
fn i08_what_stands_around_a_level_adds_nothing() {
    all(
        5,
        &[" 5 ", "“5”", "【5】", "（5）", "5！！", "选5", "我选5", "回复5", "回复：5。", "满意度5"],
    );
    all(5, &["满意度：非常满意", "评价5分", "打5分", "给5星", "5 5", "5非常满意", "5、非常满意"]);
    all(1, &["选1", "我选1", "回复1", "\n1\r\n", "满意度为1", "1非常不满意", "我觉得很差"]);
}

#[test]
fn i08_words_after_a_level_are_kept_as_text() {
    for (reply, level, text) in [
        ("1 态度差", 1, "态度差"),
        ("1态度差", 1, "态度差"),
        ("１，等了 3 小时，没人管。", 1, "等了 3 小时，没人管"),
        ("5，服务热情", 5, "服务热情"),
        ("5 不错", 5, "不错"),
        ("5👍", 5, "👍"),
        ("选2：材料 要了两次", 2, "材料 要了两次"),
        ("不满意，窗口排队太久", 2, "窗口排队太久"),
        ("1 2号窗口没有人", 1, "2号窗口没有人"),
        ("1（多头跑）", 1, "（多头跑）"),
        ("1\n第一行\n第二行", 1, "第一行\n第二行"),
        ("5 好", 5, "好"),
        ("1 服务差", 1, "服务差"),
        ("2，我觉得很差", 2, "我觉得很差"),
        ("1 在3号窗口等 3 小时", 1, "在3号窗口等 3 小时"),
    ] {
        assert_eq!(read(reply), (level, text.to_owned()), "{reply:?}");
    }
}

#[test]
fn i08_what_names_no_level_or_more_than_one_is_not_understood() {
    all(
        UNCLEAR,
        &["", " ", "。", "0", "6", "12", "55", "10", "5.0", "4.5", "100%满意", "5%", "1/2"],
    );
    all(UNCLEAR, &["1或2", "1 或 2", "1或者2", "4到5", "4-5", "4~5", "1、2", "1 2", "5 4", "1和2"]);
    all(UNCLEAR, &["1非常满意", "5 不满意", "5非常不满意", "5 满意", "满意 不满意", "五星差评"]);
    all(UNCLEAR, &["1 等了很久，非常满意", "5，服务，很差"]);
    all(
        UNCLEAR,
        &["不知道", "谢谢", "好", "好的", "好吧", "是", "收到", "？", "A5", "5G", "满意吗"],
    );
    all(
        UNCLEAR,
        &["3次都没办成", "5月1日办的", "5分钟就办好", "一星期了", "一级棒", "一直等", "三次"],
    );
    all(
        UNCLEAR,
        &["满意才怪", "满意度低", "差不多", "不选5", "选不了5", "没有不满意", "不非常满意"],
    );
    all(UNCLEAR, &["2 个小时", "5 分钟就办好", "3 次都没办成", "1、2都行", "1，选2", "1 服务很好"]);
    all(UNCLEAR, &["5楼办的", "2位工作人员", "5折", "1件事跑了很久", "3家单位", "1万个满意"]);
    all(UNCLEAR, &["五月", "两", "两个", "2号", "1个", "差评", "好评", "13800138000"]);
}

#[test]
fn i08_the_wish_for_no_more_messages_is_no_rating() {
    all(
        UNSUBSCRIBE,
        &["T", "t", "TD", "td", "ＴＤ", "退订", "退订。", "回复TD", "回T退订", "退订回T"],
    );
    all(UNCLEAR, &["TT1", "T1", "TDX", "Thanks"]);
}

#[test]
fn i08_the_wish_is_heard_in_whatever_words_and_beside_whatever_else() {
    for alone in [
        "退订，谢谢",
        "请退订",
        "TD 谢谢",
        "Stop. Thank you",
        "ＴＤ！",
        "我要退订",
        "怎么退订？",
        "退订短信",
        "回复TD退订",
        "不要再给我发短信了",
        "别再发了",
        "STOP",
        "please stop sending me messages",
        "Unsubscribe",
        "退订业务",
        "拒收短信",
    ] {
        assert_eq!(wish(alone), Wish::Alone, "{alone}");
        assert_eq!(read(alone), (UNSUBSCRIBE, String::new()), "{alone}");
    }
    for (also, level, text) in [
        ("1 态度差，退订", 1, "态度差，退订"),
        ("5，退订谢谢", 5, "退订谢谢"),
        ("5，不要再发短信了", 5, "不要再发短信了"),
        ("1退订", 1, "退订"),
        ("退订，1 态度差", 1, "态度差"),
        ("TD 1", 1, ""),
        ("随便，退订", UNCLEAR, ""),
    ] {
        assert_eq!(wish(also), Wish::Also, "{also}");
        assert_eq!(read(also), (level, text.to_owned()), "{also}");
    }
}

#[test]
fn i08_what_speaks_of_a_matter_is_no_wish() {
    for (reply, level, text) in [
        ("1 办理退订业务态度差", 1, "办理退订业务态度差"),
        ("1 退订业务办理太慢", 1, "退订业务办理太慢"),
        ("1 退订业务，态度差", 1, "退订业务，态度差"),
        ("2 拒收材料", 2, "拒收材料"),
        ("1 窗口拒收，态度差", 1, "窗口拒收，态度差"),
        ("1 拒收，态度差", 1, "拒收，态度差"),
        ("1 不要再发生这种事", 1, "不要再发生这种事"),
        ("不退订", UNCLEAR, ""),
        ("T恤很好", UNCLEAR, ""),
        ("stop the queue", UNCLEAR, ""),
        ("谢谢", UNCLEAR, ""),
        ("", UNCLEAR, ""),
    ] {
        assert_eq!(wish(reply), Wish::None, "{reply}");
        assert_eq!(read(reply), (level, text.to_owned()), "{reply}");
    }
}

const OPEN: Matter = Matter { sign: None, window: Window::Open, rated: false };

#[test]
fn i08_a_sign_says_which_matter_and_without_one_only_a_single_one_can_be_meant() {
    let one = |sign| Matter { sign: Some(sign), ..OPEN };
    let matters = [one(10), one(11), one(105)];
    let means = |reply: &str| match meant(reply, &matters) {
        MatterChoice::Matter(n, said) => format!("{n}: {said}"),
        MatterChoice::OneOfSeveral => "?".to_owned(),
    };
    for (reply, expected) in [
        ("10 5", "0: 5"),
        ("11，1 态度差", "1: ，1 态度差"),
        ("回复代码11 5", "1: 5"),
        ("115", "1: 5"),
        ("1054", "2: 4"),
        ("105 4", "2: 4"),
        // Ten with a five, or the hundred and fifth with nothing.
        ("105", "?"),
        ("12 5", "?"),
        ("10号窗口态度差", "?"),
        ("5", "?"),
        ("5 10", "?"),
        ("", "?"),
    ] {
        assert_eq!(means(reply), expected, "{reply}");
    }
}

#[test]
fn i08_without_a_sign_what_waits_for_an_answer_is_meant_if_it_is_the_only_one() {
    let rated = Matter { rated: true, ..OPEN };
    let just_closed = Matter { window: Window::JustClosed, ..OPEN };
    let closed = Matter { window: Window::Closed, ..OPEN };
    for (matters, expected) in [
        (vec![OPEN], Some(0)),
        (vec![rated], Some(0)),
        (vec![just_closed], Some(0)),
        (vec![rated, OPEN], Some(1)),
        (vec![OPEN, closed], Some(0)),
        (vec![rated, closed], Some(0)),
        (vec![OPEN, Matter { rated: true, ..just_closed }], Some(0)),
        (vec![OPEN, OPEN], None),
        (vec![rated, rated], None),
        (vec![OPEN, just_closed], None),
        (vec![rated, just_closed], None),
        (vec![rated, Matter { rated: true, ..just_closed }], None),
    ] {
        let expected = match expected {
            Some(n) => MatterChoice::Matter(n, "5".to_owned()),
            None => MatterChoice::OneOfSeveral,
        };
        assert_eq!(meant("5", &matters), expected, "{matters:?}");
    }
}

#[test]
fn i08_good_is_a_level_only_where_it_is_a_label() {
    assert_eq!(read_in("好", LabelSet::Quality).0, 4);
    assert_eq!(read_in("好。", LabelSet::Quality).0, 4);
    for reply in ["好的", "好吧", "好了", "好像"] {
        assert_eq!(read_in(reply, LabelSet::Quality).0, UNCLEAR, "{reply}");
    }
    assert_eq!(read_in("好", LabelSet::Stars).0, UNCLEAR);
}

#[test]
fn i08_hidden_characters_are_refused() {
    for hidden in ['\0', '\u{7}', '\u{1B}', '\t', '\u{202E}', '\u{2066}', '\u{FEFF}'] {
        let reply = format!("5 好{hidden}评");
        assert_eq!(read(&reply).0, HIDDEN, "U+{:04X}", u32::from(hidden));
    }
}

#[test]
fn i08_of_a_long_reply_five_hundred_characters_are_read() {
    let (level, text) = read(&format!("1 {}", "慢".repeat(5_000)));
    assert_eq!((level, text.chars().count()), (1, 498));
    assert_eq!(read(&format!("5 {}不", "快".repeat(498))).0, 5);
    assert_eq!(read(&format!("5 {}不", "快".repeat(497))).0, UNCLEAR);
}

#[test]
fn i08_every_canonical_form_of_every_level_is_read_as_it() {
    for level in Level::ALL {
        for (text, set) in canonical(level) {
            let expected = Ok(Reply { level, text: String::new() });
            assert_eq!(parse(&text, &[set]), expected, "{text}");
        }
    }
}

const PIECES: [&str; 50] = [
    "1",
    "2",
    "3",
    "4",
    "5",
    "５",
    "①",
    "一",
    "三",
    "五",
    "两",
    "星",
    "分",
    "级",
    "满意",
    "非常",
    "很",
    "基本",
    "不",
    "没",
    "无",
    "未",
    "非",
    "别",
    "特别",
    "不错",
    "好",
    "差",
    "一般",
    "太",
    "了",
    "的",
    "选",
    "回复",
    "满意度",
    "我",
    "是",
    "，",
    "。",
    " ",
    "或",
    "态度",
    "服务",
    "好评",
    "差评",
    "T",
    "\n",
    "、",
    "个",
    "分钟",
];

fn reply() -> impl Strategy<Value = String> {
    let pieces = proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..8);
    pieces.prop_map(|pieces| pieces.concat())
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn i08_whatever_is_replied_is_read_or_refused(
        chars in proptest::collection::vec(any::<char>(), 0..40), known in reply(),
    ) {
        let text: String = known.chars().chain(chars).collect();
        for set in SETS {
            if let Ok(reply) = parse(&text, &[set]) {
                prop_assert!(reply.text.chars().count() <= 500);
                prop_assert!(reply.text.is_empty() || text.contains(&reply.text));
            }
        }
    }

    #[test]
    fn i08_a_reply_that_says_not_is_never_positive(text in reply()) {
        let bare = ["非常", "特别", "不错"].iter().fold(text.clone(), |t, word| t.replace(word, "-"));
        if bare.contains(['不', '没', '无', '未', '非', '别']) {
            for set in SETS {
                let positive = parse(&text, &[set]).is_ok_and(|reply| !reply.level.is_negative());
                prop_assert!(!positive, "{}", text);
            }
        }
    }

    #[test]
    fn i08_two_digits_side_by_side_are_never_a_level(one in 0_u8..10, two in 0_u8..10, more in reply()) {
        let text = format!("{one}{two}{more}");
        prop_assert_eq!(parse(&text, &[LabelSet::Satisfaction]), Err(NotUnderstood::Unclear));
    }

    #[test]
    fn i08_a_canonical_form_with_punctuation_around_stays_what_it_is(
        n in 0_usize..5, form in any::<prop::sample::Index>(),
        before in proptest::sample::select(&["", " ", "选", "回复：", "“", "我选 "][..]),
        after in proptest::sample::select(&["", " ", "。", "！", "”", "\n"][..]),
    ) {
        let forms = canonical(Level::ALL[n]);
        let (text, set) = form.get(&forms);
        let reply = parse(&format!("{before}{text}{after}"), &[*set]).map(|reply| reply.level);
        prop_assert_eq!(reply, Ok(Level::ALL[n]), "{}{}{}", before, text, after);
    }
}
