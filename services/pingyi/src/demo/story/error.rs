//! Why a story breaks off.

use tonic::Status;

use super::PATIENCE;

/// Why the story broke off.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// A call was refused.
    #[error("{step}：{}", .status.message())]
    Refused {
        /// The step of the story.
        step: &'static str,
        /// What the services said.
        status: Box<Status>,
    },
    /// Something expected did not come.
    #[error("{0}：{PATIENCE:?} 内没有等到")]
    Waited(&'static str),
    /// The kiosk shows what it should not.
    #[error("{step}：终端显示 {screen}")]
    Screen {
        /// The step of the story.
        step: &'static str,
        /// What it shows.
        screen: String,
    },
    /// The story cannot be told or started.
    #[error("{0}")]
    Told(String),
}

impl From<std::io::Error> for StoryError {
    fn from(error: std::io::Error) -> Self {
        Self::Told(error.to_string())
    }
}
