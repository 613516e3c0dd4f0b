//! A server of advisories on loopback: OSV's API, and the part of PyPI's JSON API that lists
//! vulnerabilities.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};

/// A record of OSV's format: all releases of a package before `fixed` are affected.
pub fn record(id: &str, package: &str, fixed: &str) -> String {
    let record = json!({
        "schema_version": "1.7.0",
        "id": id,
        "modified": "2026-01-01T00:00:00Z",
        "published": "2025-12-01T00:00:00Z",
        "aliases": [format!("CVE-{id}")],
        "summary": "It reads all files",
        "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" }],
        "affected": [{
            "package": { "ecosystem": "PyPI", "name": package, "purl": format!("pkg:pypi/{package}") },
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": fixed }] }],
            "versions": [],
        }],
    });
    record.to_string()
}

/// The server, until it is dropped.
pub struct Osv {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    records: Vec<Value>,
    pages: BTreeMap<String, String>,
    /// What every answer is, where that is set.
    answer: Option<String>,
    asked: Vec<String>,
    is_over: bool,
}

impl Osv {
    /// A server with these records. It sends one a page.
    pub fn start(records: &[String]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Mutex::new(Shared::default()));
        let osv = Self {
            address,
            shared: Arc::clone(&shared),
        };
        osv.replace(records);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if lock(&shared).is_over {
                    return;
                }
                let shared = Arc::clone(&shared);
                thread::spawn(move || converse(&stream, &shared));
            }
        });
        osv
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts other records in the place of its records.
    pub fn replace(&self, records: &[String]) {
        let records = records.iter();
        let records = records.map(|text| serde_json::from_str(text).expect("it is JSON"));
        lock(&self.shared).records = records.collect();
    }

    /// Answers everything with this.
    pub fn answer(&self, body: &str) {
        lock(&self.shared).answer = Some(body.to_owned());
    }

    /// Lists these vulnerabilities on the page of a release.
    pub fn pypi(&self, package: &str, version: &str, vulnerabilities: &str) {
        let page = format!("{{\"info\": {{}}, \"vulnerabilities\": {vulnerabilities}}}");
        let path = format!("/pypi/{package}/{version}/json");
        lock(&self.shared).pages.insert(path, page);
    }

    /// What was asked since this was called last.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.shared).asked)
    }
}

impl Drop for Osv {
    fn drop(&mut self) {
        lock(&self.shared).is_over = true;
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().expect("no thread panics with it")
}

/// Answers one request.
fn converse(mut stream: &TcpStream, shared: &Mutex<Shared>) {
    let mut input = BufReader::new(stream);
    let mut line = String::new();
    if input.read_line(&mut line).is_err() {
        return;
    }
    let path = line
        .split_whitespace()
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        if input.read_line(&mut header).is_err() || header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    let _ = input.read_exact(&mut body);
    let question: Value = serde_json::from_slice(&body).unwrap_or_default();
    let answer = lock(shared).answer_to(&path, &question);
    let (status, body) = match answer {
        Some(body) => (200, body),
        None => (404, String::new()),
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

impl Shared {
    fn answer_to(&mut self, path: &str, question: &Value) -> Option<String> {
        let name = question["package"]["name"].as_str().unwrap_or_default();
        let page = question["page_token"].as_str();
        let page_number = page.and_then(|page| page.parse().ok()).unwrap_or(0);
        self.asked.push(match path {
            "/v1/query" if page.is_some() => format!("{path} {name} page"),
            "/v1/query" => format!("{path} {name}"),
            _ => path.to_owned(),
        });
        if let Some(answer) = &self.answer {
            return Some(answer.clone());
        }
        match path {
            "/v1/query" => {
                let all = self.of(name);
                let mut answer = json!({ "vulns": all.get(page_number..=page_number) });
                if page_number + 1 < all.len() {
                    answer["next_page_token"] = (page_number + 1).to_string().into();
                }
                Some(answer.to_string())
            }
            "/v1/querybatch" => {
                let queries = question["queries"].as_array()?.iter();
                let results: Vec<Value> = queries
                    .map(|query| {
                        let all = self.of(query["package"]["name"].as_str().unwrap_or_default());
                        let named = all.iter();
                        let named: Vec<Value> = named
                            .map(|record| json!({ "id": record["id"], "modified": record["modified"] }))
                            .collect();
                        match &*named {
                            [] => json!({}),
                            named => json!({ "vulns": named }),
                        }
                    })
                    .collect();
                Some(json!({ "results": results }).to_string())
            }
            _ => self.pages.get(path).cloned(),
        }
    }

    fn of(&self, package: &str) -> Vec<Value> {
        let records = self.records.iter();
        let concerned =
            records.filter(|record| record["affected"][0]["package"]["name"] == package);
        concerned.cloned().collect()
    }
}
