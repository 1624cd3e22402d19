//! What a bulletin's numbers and codes are called in Chinese.

use domain::statistics::Rate;
use proto::{
    publication::v1::{
        Bulletin, BulletinCell, BulletinKind, BulletinRate, CellMark, Rate as WireRate,
    },
    r#type::v1::{ExclusionGround, ExclusionKind, TicketState},
};

/// The title, without the region.
pub(super) fn title(bulletin: &Bulletin) -> String {
    let kind = match bulletin.kind() {
        BulletinKind::Monthly => "情况汇总",
        BulletinKind::Annual => "度情况通报",
        BulletinKind::Quarterly | BulletinKind::Unspecified => "情况通报",
    };
    format!("{}{kind}", period_words(&bulletin.period))
}

/// A period: 2026年2月, 2026年第一季度, 2026年.
pub(super) fn period_words(period: &str) -> String {
    match period.split_once('-') {
        None => format!("{period}年"),
        Some((year, part)) => match part.strip_prefix('Q') {
            Some(quarter) => {
                let number = quarter.parse::<usize>().unwrap_or_default();
                let number = ["", "一", "二", "三", "四"].get(number).unwrap_or(&"");
                format!("{year}年第{number}季度")
            }
            None => format!("{year}年{}月", part.trim_start_matches('0')),
        },
    }
}

/// A period in a chart, where there is little room.
pub(super) fn period_short(period: &str) -> String {
    match period.split_once('-') {
        None => period.to_owned(),
        Some((year, part)) => {
            let year = year.get(2..).unwrap_or(year);
            match part.strip_prefix('Q') {
                Some(quarter) => format!("{year}年{quarter}季"),
                None => format!("{year}.{}", part.trim_start_matches('0')),
            }
        }
    }
}

/// Which edition it is, and of when.
pub(super) fn edition(bulletin: &Bulletin) -> String {
    let at = bulletin.drafted_at.and_then(|at| platform::convert::from_wire(&at).ok());
    let day = at.map(|at| domain::deadline::day_of(at).to_string()).unwrap_or_default();
    format!("第{}版，编制于{day}", bulletin.edition)
}

/// Hundredths of a per cent as people read them.
pub(crate) fn percent(value: Option<u64>) -> String {
    match value {
        None => "—".to_owned(),
        Some(points) => format!("{}.{:02}%", points / 100, points % 100),
    }
}

/// A count.
pub(super) fn cell(cell: Option<&BulletinCell>) -> String {
    let Some(cell) = cell else { return "—".to_owned() };
    match cell.mark() {
        CellMark::Exact => cell.count.to_string(),
        CellMark::BelowFive => "不足5".to_owned(),
        CellMark::Withheld => "*".to_owned(),
        CellMark::Unspecified => "—".to_owned(),
    }
}

/// Hundredths of a per cent of a rate; none where nothing was counted.
pub(super) fn points(rate: Option<&WireRate>) -> Option<u64> {
    let rate = rate?;
    Rate { numerator: rate.numerator, denominator: rate.denominator }.basis_points()
}

/// A rate with its parts.
pub(super) fn rate(rate: Option<&WireRate>) -> String {
    match (points(rate), rate) {
        (Some(points), Some(rate)) => {
            format!("{}（{}/{}）", percent(Some(points)), rate.numerator, rate.denominator)
        }
        _ => "—".to_owned(),
    }
}

/// A rate of a single agency.
pub(super) fn shown_rate(rate: Option<&BulletinRate>) -> String {
    let Some(rate) = rate else { return "*".to_owned() };
    let bound = if rate.at_least { "≥" } else { "" };
    format!("{bound}{}", percent(points(rate.rate.as_ref())))
}

/// How a rate changed, in percentage points.
pub(super) fn change(now: Option<&WireRate>, before: Option<&WireRate>) -> Option<String> {
    let (now, before) = (points(now)?, points(before)?);
    let by = now.abs_diff(before);
    let by = format!("{}.{:02}个百分点", by / 100, by % 100);
    Some(match now.cmp(&before) {
        std::cmp::Ordering::Less => format!("下降{by}"),
        std::cmp::Ordering::Equal => "持平".to_owned(),
        std::cmp::Ordering::Greater => format!("上升{by}"),
    })
}

pub(super) fn state(state: TicketState) -> &'static str {
    match state {
        TicketState::Received => "待派单",
        TicketState::Opened => "待指派",
        TicketState::Assigned => "已指派",
        TicketState::Contacted => "已回访",
        TicketState::Verified => "已核实",
        TicketState::SolutionFedBack => "已反馈解决办法",
        TicketState::Rectified => "已整改",
        TicketState::FedBack => "已反馈",
        TicketState::Reported => "已报送",
        TicketState::Accepted => "审核通过",
        TicketState::Closed => "已办结",
        TicketState::Confirmed => "评价人已确认",
        TicketState::ExclusionProposed => "待审定",
        TicketState::Excluded => "不予采纳",
        TicketState::Linked => "已并案",
        TicketState::Annulled => "已作废",
        TicketState::Unspecified => "—",
    }
}

pub(super) fn ground(ground: ExclusionGround) -> &'static str {
    match ground {
        ExclusionGround::Mistaken => "误评",
        ExclusionGround::MisTapped => "误操作",
        ExclusionGround::Malicious => "恶意差评",
        ExclusionGround::SystemFault => "政务服务信息系统原因",
        ExclusionGround::ObjectiveCause => "其他非窗口工作质量的客观原因",
        ExclusionGround::Unspecified => "未注明",
    }
}

pub(super) fn exclusion(kind: ExclusionKind) -> &'static str {
    match kind {
        ExclusionKind::Excluded => "不予采纳",
        ExclusionKind::Withdrawn => "撤销",
        ExclusionKind::Unspecified => "—",
    }
}
