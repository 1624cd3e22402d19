//! A terminal of the organisation, and the device that acts as it.

use sea_orm::entity::prelude::*;

/// No device has registered.
pub(crate) const UNREGISTERED: i16 = 1;
/// A device has.
pub(crate) const ACTIVE: i16 = 2;
/// It is stopped.
pub(crate) const STOPPED: i16 = 3;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "terminal")]
pub struct Model {
    /// The unit's identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub terminal_id: String,
    /// Where it stands, as of the last look at the organisation.
    pub region_code: String,
    /// Whether the organisation has it, likewise.
    pub stands: bool,
    /// [`UNREGISTERED`], [`ACTIVE`] or [`STOPPED`].
    pub state: i16,
    /// A keyed hash of the last code; none if it does not count any more.
    pub code_hash: Option<Vec<u8>>,
    /// When the code ends, in microseconds since 1970, as all times here.
    pub code_ends_at: Option<i64>,
    /// A keyed hash of the key that used the code; none as long as nobody has.
    pub code_key: Option<Vec<u8>>,
    /// The certificate that the code gave.
    pub serial: Option<String>,
    pub registered_at: Option<i64>,
    /// The end of the newest certificate.
    pub certificate_ends_at: Option<i64>,
    pub stopped_at: Option<i64>,
    /// The number of `pingyi.type.v1.TerminalStopReason`.
    pub stop_reason: i16,
    pub heard_at: Option<i64>,
    /// Whether the fact was told that it is silent.
    pub silence_told: bool,
    pub software_version: String,
    /// By how much its clock was ahead, in milliseconds.
    pub clock_ahead: i64,
    pub waiting: i64,
    pub room: i64,
    pub oldest_waiting_seconds: i64,
    pub screen_error: String,
    pub shown_version: String,
    /// How often the configuration was replaced.
    pub revision: i32,
    /// The encoded `pingyi.catalog.v1.TerminalConfiguration`, without what the organisation says.
    pub configuration: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
