//! What a bulletin tells its readers, in words, tables and charts; pure, and always the same for the same bulletin.

mod model;
mod sections;
mod words;

#[cfg(test)]
pub(crate) mod testing;

use proto::publication::v1::{Bulletin, BulletinAgency, BulletinAudience, BulletinContent};

pub(crate) use model::{Bar, Block, Point, Report, Section, Table};
pub(crate) use words::percent;

/// The numbers of sections.
const NUMBERS: [&str; 7] = ["一", "二", "三", "四", "五", "六", "七"];

/// What a bulletin tells an audience; `own` is the reader's own part, if they have one.
pub(crate) fn report(
    bulletin: &Bulletin,
    content: &BulletinContent,
    audience: BulletinAudience,
    own: Option<&BulletinAgency>,
) -> Report {
    let to_whom = match audience {
        BulletinAudience::Public => "向社会公开",
        BulletinAudience::Internal => "内部通报",
        BulletinAudience::Unspecified => "草稿",
    };
    let mut shown = vec![
        ("总体情况", sections::overall(content)),
        ("各部门情况", sections::agencies(content)),
        ("差评办理情况", sections::handling(content)),
        ("突出问题", sections::problems(content)),
        ("典型案例", sections::good_cases(content)),
    ];
    // For those who read the internal circular, and for the Authority.
    if audience != BulletinAudience::Public {
        shown.push(("不良影响案例", sections::adverse_cases(content)));
    }
    shown.push(("不予采纳和撤销的评价", sections::excluded(content)));
    let numbered = NUMBERS.iter().zip(shown).map(|(number, (heading, blocks))| Section {
        heading: format!("{number}、{heading}"),
        blocks,
    });
    let edition = words::edition(bulletin);
    Report {
        issuer: format!("{}政务服务“好差评”", content.region_name),
        title: words::title(bulletin),
        about: format!("统计期{}至{} · {edition} · {to_whom}", bulletin.from, bulletin.to),
        notices: notices(bulletin),
        own: own.map(sections::own),
        summary: sections::summary(content),
        sections: numbered.collect(),
        notes: notes(content, audience),
    }
}

fn notices(bulletin: &Bulletin) -> Vec<String> {
    let notices = [
        (bulletin.edition > 1, "本版更正此前的版本，以本版为准。"),
        (!bulletin.newest_bulletin_id.is_empty(), "本版已有更正后的新版，请以新版为准。"),
        (bulletin.history_lost, "数据恢复后，本版所依据的部分数据已不存在，本版仅供查考。"),
    ];
    notices.into_iter().filter(|(holds, _)| *holds).map(|(_, said)| said.to_owned()).collect()
}

fn notes(content: &BulletinContent, audience: BulletinAudience) -> Vec<String> {
    let (intake, ticketing) = (content.intake_position, content.ticketing_position);
    let clause = match content.clause.is_empty() {
        true => String::new(),
        false => format!("（{}）", content.clause),
    };
    let mut notes = vec![
        format!("依据：评价规则{}{clause}。", content.policy),
        format!(
            "数据：计至评价记录第{intake}条、差评工单记录第{ticketing}条；此后的变动另出新版。"
        ),
        "满意率只计评价人本人作出的评价；默认评价、历史导入单独统计，不在其中。".to_owned(),
        "工单按受理日统计；“已整改”与“已确认”分别计数，办结不等于评价人满意。".to_owned(),
        "突出问题：本期差评不少于5件的事项，按差评数从多到少，最多列5项。典型案例：按期整改、\
         未再次发生且评价人确认满意的工单，按用时从短到长，最多列3件。"
            .to_owned(),
    ];
    if audience != BulletinAudience::Unspecified {
        let small = "为避免识别个人，单个部门1至4件的数写作“不足5”，“*”为相应隐去的数，\
                     “≥”表示差评不足5件时的下限。评价人选择不公开的评价不单独列示。";
        notes.push(small.to_owned());
    }
    notes
}
