//! What raters wrote, before it is shown to everybody (P05): whether a text leads to a person, and which common
//! words it is made of (P09). Both need a dictionary: 349,046 words with their kinds, of jieba. It is
//! unpacked once, by the first text that was reviewed, and stays in memory (README, Decisions).

use std::{collections::BTreeSet, sync::LazyLock};

use domain::disclosure::personal::{Found, find, is_family_name};
use jieba_rs::Jieba;
use jiff::civil::Date;

static DICTIONARY: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// The kinds of words that say what a text is about: nouns, verbs, adjectives, idioms, short forms and
/// places in a house. Names of persons, places, organisations and brands are other kinds.
const KINDS: [&str; 12] = ["n", "v", "vn", "vd", "a", "ad", "an", "b", "i", "j", "l", "s"];
/// Words that stand in texts about anything.
const ABOUT_NOTHING: [&str; 40] = [
    "没有", "不能", "不会", "不要", "不是", "不到", "不了", "不用", "就是", "还有", "还要", "需要",
    "希望", "觉得", "感觉", "知道", "认为", "进行", "起来", "出来", "过来", "回来", "过去", "问题",
    "情况", "时候", "时间", "事情", "东西", "地方", "开始", "一直", "不可", "有人", "有点", "来说",
    "能够", "建议", "真是", "说是",
];
/// What the dictionary takes for a person's name and is none in what is written about a service.
const NO_NAMES: [&str; 24] = [
    "许可证",
    "许可",
    "谢谢",
    "顾客",
    "周转",
    "高效",
    "高峰",
    "高峰期",
    "高薪",
    "白跑",
    "白领",
    "金额",
    "陈述",
    "陈列",
    "陈设",
    "张贴",
    "张开",
    "周密",
    "杜绝",
    "胡说",
    "胡闹",
    "胡涂",
    "毛巾",
    "何时能",
];

/// What in a text leads to a person: what has a form, and names as the dictionary and the habits of
/// names have them.
pub(crate) fn found(text: &str, today: Date) -> BTreeSet<Found> {
    let mut found = find(text, today);
    if !found.contains(&Found::Name) && has_name(text) {
        found.insert(Found::Name);
    }
    found
}

/// A name in a text begins with a common family name, or is of three characters at least, as names of
/// other peoples are.
fn has_name(text: &str) -> bool {
    DICTIONARY.tag(text, true).iter().any(|word| {
        let length = word.word.chars().count();
        let family = word.word.starts_with(is_family_name);
        word.tag.starts_with("nr")
            && (length > 2 || family && length > 1)
            && !NO_NAMES.contains(&word.word)
    })
}

/// The common words in a text, each once: only words that the dictionary has, so that nothing of a
/// text that is anybody's own is among them.
pub(crate) fn vocabulary(text: &str) -> BTreeSet<String> {
    let han = |word: &str| word.chars().all(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c));
    let words = DICTIONARY.tag(text, false);
    let about = words.iter().filter(|word| {
        KINDS.contains(&word.tag)
            && word.word.chars().nth(1).is_some()
            && han(word.word)
            && !ABOUT_NOTHING.contains(&word.word)
    });
    about.map(|word| word.word.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 3, 2);

    #[test]
    fn p05_a_name_is_found_without_a_title_and_of_whatever_people() {
        for text in [
            "李晓明在3号窗口玩手机",
            "张梓涵不理人",
            "工作人员赵雅琪态度差",
            "我和王芳一起来的，等了半天",
            "古丽米娜办事认真但是慢",
            "阿依古丽没有一次性告知",
            "王科长让我回去等",
        ] {
            assert_eq!(found(text, TODAY), [Found::Name].into(), "{text}");
        }
        for text in [
            "等了三个小时，材料跑了两趟还说不齐",
            "窗口工作人员态度很差，打电话没人接",
            "许可证迟迟不发，单位不盖章",
            "高峰期只开一个窗口，谢谢改进",
            "马上办好，于是回家，何时能办好",
            "不动产登记中心的叫号系统坏了",
        ] {
            assert_eq!(found(text, TODAY), [].into(), "{text}");
        }
    }

    #[test]
    fn p09_only_common_words_of_the_dictionary_are_read_out_of_a_text() {
        let words = vocabulary("窗口态度差，材料退了3次，材料不齐也没有告知");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(words, ["告知", "态度", "材料", "窗口"]);
        // No name, place, number, latin word or time, and nothing that is in no dictionary.
        for text in ["王芳", "乌鲁木齐", "13800008000", "wifi", "上午", "三次", "嬛嬛婳婳", "的了"]
        {
            assert_eq!(vocabulary(text), BTreeSet::new(), "{text}");
        }
        let text = "李晓明说不动产登记的材料网上提交不成功，排队取号三小时";
        assert!(!vocabulary(text).is_empty());
        assert!(vocabulary(text).iter().all(|word| DICTIONARY.has_word(word)));
    }
}
