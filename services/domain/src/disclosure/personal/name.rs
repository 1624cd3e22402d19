//! Names of persons, as far as their form shows them: with a title, after words that announce one, or with
//! the point of a Uyghur or Kazakh name.

use super::{is_han, stands};

/// The most common family names; nearly nine of ten people have one of them.
const FAMILY_NAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程\
    魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔汤";
/// What a person is called after the name.
const TITLES: [&str; 37] = [
    "先生", "女士", "小姐", "师傅", "老师", "大姐", "大哥", "大爷", "大妈", "阿姨", "科长", "处长",
    "局长", "厅长", "主任", "所长", "站长", "队长", "股长", "部长", "乡长", "镇长", "县长", "市长",
    "区长", "村长", "组长", "支书", "书记", "经理", "警官", "民警", "法官", "律师", "医生", "同志",
    "科员",
];
/// What announces a name.
const ANNOUNCES: [&str; 6] = ["我叫", "名叫", "本人叫", "姓名是", "姓名为", "姓名:"];
/// The points between the parts of a name.
const POINTS: &str = "·•‧・";

/// Whether a character is one of the most common family names.
///
/// ```
/// use domain::disclosure::personal::is_family_name;
/// assert!(is_family_name('王') && !is_family_name('窗'));
/// ```
#[must_use]
pub fn is_family_name(c: char) -> bool {
    FAMILY_NAMES.contains(c)
}

pub(super) fn has_name(chars: &[char]) -> bool {
    let family = |at: usize| chars.get(at).is_some_and(|c| is_family_name(*c));
    let han = |at: usize| chars.get(at).is_some_and(|c| is_han(*c));
    let titled_at = |at: usize| TITLES.iter().any(|title| stands(chars, at, title));
    (0..chars.len()).any(|at| {
        let announced = ANNOUNCES.iter().any(|word| {
            let after = at + word.chars().count();
            stands(chars, at, word) && (family(after) || family(after + 1) && chars[after] == ' ')
        });
        // The family name alone, with "vice" before the title, or with one or two given names.
        let vice = chars.get(at + 1) == Some(&'副') && titled_at(at + 2);
        let given = titled_at(at + 1)
            || han(at + 1) && titled_at(at + 2)
            || han(at + 1) && han(at + 2) && titled_at(at + 3);
        let pointed = POINTS.contains(chars[at])
            && at >= 2
            && [at - 2, at - 1, at + 1, at + 2].into_iter().all(han);
        announced || family(at) && (vice || given) || pointed
    })
}
