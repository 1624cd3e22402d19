//! A voice by a program of the system: `spd-say` (speech-dispatcher) or `espeak-ng`. It is started for
//! each thing to say, with a list of arguments and no shell; the words come on its standard input.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::time::{sleep, timeout};

use crate::{
    devices::voice::{Speak, Utterance, Volume},
    language::Language,
};

/// How often it is looked whether a program has ended.
const LOOK: Duration = Duration::from_millis(20);
/// How long ending what is said may take.
const CANCEL: Duration = Duration::from_secs(1);

/// A program that speaks.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    /// Whether it hands what it is told to a service, which goes on without it.
    dispatches: bool,
}

impl Program {
    /// A program by its name or path: one called `spd-say`, or one that takes what `espeak-ng` takes.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let dispatches = path.file_name().is_some_and(|name| name == "spd-say");
        Self { path: path.to_owned(), dispatches }
    }

    /// What it is told about the words.
    fn arguments(&self, what: &Utterance) -> Vec<&'static str> {
        let loud = |values: [&'static str; 3]| match what.volume {
            Volume::Off | Volume::Low => values[0],
            Volume::Medium => values[1],
            Volume::High => values[2],
        };
        if self.dispatches {
            let language = match what.language {
                Language::Chinese | Language::Zhuang => "zh",
                Language::Uyghur => "ug",
                Language::English => "en",
            };
            let loud = loud(["-60", "0", "80"]);
            return vec!["--pipe-mode", "--wait", "--language", language, "--volume", loud];
        }
        let voice = match what.language {
            Language::Chinese | Language::Zhuang => "cmn",
            Language::Uyghur => "ug",
            Language::English => "en",
        };
        vec!["--stdin", "-v", voice, "-a", loud(["50", "100", "180"])]
    }

    fn start(&self, arguments: &[&str], words: &str) -> io::Result<Running> {
        let mut running = Running(
            Command::new(&self.path)
                .args(arguments)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?,
        );
        // A page's words are few enough to be taken at once, whether the program reads them or not.
        if let Some(mut input) = running.0.stdin.take() {
            input.write_all(words.as_bytes())?;
        }
        Ok(running)
    }
}

/// A program that does not outlive its being waited for.
struct Running(Child);

impl Running {
    async fn ended(&mut self) {
        while matches!(self.0.try_wait(), Ok(None)) {
            sleep(LOOK).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Speak for Program {
    async fn say(&mut self, what: &Utterance) {
        // A visit needs no voice: what cannot be said stands on the screen.
        if let Ok(mut running) = self.start(&self.arguments(what), &what.words) {
            running.ended().await;
        }
    }

    async fn hush(&mut self) {
        if self.dispatches
            && let Ok(mut running) = self.start(&["--cancel"], "")
        {
            let _ = timeout(CANCEL, running.ended()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _, time::Instant};

    use tempfile::TempDir;

    use super::*;
    use crate::devices::voice::Voice;

    /// A program that writes down what it is told; it speaks for as long as `speaking` is there.
    fn fake(name: &str) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let here = folder.path().display();
        let script = format!(
            "#!/bin/sh\n\
             words=$(cat)\n\
             printf '%s|%s\\n' \"$*\" \"$words\" >> '{here}/told'\n\
             while [ -e '{here}/speaking' ]; do sleep 0.05; done\n\
             printf 'end of %s\\n' \"$words\" >> '{here}/told'\n"
        );
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        (folder, path)
    }

    fn utterance(words: &str, language: Language, volume: Volume) -> Utterance {
        Utterance { words: words.to_owned(), language, volume }
    }

    /// Waits until it was told so much.
    async fn told(folder: &TempDir, ends: &str) -> String {
        let began = Instant::now();
        loop {
            let told = fs::read_to_string(folder.path().join("told")).unwrap_or_default();
            if told.contains(ends) {
                return told;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{told}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn words_go_to_the_program_as_they_are_and_never_through_a_shell() {
        let (folder, path) = fake("espeak-ng");
        let voice = Voice::start(Program::new(&path));
        let words = "您还在吗？$(touch hit); `id` --version";
        voice.say(utterance(words, Language::Chinese, Volume::High));
        let all = told(&folder, "end of").await;
        assert!(all.starts_with(&format!("--stdin -v cmn -a 180|{words}\n")), "{all}");
        voice.say(utterance("Still there?", Language::English, Volume::Low));
        let all = told(&folder, "end of Still there?").await;
        assert!(all.contains("--stdin -v en -a 50|Still there?\n"), "{all}");
    }

    #[tokio::test]
    async fn what_comes_next_is_said_in_place_of_what_is_being_said() {
        let (folder, path) = fake("spd-say");
        let speaking = folder.path().join("speaking");
        fs::write(&speaking, "").unwrap();
        let voice = Voice::start(Program::new(&path));
        voice.say(utterance("第一", Language::Uyghur, Volume::Medium));
        // Its own `--cancel` speaks for as long, too.
        fs::remove_file(&speaking).unwrap();
        let all = told(&folder, "第一\n").await;
        assert!(all.contains("--cancel|\n"), "{all}");
        assert!(all.contains("--pipe-mode --wait --language ug --volume 0|第一\n"), "{all}");
    }

    #[tokio::test]
    async fn a_new_page_ends_what_was_said_of_the_one_before() {
        let (folder, path) = fake("espeak-ng");
        let speaking = folder.path().join("speaking");
        fs::write(&speaking, "").unwrap();
        let voice = Voice::start(Program::new(&path));
        voice.say(utterance("第一", Language::Chinese, Volume::Medium));
        told(&folder, "第一").await;
        voice.say(utterance("第二", Language::Chinese, Volume::Medium));
        told(&folder, "第二").await;
        fs::remove_file(&speaking).unwrap();
        let all = told(&folder, "end of 第二").await;
        assert!(!all.contains("end of 第一"), "{all}");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let voice = Voice::start(Program::new(&folder.path().join("espeak-ng")));
        voice.say(utterance("一", Language::Chinese, Volume::Medium));
        voice.hush();
    }
}
