//! How the program was started: typed in a terminal, or by a double click.
//!
//! On Linux a file manager gives no terminal. On Windows a double click gets a console of its own, so that
//! only the parent tells: the Explorer. On macOS the Finder types the whole path in a new Terminal, which
//! starts in the home folder.
//!
//! **Invariant:** with an argument, nothing is ever taken for a double click.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// What can be seen of the start.
#[derive(Debug, Clone, Default)]
pub(super) struct Depart {
    seul: bool,
    terminal: bool,
    /// Name of the program that started this one, looked for on Windows only.
    parent: Option<String>,
    /// Typed with its whole path from the home folder, looked for on macOS only.
    finder: bool,
}

impl Depart {
    pub(super) fn seen(args: &[OsString]) -> Self {
        let seul = args.len() == 1;
        let terminal = std::io::stdin().is_terminal() || std::io::stdout().is_terminal();
        let asked = seul && terminal;
        Self {
            seul,
            terminal,
            parent: if asked && cfg!(windows) { parent() } else { None },
            finder: asked && cfg!(target_os = "macos") && from_home(args),
        }
    }

    pub(super) fn is_double_click(&self) -> bool {
        let explorer = self.parent.as_ref().is_some_and(|p| p.eq_ignore_ascii_case("explorer.exe"));
        self.seul && (!self.terminal || explorer || self.finder)
    }
}

/// Name of the program that started this one.
fn parent() -> Option<String> {
    let mut system = System::new();
    let mut see = |pid: Pid| {
        let which = [pid];
        let some = ProcessesToUpdate::Some(&which);
        system.refresh_processes_specifics(some, false, ProcessRefreshKind::nothing());
        let process = system.process(pid)?;
        Some((process.parent(), process.name().to_string_lossy().into_owned()))
    };
    let (above, _) = see(Pid::from_u32(std::process::id()))?;
    see(above?).map(|(_, name)| name)
}

fn from_home(args: &[OsString]) -> bool {
    let whole = args.first().is_some_and(|a| Path::new(a).is_absolute());
    let here = std::env::current_dir().ok();
    whole && here.is_some() && here == std::env::home_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_double_click_is_told_from_a_typed_line() {
        let typed = Depart { seul: true, terminal: true, ..Depart::default() };
        assert!(!typed.is_double_click());
        let shell = Depart { parent: Some("cmd.exe".to_owned()), ..typed.clone() };
        assert!(!shell.is_double_click());
        let explorer = Depart { parent: Some("Explorer.EXE".to_owned()), ..typed.clone() };
        assert!(explorer.is_double_click());
        assert!(Depart { finder: true, ..typed.clone() }.is_double_click());
        assert!(Depart { terminal: false, ..typed }.is_double_click());
        let option = Depart { seul: false, terminal: false, ..explorer };
        assert!(!option.is_double_click(), "with an argument it is a command line");
    }

    /// The look at the parent works where the tests run; its name is that of the test runner.
    #[test]
    fn the_parent_has_a_name() {
        assert!(parent().is_some_and(|name| !name.is_empty()));
    }
}
