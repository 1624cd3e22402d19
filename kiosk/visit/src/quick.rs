//! Quick phrases (常用语): what raters say most, for one touch each. They are the rater's own words
//! once touched, and can be changed and left out; none says more than it says.

use domain::level::Level;

/// The phrases for the words of a rating of this level, in the order they are offered in.
#[must_use]
pub fn phrases(level: Level) -> &'static [&'static str] {
    match level {
        Level::VerySatisfied | Level::Satisfied => {
            &["态度很好", "办得很快", "讲得清楚", "一次就办好了", "环境整洁", "线上办理很方便"]
        }
        Level::BasicallySatisfied => &[
            "希望增加窗口",
            "希望办得再快一点",
            "希望简化手续",
            "希望延长服务时间",
            "希望讲得再清楚一点",
            "希望增加自助设备",
        ],
        Level::Dissatisfied | Level::VeryDissatisfied => &[
            "等候时间太长",
            "态度不好",
            "没有一次性告知",
            "跑了好几趟",
            "手续太复杂",
            "要求的材料太多",
            "没有按承诺的时间办好",
            "对收费有疑问",
            "系统或网络有故障",
            "窗口没有人",
        ],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn quick_phrases_fit_a_key_and_no_good_one_stands_at_a_bad_level() {
        let levels = [
            Level::VerySatisfied,
            Level::Satisfied,
            Level::BasicallySatisfied,
            Level::Dissatisfied,
            Level::VeryDissatisfied,
        ];
        for level in levels {
            let offered: HashSet<&str> = phrases(level).iter().copied().collect();
            assert_eq!(offered.len(), phrases(level).len(), "{level:?} says one twice");
            assert!((6..=10).contains(&offered.len()), "{level:?}");
            assert!(offered.iter().all(|phrase| phrase.chars().count() <= 10), "{offered:?}");
        }
        let bad = phrases(Level::VeryDissatisfied);
        assert!(!phrases(Level::VerySatisfied).iter().any(|good| bad.contains(good)));
    }
}
