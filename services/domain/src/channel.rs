//! The ways a rating comes in (评价渠道, I01), and which of them each caller may name (I15).

use serde::Deserialize;

use crate::rating::Origin;

/// The way a rating came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// 自助服务终端.
    Kiosk,
    /// 政务服务网.
    Portal,
    /// 部门业务系统, with the unified page.
    BusinessSystem,
    /// 移动端.
    App,
    /// 窗口评价器.
    Evaluator,
    /// 窗口静态二维码.
    WindowCode,
    /// 微信小程序.
    Wechat,
    /// 支付宝小程序.
    Alipay,
    /// 百度小程序.
    Baidu,
    /// 短信链接.
    SmsLink,
    /// 短信回复.
    SmsReply,
    /// 政务服务热线, by key.
    Hotline,
    /// 纸质评价表.
    Paper,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Kiosk,
        Self::Portal,
        Self::BusinessSystem,
        Self::App,
        Self::Evaluator,
        Self::WindowCode,
        Self::Wechat,
        Self::Alipay,
        Self::Baidu,
        Self::SmsLink,
        Self::SmsReply,
        Self::Hotline,
        Self::Paper,
    ];
}

/// A gateway that hands over raters' answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// 短信平台.
    Sms,
    /// 政务服务热线.
    Hotline,
}

/// How a rating was given to this system: known facts, whatever channel it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RatingEntry {
    /// By touch on a registered self-service terminal.
    Kiosk,
    /// By touch on a registered evaluator at a window.
    Evaluator,
    /// By the holder of the invitation, on a device of their own.
    Citizen,
    /// As the answer to a message, through a gateway.
    Reply(Gateway),
    /// From a paper form, entered by a clerk.
    Clerk,
    /// From the records of the system before this one.
    Import,
}

impl RatingEntry {
    /// Whether a rating given in this way can have come in by a channel. A device is its own
    /// channel and no other; staff can only enter paper; only history, from another system, can
    /// name any.
    #[must_use]
    pub fn may_name(self, channel: Channel) -> bool {
        match self {
            Self::Kiosk => channel == Channel::Kiosk,
            Self::Evaluator => channel == Channel::Evaluator,
            Self::Citizen => matches!(
                channel,
                Channel::Portal
                    | Channel::BusinessSystem
                    | Channel::App
                    | Channel::WindowCode
                    | Channel::Wechat
                    | Channel::Alipay
                    | Channel::Baidu
                    | Channel::SmsLink
            ),
            Self::Reply(Gateway::Sms) => channel == Channel::SmsReply,
            Self::Reply(Gateway::Hotline) => channel == Channel::Hotline,
            Self::Clerk => channel == Channel::Paper,
            Self::Import => true,
        }
    }

    /// The origin of a rating given in this way.
    #[must_use]
    pub fn origin(self) -> Origin {
        match self {
            Self::Kiosk | Self::Evaluator | Self::Citizen | Self::Reply(_) => Origin::Active,
            Self::Clerk => Origin::Paper,
            Self::Import => Origin::Imported,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: [RatingEntry; 7] = [
        RatingEntry::Kiosk,
        RatingEntry::Evaluator,
        RatingEntry::Citizen,
        RatingEntry::Reply(Gateway::Sms),
        RatingEntry::Reply(Gateway::Hotline),
        RatingEntry::Clerk,
        RatingEntry::Import,
    ];

    /// Which of [`GIVEN`] may name a channel: one column each.
    const TABLE: [(Channel, &str); 13] = [
        (Channel::Kiosk, "K.....I"),
        (Channel::Portal, "..C...I"),
        (Channel::BusinessSystem, "..C...I"),
        (Channel::App, "..C...I"),
        (Channel::Evaluator, ".E....I"),
        (Channel::WindowCode, "..C...I"),
        (Channel::Wechat, "..C...I"),
        (Channel::Alipay, "..C...I"),
        (Channel::Baidu, "..C...I"),
        (Channel::SmsLink, "..C...I"),
        (Channel::SmsReply, "...S..I"),
        (Channel::Hotline, "....H.I"),
        (Channel::Paper, ".....PI"),
    ];

    #[test]
    fn i01_i15_each_channel_is_named_only_by_who_can_have_used_it() {
        assert_eq!(TABLE.map(|(channel, _)| channel), Channel::ALL);
        for (channel, row) in TABLE {
            let named: String = GIVEN
                .iter()
                .zip("KECSHPI".chars())
                .map(|(given, letter)| if given.may_name(channel) { letter } else { '.' })
                .collect();
            assert_eq!(named, row, "{channel:?}");
        }
    }

    #[test]
    fn i15_what_staff_enter_or_import_is_never_a_rating_its_rater_gave_here() {
        let origins = GIVEN.map(RatingEntry::origin);
        let (active, rest) = origins.split_at(5);
        assert!(active.iter().all(|origin| *origin == Origin::Active), "{active:?}");
        assert_eq!(rest, [Origin::Paper, Origin::Imported]);
    }
}
