//! A made-up bulletin for the tests of its forms.

use platform::convert::to_wire;
use proto::{
    publication::v1::{
        Bulletin, BulletinAgency, BulletinCase, BulletinCell, BulletinContent, BulletinExclusion,
        BulletinKind, BulletinProblem, BulletinRate, BulletinReason, BulletinTrend, CellMark,
        Figures, LevelCount, Rate, TicketCounts,
    },
    r#type::v1::{ExclusionGround, ExclusionKind, TicketState},
};

fn rate(numerator: u64, denominator: u64) -> Option<Rate> {
    Some(Rate { numerator, denominator })
}

fn shown(numerator: u64, denominator: u64) -> Option<BulletinRate> {
    Some(BulletinRate { rate: rate(numerator, denominator), at_least: false })
}

fn cell(count: u64) -> Option<BulletinCell> {
    Some(BulletinCell { count, mark: CellMark::Exact.into() })
}

fn marked(mark: CellMark) -> Option<BulletinCell> {
    Some(BulletinCell { count: 0, mark: mark.into() })
}

fn figures(levels: [u64; 5], tickets: TicketCounts) -> Option<Figures> {
    let all: u64 = levels.iter().sum();
    let levels = (1..).zip(levels).map(|(level, count)| LevelCount { level, count }).collect();
    Some(Figures {
        levels,
        satisfaction: rate(all - 37, all),
        satisfaction_with_defaults: rate(all + 200 - 37, all + 200),
        participation: rate(all, all * 2),
        rectification: rate(tickets.fed_back, tickets.opened),
        follow_up: rate(30, 31),
        real_name_handled: rate(12, 12),
        handling_satisfaction: rate(26, 30),
        tickets: Some(tickets),
        ..Figures::default()
    })
}

fn part(name: &str, satisfied: u64, ratings: u64) -> BulletinAgency {
    BulletinAgency {
        agency_id: name.to_owned(),
        name: name.to_owned(),
        ratings: cell(ratings),
        negative: cell(ratings - satisfied),
        satisfaction: shown(satisfied, ratings),
        satisfaction_before: shown(satisfied - 1, ratings),
        satisfaction_year_before: shown(0, 0),
        participation: shown(ratings, ratings * 2),
        opened: cell(ratings - satisfied),
        on_time: cell(ratings - satisfied),
        late: cell(0),
        rectified: cell(ratings - satisfied),
        confirmed: cell(ratings - satisfied),
    }
}

fn case(item: &str, agency: &str, state: TicketState, late: bool) -> BulletinCase {
    BulletinCase {
        ticket_id: "0195573f-0000-7000-8000-000000000000".to_owned(),
        item_name: item.to_owned(),
        agency_name: agency.to_owned(),
        opened_on: "2026-02-03".to_owned(),
        state: state.into(),
        state_on: "2026-02-05".to_owned(),
        late,
        ..BulletinCase::default()
    }
}

/// A month of a made-up county, as everyone reads it but for the adverse case.
pub(crate) fn sample() -> (Bulletin, BulletinContent) {
    let bulletin = Bulletin {
        bulletin_id: "0195573f-0000-7000-8000-000000000001".to_owned(),
        region_code: "652301".to_owned(),
        kind: BulletinKind::Monthly.into(),
        period: "2026-02".to_owned(),
        from: "2026-02-01".to_owned(),
        to: "2026-02-28".to_owned(),
        edition: 1,
        drafted_at: Some(to_wire("2026-02-28T22:00:00Z".parse().unwrap())),
        ..Bulletin::default()
    };
    let tickets = TicketCounts {
        opened: 37,
        fed_back: 35,
        on_time: 33,
        late: 3,
        rectified: 31,
        closed: 33,
        confirmed: 26,
        relapsed: 1,
        ..TicketCounts::default()
    };
    let before = TicketCounts { opened: 41, fed_back: 41, on_time: 38, ..tickets };
    let trend = (0_u32..12).map(|n| {
        let (year, month) = if n < 10 { (2025, n + 3) } else { (2026, n - 9) };
        BulletinTrend {
            period: format!("{year}-{month:02}"),
            satisfaction: if n == 2 {
                rate(0, 0)
            } else {
                rate(9_500 + u64::from(n * 37 % 100) * 4, 10_000)
            },
            ratings: 10_000,
        }
    });
    let hidden = BulletinAgency {
        ratings: marked(CellMark::BelowFive),
        negative: marked(CellMark::BelowFive),
        satisfaction: None,
        satisfaction_before: Some(BulletinRate { rate: rate(96, 100), at_least: true }),
        participation: None,
        ..part("示例局丁", 3, 3)
    };
    let withheld = BulletinAgency {
        negative: marked(CellMark::Withheld),
        opened: marked(CellMark::Withheld),
        satisfaction: None,
        ..part("示例局丙（行政审批和政务服务管理局）", 180, 187)
    };
    let content = BulletinContent {
        region_name: "示例县".to_owned(),
        policy: "changji-2020@3".to_owned(),
        clause: "四（五）".to_owned(),
        intake_position: 12_345,
        ticketing_position: 678,
        figures: figures([900, 300, 63, 25, 12], tickets),
        before: figures([800, 300, 70, 20, 17], before),
        year_before: Some(Figures::default()),
        trend: trend.collect(),
        agencies: vec![part("示例局甲", 690, 700), part("示例局乙", 390, 410), withheld, hidden],
        problems: vec![BulletinProblem {
            item_code: "11652301PY6523035C4002014901000".to_owned(),
            item_name: "示例事项：不动产登记".to_owned(),
            agency_id: "b".to_owned(),
            agency_name: "示例局乙".to_owned(),
            negative: 12,
            ratings: cell(96),
            negative_before: marked(CellMark::BelowFive),
            late: cell(0),
            relapsed: cell(0),
            reasons: vec![BulletinReason {
                tag_code: "209".to_owned(),
                text: "未在承诺时间内办结".to_owned(),
                count: 7,
            }],
        }],
        good_cases: vec![case(
            "示例事项：社会保障卡申领",
            "示例局甲",
            TicketState::Confirmed,
            false,
        )],
        adverse_cases: vec![case("示例事项：不动产登记", "示例局乙", TicketState::Assigned, true)],
        excluded: vec![BulletinExclusion {
            ground: ExclusionGround::MisTapped.into(),
            count: cell(6),
            kind: ExclusionKind::Excluded.into(),
        }],
        excluded_private: 5,
        ..BulletinContent::default()
    };
    (bulletin, content)
}
