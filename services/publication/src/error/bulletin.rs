//! Refusals about bulletins.

use jiff::civil::Date;
use platform::status::Refusal;
use tonic::Code;

/// What is refused about bulletins.
#[derive(Debug, thiserror::Error)]
pub enum BulletinError {
    /// No such bulletin within the caller's reach.
    #[error("there is no such bulletin")]
    NotFound,
    /// The newest edition says the same.
    #[error("edition {edition} says the same")]
    Unchanged {
        /// That edition.
        edition: i32,
    },
    /// No profile is known for the region, so nothing says what a bulletin is.
    #[error("no profile is in force for the region")]
    NoProfile,
    /// It was released to this audience before.
    #[error("it was released to this audience already")]
    Released,
    /// It is not released to this audience.
    #[error("it is not released to this audience")]
    NotReleased,
    /// Its release was taken back.
    #[error("it was withdrawn on {since}")]
    Withdrawn {
        /// The day.
        since: Date,
    },
    /// There is a newer edition.
    #[error("there is a newer edition")]
    NotNewest {
        /// Its identity.
        newest: String,
    },
    /// It was counted from facts that are in no history any more.
    #[error("it was counted from facts that are in no history any more")]
    HistoryLost,
    /// Too many wait for a PDF.
    #[error("too many PDFs are asked for at once")]
    Busy,
    /// A release to a medium before the bulletin's own release.
    #[error("the bulletin was released on {released_on} only")]
    MediaTooEarly {
        /// The day of its first release.
        released_on: Date,
    },
}

impl BulletinError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        let state = Code::FailedPrecondition;
        match self {
            Self::NotFound => refuse(Code::NotFound, "BULLETIN_NOT_FOUND", "没有该通报。"),
            Self::Unchanged { edition } => {
                let zh = format!("统计结果与第{edition}版一致，无需再编一版。");
                refuse(state, "BULLETIN_UNCHANGED", &zh).with("edition", edition)
            }
            Self::NoProfile => {
                let zh = "该地区没有生效的评价规则，无法编制通报，请先发布规则。";
                refuse(state, "BULLETIN_HAS_NO_PROFILE", zh)
            }
            Self::Released => {
                let zh = "该通报已向此范围发布过，同一版不能再次发布；需要更正的，请编制新版。";
                refuse(state, "BULLETIN_RELEASED", zh)
            }
            Self::NotReleased => {
                refuse(state, "BULLETIN_NOT_RELEASED", "该通报尚未向此范围发布，或已撤回。")
            }
            Self::Withdrawn { since } => {
                let zh = format!("该通报已于{since}撤回，不再公开。");
                refuse(state, "BULLETIN_WITHDRAWN", &zh).with("since", since)
            }
            Self::NotNewest { newest } => {
                let zh = "该通报已有更正后的新版，请发布新版。";
                refuse(state, "BULLETIN_HAS_NEWER_EDITION", zh).with("newest_bulletin_id", newest)
            }
            Self::HistoryLost => {
                let zh = "数据恢复后，该通报所依据的部分数据已不存在，请重新编制后再发布。";
                refuse(state, "BULLETIN_HISTORY_LOST", zh)
            }
            Self::Busy => {
                let zh = "正在生成的PDF文件较多，请稍后再试，或先查看网页版。";
                refuse(Code::ResourceExhausted, "TOO_MANY_PDFS", zh).retry()
            }
            Self::MediaTooEarly { released_on } => {
                let zh = format!("该通报于{released_on}才发布，媒体曝光日期不能早于此日。");
                refuse(state, "MEDIA_BEFORE_RELEASE", &zh).with("released_on", released_on)
            }
        }
    }
}
