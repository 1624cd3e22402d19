//! Messages into a file, one JSON line each, for development: a reader of the file acts as the
//! phone. Only its owner can read it, since it holds phone numbers.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write as _},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::json;

use crate::state::notifier::message::{Message, Outcome};

pub(super) struct FileSink {
    file: Arc<Mutex<File>>,
}

impl FileSink {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        // It may have existed before, open to others.
        #[cfg(unix)]
        file.set_permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600))?;
        Ok(Self { file: Arc::new(Mutex::new(file)) })
    }

    /// The same message again is another line with the same id.
    pub(super) async fn send(&self, message: &Message) -> Outcome {
        let line = json!({ "id": message.id, "phone": message.phone.0, "text": message.text });
        let line = format!("{line}\n");
        let file = Arc::clone(&self.file);
        let written = tokio::task::spawn_blocking(move || {
            // A line is written as a whole, so a writer that dies leaves nothing incomplete.
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.write_all(line.as_bytes())?;
            file.sync_data()
        });
        match written.await {
            Ok(Ok(())) => Outcome::Sent { reference: None },
            Ok(Err(_)) | Err(_) => Outcome::Later { reason: "FILE_NOT_WRITTEN" },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use platform::auth::PersonDatum;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn i08_the_file_takes_a_line_a_message_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sms.jsonl");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        for (n, text) in [(1, "第一\n条"), (2, "第二条")] {
            let message = Message {
                id: Uuid::from_u128(n),
                phone: PersonDatum("13800000000".to_owned()),
                text: text.to_owned(),
            };
            // Opened again each time: earlier lines stay.
            let sent = FileSink::open(&path).unwrap().send(&message).await;
            assert_eq!(sent, Outcome::Sent { reference: None });
        }
        let lines = fs::read_to_string(&path).unwrap();
        let lines: Vec<serde_json::Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["text"], "第一\n条");
        assert_eq!(lines[1]["id"], Uuid::from_u128(2).to_string());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
