//! Running the binary in a temporary folder, and finding the folder of real documents.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The binary under test, in an environment without settings.
pub(crate) fn vigie() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.env_remove("RUST_LOG").env("NO_COLOR", "1").current_dir(root());
    command
}

/// Standard error as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Standard output as text.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, sorted.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Copies a folder and what it holds.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the target is writable");
    for file in files_below(from) {
        let target = to.join(file.strip_prefix(from).expect("the file is below"));
        std::fs::create_dir_all(target.parent().expect("a file has a folder")).expect("writable");
        std::fs::copy(&file, &target).expect("the copy succeeds");
    }
}
