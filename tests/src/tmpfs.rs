//! A small disk that can be full.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A file system in memory; gone when dropped.
pub struct Tmpfs {
    folder: TempDir,
}

impl Tmpfs {
    /// Mounts one.
    ///
    /// # Panics
    /// If it cannot be mounted: that takes root.
    #[must_use]
    pub fn of_mebibytes(size: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={size}m"), "pingyi-chaos"]);
        let output = command.arg(folder.path()).output().expect("mount runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "no small disk can be mounted, are we root? {told}");
        Self { folder }
    }

    /// Where it is mounted.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }

    /// Leaves no byte free.
    ///
    /// # Panics
    /// If the ballast cannot be written at all.
    pub fn fill(&self) {
        let mut ballast = File::options().create(true).append(true).open(self.ballast());
        let ballast = ballast.as_mut().expect("a file for ballast");
        // Large pieces first, then single pages, until not one is left.
        for piece in [1 << 20, 4 << 10] {
            let bytes = vec![1; piece];
            while ballast.write_all(&bytes).is_ok() {}
        }
    }

    /// Gives back what [`Self::fill`] took.
    pub fn free(&self) {
        // Nothing to give back is as good.
        let _ = fs::remove_file(self.ballast());
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // Whoever still has a file open there keeps it till then; nobody finds it any more.
        let _ = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}
