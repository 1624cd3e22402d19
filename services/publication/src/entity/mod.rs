//! The tables of this service.

pub(crate) mod act;
pub(crate) mod bulletin;
pub(crate) mod bulletin_media;
pub(crate) mod bulletin_release;
pub(crate) mod canary_proof;
pub(crate) mod column;
pub(crate) mod complaint;
pub(crate) mod cosignature;
pub(crate) mod exchange_block;
pub(crate) mod exchange_fact;
pub(crate) mod exchange_lane;
pub(crate) mod exchange_link;
pub(crate) mod exclusion;
pub(crate) mod figure;
pub(crate) mod finding;
pub(crate) mod fold;
pub(crate) mod leaf;
pub(crate) mod listing;
pub(crate) mod log_break;
pub(crate) mod log_look;
pub(crate) mod pain;
pub(crate) mod rating;
pub(crate) mod ticket;
pub(crate) mod tile;
pub(crate) mod tree;
pub(crate) mod tree_head;
