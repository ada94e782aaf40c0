//! A second double click, and a page left alone.
//!
//! The second `vigie ouvrir` on a folder cannot open a page of its own: it leaves a file there, the first one
//! sees it and brings its page back in the browser. No address and no token is written anywhere, and no
//! socket is opened.
//!
//! **Invariant:** the page closes by itself only when nothing runs and nobody asks.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::etat::{self, Etat};

/// File by which a second opening calls the first.
const APPEL: &str = ".vigie-rappel";
/// Between two looks at the folder.
const TOUR: Duration = Duration::from_millis(500);
/// Time given to the first opening to answer.
const ATTENTE: Duration = Duration::from_secs(4);

/// Asks the page open on the folder, if any, to come back in the browser; true when it answered.
pub fn rappeler(dossier: &Path) -> bool {
    if !etat::is_open(dossier) {
        return false;
    }
    let call = dossier.join(APPEL);
    if fs::write(&call, b"").is_err() {
        return false;
    }
    let start = Instant::now();
    while start.elapsed() < ATTENTE {
        if !call.exists() {
            return true;
        }
        std::thread::sleep(TOUR / 5);
    }
    // Nobody took it: it must not call a later page.
    let _ = fs::remove_file(&call);
    false
}

/// Looks for calls, and closes a page left alone.
pub(super) async fn watch(etat: Arc<Etat>) {
    let call = etat.dossier.join(APPEL);
    loop {
        tokio::time::sleep(TOUR).await;
        if call.exists() && fs::remove_file(&call).is_ok() {
            etat.touch();
            // Without a browser the address printed at the opening still holds.
            let _ = (etat.navigateur)(&etat.adresse());
        }
        if etat.idle() {
            etat.close();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::SystemTime;

    use super::*;
    use crate::app::sortie::Ateliers;
    use crate::serve::{Ouverture, run};

    fn opening(dossier: &Path, veille: Duration) -> Ouverture {
        Ouverture {
            dossier: dossier.to_path_buf(),
            port: 0,
            aujourd_hui: || jiff::civil::date(2026, 11, 26),
            ateliers: Ateliers::default(),
            maintenant: SystemTime::UNIX_EPOCH,
            navigateur: |address| address.starts_with("http://127.0.0.1:"),
            explorateur: |_| true,
            veille,
        }
    }

    #[test]
    fn a_page_left_alone_closes_by_itself_and_answers_until_then() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!rappeler(folder.path()), "nobody is there yet");
        let path = folder.path().to_path_buf();
        let (ready, opened) = channel();
        let page = std::thread::spawn(move || {
            run(opening(&path, Duration::from_secs(3)), move |_| ready.send(()).unwrap())
        });
        opened.recv().unwrap();
        assert!(rappeler(folder.path()), "the page comes back");
        assert!(run(opening(folder.path(), Duration::ZERO), |_| ()).is_err(), "still held");
        page.join().unwrap().unwrap();
        assert!(!rappeler(folder.path()), "the page is closed");
        assert!(!folder.path().join(APPEL).exists());
    }
}
