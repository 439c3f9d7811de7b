//! Chromium without a window, told what to do in its DevTools protocol: JSON over two pipes, each message ended by a zero byte.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// No page of ours keeps a browser busy for so long.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Chromium {
    process: Child,
    commands: ChildStdin,
    messages: Receiver<Vec<u8>>,
    sent: u64,
    /// Of the one tab.
    session: Option<String>,
    /// Its profile, and what it says on standard error.
    folder: tempfile::TempDir,
}

impl Chromium {
    /// With one empty tab, into which axe-core is put whenever a page is opened.
    pub(crate) fn start() -> Self {
        let axe = std::env::var("RAVINE_AXE").expect("RAVINE_AXE: where is axe.min.js? .ci/run shows how to get it");
        let axe = std::fs::read_to_string(&axe).unwrap_or_else(|e| panic!("RAVINE_AXE={axe}: {e}"));
        let folder = tempfile::tempdir().unwrap();
        // It listens on file descriptor 3 and speaks on 4.
        let mut process = Command::new("sh")
            .args(["-c", "exec chromium \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh"])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", folder.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.path().join("stderr")).unwrap())
            .spawn()
            .unwrap();
        let (commands, said) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let all = BufReader::new(said).split(0).map_while(Result::ok);
            all.map_while(|message| sender.send(message).ok()).for_each(drop);
        });
        let mut browser = Chromium { process, commands, messages, sent: 0, session: None, folder };
        let tab = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let session = browser.call("Target.attachToTarget", json!({ "targetId": tab["targetId"], "flatten": true }));
        browser.session = session["sessionId"].as_str().map(String::from);
        browser.call("Page.enable", json!({}));
        browser.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": axe }));
        browser.call("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }));
        browser
    }

    /// Opens a file and waits until it is there.
    pub(crate) fn open(&mut self, file: &Path) {
        let went = self.call("Page.navigate", json!({ "url": format!("file://{}", file.display()) }));
        assert!(went.get("errorText").is_none(), "{went}");
        self.evaluate(
            "new Promise((done) => document.readyState === 'complete' ? done() : addEventListener('load', () => done()))",
        );
    }

    /// Makes the window so many pixels wide.
    pub(crate) fn widen(&mut self, width: u32) {
        let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    pub(crate) fn press_tab(&mut self) {
        for kind in ["rawKeyDown", "keyUp"] {
            let key = json!({ "type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9 });
            self.call("Input.dispatchKeyEvent", key);
        }
    }

    /// The value of a JavaScript expression in the page, or what it promises.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.call("Runtime.evaluate", asked);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.sent += 1;
        let mut message = json!({ "id": self.sent, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        // Whether it still listens is seen where the answer is waited for.
        let _ = self.commands.write_all(format!("{message}\0").as_bytes());
        loop {
            let mut answer = self.receive();
            if answer["id"] == self.sent {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].take();
            }
        }
    }

    fn receive(&self) -> Value {
        let message = self.messages.recv_timeout(PATIENCE).unwrap_or_else(|why| {
            let said = std::fs::read_to_string(self.folder.path().join("stderr")).unwrap_or_default();
            panic!("Chromium does not answer ({why}); it says\n{said}")
        });
        serde_json::from_slice(&message).unwrap()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
