//! What a signal means, for people.

use super::{Count, Kind, Test, tail::real};

/// A Chinese sentence with the numbers, and nothing of any person.
pub(super) fn explanation(test: &Test) -> String {
    let Count { seen, of } = test.count;
    let expected = test.expected;
    let percent = format!("{:.0}%", real(seen) / real(of.max(1)) * 100.0);
    let usual = format!("{:.1}%", expected / real(of.max(1)) * 100.0);
    let said = match test.kind {
        Kind::Burst => {
            let (from, to) = (test.detail, test.detail + 1);
            let past = match of {
                0 => "该网络地址此前没有记录，按一般水平".to_owned(),
                days => format!("按此前{days}个同类日子同一时段的惯常水平"),
            };
            format!("{from}时至{to}时收到评价{seen}条，{past}预期约{expected:.1}条")
        }
        Kind::ConstantDwell => format!(
            "{of}条评价中有{seen}条（{percent}）的页面停留时长与中位数相差不到15%，通常约{usual}"
        ),
        Kind::FasterThanAHand => format!(
            "设备上的{of}条评价中有{seen}条（{percent}）快于人手：与前一评价人间隔不足8秒，或页面出现不足0.5秒，通常约{usual}"
        ),
        Kind::BeforeTheCaseCouldEnd => format!(
            "设备上的{of}条评价中有{seen}条（{percent}）按设备时间早于所评服务5分钟以上，通常约{usual}；设备时钟有误也会如此"
        ),
        Kind::Night => {
            let night = "22时至次日6时之间";
            let (when, by) = match test.detail {
                0 => (night.to_owned(), "；该处未登记开放时间".to_owned()),
                all if all == seen => {
                    ("登记的开放时间之外".to_owned(), "；开放时间登记有误也会如此".to_owned())
                }
                some => (
                    format!("登记的开放时间之外（{some}条），未登记的按{night}"),
                    "；开放时间登记有误也会如此".to_owned(),
                ),
            };
            format!("现场渠道的{of}条评价中有{seen}条（{percent}）在{when}作出，通常约{usual}{by}")
        }
        Kind::RepeatedPhrase => format!(
            "{of}名写有文字的评价人中有{seen}人的用语相同，同样用语在别处的常见程度对应约{expected:.2}人"
        ),
        Kind::ContactsChanged => format!(
            "{of}条评价中有{seen}条（{percent}）所属办件在评价前3天内或评价后30天内更换了联系方式或证件号码，通常约{usual}"
        ),
        Kind::PraiseShare => format!(
            "{of}条评价中有{seen}条（{percent}）为最高等级，按该对象以往和同类水平预期约{usual}"
        ),
        Kind::HiddenDefaults => format!(
            "7天内{of}条评价中有{seen}条（{percent}）为默认评价，按该窗口以往水平预期约{usual}：主动评价骤减，由默认评价填补"
        ),
        Kind::MaliciousNegatives => {
            format!("{of}条评价中有{seen}条差评，涉及{}个单位，通常约{expected:.1}条", test.detail)
        }
    };
    format!("{said}。{}仅为线索，不是结论，须由人核实。", chance(test.p))
}

/// How probable it is by chance.
fn chance(p: f64) -> String {
    match p {
        p if p < 1e-12 => "偶然出现的概率低于一万亿分之一。".to_owned(),
        p => format!("偶然出现的概率约为{}分之一。", one_in(1.0 / p)),
    }
}

/// A large number in hanzi, to one digit: 3百万.
fn one_in(n: f64) -> String {
    for (unit, hanzi) in [(1e12, "万亿"), (1e8, "亿"), (1e4, "万")] {
        if n >= unit {
            return format!("{:.0}{hanzi}", n / unit);
        }
    }
    format!("{n:.0}")
}
