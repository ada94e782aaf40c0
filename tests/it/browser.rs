//! A real Chromium, driven through its DevTools pipe: no crate, no port, no network.
//!
//! `--remote-debugging-pipe` reads commands on descriptor 3 and answers on descriptor 4, JSON texts ended
//! by a zero byte; the shell ties both to our pipes. Every console message, exception and address asked
//! for is kept.
//!
//! **Invariant:** without Chromium a test says on standard error that it is skipped, and claims nothing;
//! with `VIGIE_EXIGE` set (as `.ci/run` does) it fails instead.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
const PATIENCE: Duration = Duration::from_secs(90);

/// A running browser.
pub(crate) struct Browser {
    child: Child,
    input: ChildStdin,
    answers: Receiver<Value>,
    next: u64,
    events: Vec<Value>,
    _profile: tempfile::TempDir,
}

/// How a page is opened.
#[derive(Clone, Copy)]
pub(crate) struct Opening {
    /// Width and height of the window, CSS pixels.
    pub(crate) window: (u32, u32),
    /// Whether scripts run.
    pub(crate) script: bool,
}

impl Opening {
    /// A laptop window, scripts on.
    pub(crate) const LAPTOP: Self = Self { window: (1_280, 900), script: true };
}

/// A page opened in its own tab.
pub(crate) struct Tab<'a> {
    browser: &'a mut Browser,
    session: String,
    target: String,
    /// Beginnings of the addresses that may be asked for.
    own: Vec<String>,
    parked: bool,
}

/// A tab left open while another one is used.
pub(crate) struct Parked {
    session: String,
    target: String,
    own: Vec<String>,
}

/// A tool that `.ci/run` installs: says loudly that a test is skipped without it, or fails there.
pub(crate) fn missing(what: &str) {
    assert!(std::env::var_os("VIGIE_EXIGE").is_none(), "{what} is required here (VIGIE_EXIGE)");
    // written to the descriptor itself, so that the harness does not swallow it
    let _ = writeln!(
        std::io::stderr(),
        "SAUTÉ : {what} absent, rien n'est vérifié ici (.ci/run l'installe)"
    );
}

fn program() -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|file| file.is_file())
}

impl Browser {
    /// Starts Chromium, or says that it is missing.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = program() else {
            missing("chromium");
            return None;
        };
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(
                "exec \"$0\" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage \
                 --disable-extensions --no-first-run \
                 --host-resolver-rules='MAP piege.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' \
                 --remote-debugging-pipe --user-data-dir=\"$1\" about:blank \
                 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null",
            )
            .arg(program)
            .arg(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let input = child.stdin.take().expect("piped");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while output.read_until(0, &mut message).is_ok_and(|n| n > 0) {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else { break };
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        Some(Self { child, input, answers, next: 0, events: Vec::new(), _profile: profile })
    }

    /// Sends a command and waits for its result; events on the way are kept.
    fn call(&mut self, session: Option<&str>, method: &str, params: &Value) -> Value {
        let answer = self.ask(session, method, params);
        assert!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
        answer["result"].clone()
    }

    /// The same, an error being an answer.
    fn ask(&mut self, session: Option<&str>, method: &str, params: &Value) -> Value {
        self.next += 1;
        let id = self.next;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.write_all(&bytes).expect("Chromium listens");
        loop {
            let answer = self.answers.recv_timeout(PATIENCE).expect("Chromium answers in time");
            if answer["id"] == json!(id) {
                return answer;
            }
            self.events.push(answer);
        }
    }

    /// Opens a local file, offline, in a new tab, and waits until it is loaded.
    pub(crate) fn open(&mut self, file: &Path, how: Opening) -> Tab<'_> {
        let mut tab = self.blank(how, vec!["file:".to_owned()]);
        let none =
            json!({"offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0});
        tab.call("Network.emulateNetworkConditions", &none);
        let file = file.canonicalize().expect("the page exists");
        tab.go(&format!("file://{}", file.display()));
        tab
    }

    /// Opens an address in a new tab; `own` is the beginning of the addresses that may be asked for.
    pub(crate) fn visit(&mut self, address: &str, own: &str, how: Opening) -> Tab<'_> {
        let mut tab = self.blank(how, vec![own.to_owned()]);
        tab.go(address);
        tab
    }

    /// Takes up a tab left open.
    pub(crate) fn resume(&mut self, tab: Parked) -> Tab<'_> {
        let Parked { session, target, own } = tab;
        Tab { browser: self, session, target, own, parked: false }
    }

    /// Takes over a tab that a page opened, once its address starts so.
    pub(crate) fn opened(&mut self, address: &str, own: &str) -> Tab<'_> {
        for _ in 0..600 {
            let all = self.call(None, "Target.getTargets", &json!({}));
            let found = all["targetInfos"].as_array().into_iter().flatten().find(|t| {
                t["type"] == json!("page")
                    && t["url"].as_str().is_some_and(|u| u.starts_with(address))
            });
            if let Some(target) = found {
                let target = target["targetId"].as_str().expect("a tab").to_owned();
                return self.attach(target, Opening::LAPTOP, vec![own.to_owned()]);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("no tab shows {address}");
    }

    /// Saves what pages download there.
    pub(crate) fn download_to(&mut self, folder: &Path) {
        let how = json!({"behavior": "allow", "downloadPath": folder.display().to_string()});
        self.call(None, "Browser.setDownloadBehavior", &how);
    }

    fn blank(&mut self, how: Opening, own: Vec<String>) -> Tab<'_> {
        let made = self.call(None, "Target.createTarget", &json!({"url": "about:blank"}));
        let target = made["targetId"].as_str().expect("a tab").to_owned();
        self.attach(target, how, own)
    }

    fn attach(&mut self, target: String, how: Opening, own: Vec<String>) -> Tab<'_> {
        let attached =
            self.call(None, "Target.attachToTarget", &json!({"targetId": target, "flatten": true}));
        let session = attached["sessionId"].as_str().expect("a session").to_owned();
        self.events.clear();
        let mut tab = Tab { browser: self, session, target, own, parked: false };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.call(&format!("{domain}.enable"), &json!({}));
        }
        tab.resize(how.window);
        tab.call("Emulation.setScriptExecutionDisabled", &json!({"value": !how.script}));
        tab
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Tab<'_> {
    /// Leaves the tab open, to use another one meanwhile.
    pub(crate) fn park(mut self) -> Parked {
        self.parked = true;
        let own = std::mem::take(&mut self.own);
        Parked { session: self.session.clone(), target: self.target.clone(), own }
    }

    /// Gives the window another size, CSS pixels.
    pub(crate) fn resize(&mut self, (width, height): (u32, u32)) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Goes to an address and waits until it is loaded.
    pub(crate) fn go(&mut self, address: &str) {
        self.then_loaded(|tab| {
            tab.call("Page.navigate", &json!({"url": address}));
        });
    }

    /// Does something that loads a page, and waits until it is loaded.
    pub(crate) fn then_loaded(&mut self, act: impl FnOnce(&mut Self)) {
        self.eval("1"); // whatever was on its way has come
        self.browser.events.retain(|e| e["method"] != json!("Page.loadEventFired"));
        act(self);
        self.wait("Page.loadEventFired");
    }

    /// Clicks in the middle of an element, as a mouse does.
    pub(crate) fn click(&mut self, selector: &str) {
        let place = self.eval(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{block: 'center'}});
               const r = e.getBoundingClientRect(); return [r.x + Math.min(r.width, 40) / 2, r.y + r.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let at = json!({"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", &at);
        }
    }

    /// Drops files or folders of the disk in the middle of an element.
    pub(crate) fn drop_on(&mut self, selector: &str, paths: &[&Path]) {
        let place = self.eval(&format!(
            "(() => {{ const r = document.querySelector({selector:?}).getBoundingClientRect();
               return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ));
        let files: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
        let data = json!({"items": [], "files": files, "dragOperationsMask": 1});
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({"type": kind, "x": place[0], "y": place[1], "data": data});
            self.call("Input.dispatchDragEvent", &event);
        }
    }

    /// Gives files to a field, as the dialog of the browser does.
    pub(crate) fn choose(&mut self, selector: &str, paths: &[&Path]) {
        let expression = format!("document.querySelector({selector:?})");
        let node = self.call("Runtime.evaluate", &json!({"expression": expression}));
        let files: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
        let given = json!({"files": files, "objectId": node["result"]["objectId"]});
        self.call("DOM.setFileInputFiles", &given);
    }

    /// Presses a key that opens the file dialog, and answers the dialog.
    pub(crate) fn choose_by_key(&mut self, paths: &[&Path]) {
        self.call("Page.setInterceptFileChooserDialog", &json!({"enabled": true}));
        self.browser.events.retain(|e| e["method"] != json!("Page.fileChooserOpened"));
        self.press("Enter", 13);
        self.wait("Page.fileChooserOpened");
        let opened = |e: &&Value| e["method"] == json!("Page.fileChooserOpened");
        let node =
            self.browser.events.iter().find(opened).expect("waited for")["params"]["backendNodeId"]
                .clone();
        let files: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
        self.call("DOM.setFileInputFiles", &json!({"files": files, "backendNodeId": node}));
        self.call("Page.setInterceptFileChooserDialog", &json!({"enabled": false}));
    }

    /// Presses Tab until the focus is on an element.
    pub(crate) fn tab_to(&mut self, selector: &str) {
        let there = format!("document.activeElement?.matches({selector:?}) ?? false");
        for _ in 0..400 {
            if self.eval(&there) == json!(true) {
                return;
            }
            self.press("Tab", 9);
        }
        panic!("the keyboard does not reach {selector}");
    }

    /// Waits until an expression is true, whatever pages load meanwhile.
    pub(crate) fn until(&mut self, expression: &str) {
        let params = json!({"expression": expression, "returnByValue": true});
        let start = std::time::Instant::now();
        while start.elapsed() < PATIENCE {
            let session = self.session.clone();
            let answer = self.browser.ask(Some(&session), "Runtime.evaluate", &params);
            if answer["result"]["result"]["value"] == json!(true) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let page = self.eval("document.body.innerText");
        panic!("never: {expression}; the page says {page}");
    }

    /// Forgets the messages that a test expected.
    pub(crate) fn forget(&mut self, expected: impl Fn(&Value) -> bool) {
        self.eval("1"); // whatever was on its way has come
        self.browser.events.retain(|event| !expected(event));
    }

    /// The words of the page.
    pub(crate) fn words(&mut self) -> String {
        self.eval("document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Writes what the window shows to a PNG file, the whole page.
    pub(crate) fn picture(&mut self, file: &Path) {
        let shot = self.call(
            "Page.captureScreenshot",
            &json!({"format": "png", "captureBeyondViewport": true}),
        );
        let bytes = base64(shot["data"].as_str().expect("a picture"));
        std::fs::write(file, bytes).expect("writable");
    }

    /// Sends a command to the page.
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Value {
        let session = self.session.clone();
        self.browser.call(Some(&session), method, params)
    }

    fn wait(&mut self, event: &str) {
        while !self.browser.events.iter().any(|e| e["method"] == json!(event)) {
            let next = self.browser.answers.recv_timeout(PATIENCE).expect("the page loads in time");
            self.browser.events.push(next);
        }
    }

    /// Value of an expression in the page; a promise is awaited.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let result = self.call("Runtime.evaluate", &params);
        assert!(result.get("exceptionDetails").is_none(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Same, as a whole number.
    pub(crate) fn count(&mut self, expression: &str) -> i64 {
        self.eval(expression).as_i64().unwrap_or_else(|| panic!("{expression} is no number"))
    }

    /// Types a text where the focus is.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", &json!({"text": text}));
    }

    /// Presses a key: its name and code (`Tab` 9, `Enter` 13).
    pub(crate) fn press(&mut self, key: &str, code: u32) {
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let mut params =
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            if kind == "keyDown" && !text.is_empty() {
                params["text"] = json!(text);
            }
            self.call("Input.dispatchKeyEvent", &params);
        }
    }

    /// Number of A4 pages once printed as the style sheet asks.
    pub(crate) fn printed_pages(&mut self) -> usize {
        let pdf = self.call(
            "Page.printToPDF",
            &json!({"preferCSSPageSize": true, "printBackground": true, "generateTaggedPDF": false}),
        );
        let data = base64(pdf["data"].as_str().expect("a PDF"));
        let text = String::from_utf8_lossy(&data);
        text.matches("/Type /Page").count() - text.matches("/Type /Pages").count()
    }

    /// What went wrong or went out: exceptions, console messages, addresses that are not local.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        self.eval("1"); // whatever was on its way has come
        let mut out = Vec::new();
        let mine = json!(self.session);
        for event in self.browser.events.iter().filter(|e| e["sessionId"] == mine) {
            let params = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Runtime.exceptionThrown" => out.push(params["exceptionDetails"].to_string()),
                "Runtime.consoleAPICalled" => out.push(params["args"].to_string()),
                "Log.entryAdded" => out.push(params["entry"].to_string()),
                "Network.requestWillBeSent" => {
                    let url = params["request"]["url"].as_str().unwrap_or_default();
                    if !url.starts_with("data:") && !self.own.iter().any(|o| url.starts_with(o)) {
                        out.push(format!("address {url}"));
                    }
                }
                _ => {}
            }
        }
        out
    }
}

impl Drop for Tab<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.parked {
            let target = self.target.clone();
            self.browser.call(None, "Target.closeTarget", &json!({"targetId": target}));
        }
    }
}

/// Standard base64, as Chromium writes it.
fn base64(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut bits) = (0u32, 0);
    for six in text.bytes().filter_map(value) {
        word = word << 6 | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits & 0xff) as u8);
        }
    }
    out
}

#[test]
fn base64_reads_what_rfc_4648_writes() {
    for (code, plain) in [("Zg==", "f"), ("Zm8=", "fo"), ("Zm9vYmFy", "foobar")] {
        assert_eq!(base64(code), plain.as_bytes());
    }
}
