//! A proxy on loopback: HTTP requests, `CONNECT` tunnels (RFC 9110) and SOCKS 5 (RFC 1928, RFC 1929).
//!
//! It knows the host `index.test`, which no resolver does, as 127.0.0.1.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::copy_bidirectional;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

/// A proxy, until it is dropped.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _runtime: Runtime,
}

struct Shared {
    /// Who may use it; everybody if `None`.
    login: Option<(String, String)>,
    requests: Mutex<Vec<String>>,
}

type Client = BufReader<TcpStream>;

impl Proxy {
    /// A proxy for everybody, or for those who log in so.
    ///
    /// # Panics
    ///
    /// If the system has no free port on loopback.
    pub fn start(login: Option<(&str, &str)>) -> Self {
        let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
        let runtime = crate::loopback::runtime();
        let listener = crate::loopback::listen(&runtime);
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            login,
            requests: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                tokio::spawn(async move { serve(BufReader::new(stream), &shared).await });
            }
        });
        Self {
            address,
            shared,
            _runtime: runtime,
        }
    }

    /// Its URL in this scheme, with `login` (`user:password@`) before the host.
    pub fn url(&self, scheme: &str, login: &str) -> String {
        format!("{scheme}://{login}{}", self.address)
    }

    /// What it has been asked so far: `GET http://…`, `CONNECT host:port`, `SOCKS host:port`.
    pub fn requests(&self) -> Vec<String> {
        let requests = &self.shared.requests;
        requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Shared {
    fn note(&self, request: String) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(request);
    }
}

async fn serve(mut client: Client, shared: &Shared) -> io::Result<()> {
    const SOCKS_5: u8 = 5;
    if client.fill_buf().await?.first() == Some(&SOCKS_5) {
        return socks(client, shared).await;
    }
    while let Some(head) = read_head(&mut client).await? {
        let mut words = head[0].split(' ');
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        shared.note(format!("{method} {target}"));
        if !is_admitted(&head, shared) {
            let refusal =
                b"HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
            client.write_all(refusal).await?;
        } else if method == "CONNECT" {
            let mut server = connect(target).await?;
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            copy_bidirectional(&mut client, &mut server).await?;
            return Ok(());
        } else {
            forward(&mut client, method, target, &head).await?;
        }
    }
    Ok(())
}

/// Sends one request on, and the response back.
async fn forward(
    client: &mut Client,
    method: &str,
    target: &str,
    head: &[String],
) -> io::Result<()> {
    let rest = target.strip_prefix("http://").unwrap_or(target);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut server = BufReader::new(connect(authority).await?);
    let is_own = |line: &&String| !line.to_ascii_lowercase().starts_with("proxy-");
    let lines: Vec<&str> = head[1..]
        .iter()
        .filter(is_own)
        .map(String::as_str)
        .collect();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\n{}\r\n\r\n",
        lines.join("\r\n")
    );
    server.write_all(request.as_bytes()).await?;
    let Some(head) = read_head(&mut server).await? else {
        return Ok(());
    };
    client
        .write_all(format!("{}\r\n\r\n", head.join("\r\n")).as_bytes())
        .await?;
    if method != "HEAD" {
        let length = header(&head, "content-length").and_then(|value| value.parse().ok());
        let mut body = server.take(length.unwrap_or(0));
        tokio::io::copy(&mut body, client).await?;
    }
    Ok(())
}

/// The lines of a head, without the empty one; `None` at the end.
async fn read_head(stream: &mut Client) -> io::Result<Option<Vec<String>>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        match line.trim_end() {
            "" => return Ok((!lines.is_empty()).then_some(lines)),
            line => lines.push(line.to_owned()),
        }
    }
}

fn header<'h>(head: &'h [String], name: &str) -> Option<&'h str> {
    let headers = head.iter().filter_map(|line| line.split_once(':'));
    let mut headers = headers.filter(|(known, _)| known.eq_ignore_ascii_case(name));
    headers.next().map(|(_, value)| value.trim())
}

fn is_admitted(head: &[String], shared: &Shared) -> bool {
    shared.login.as_ref().is_none_or(|(user, password)| {
        let wanted = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        header(head, "proxy-authorization") == Some(&*wanted)
    })
}

async fn connect(authority: &str) -> io::Result<TcpStream> {
    let authority = if authority.contains(':') {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    TcpStream::connect(authority.replace("index.test:", "127.0.0.1:")).await
}

async fn socks(mut client: Client, shared: &Shared) -> io::Result<()> {
    const PASSWORD: u8 = 2;
    client.read_u8().await?;
    read_bytes(&mut client).await?;
    match &shared.login {
        None => client.write_all(&[5, 0]).await?,
        Some((user, password)) => {
            client.write_all(&[5, PASSWORD]).await?;
            client.read_u8().await?;
            let (given_user, given) = (
                read_bytes(&mut client).await?,
                read_bytes(&mut client).await?,
            );
            let is_admitted = given_user == user.as_bytes() && given == password.as_bytes();
            client.write_all(&[1, u8::from(!is_admitted)]).await?;
            if !is_admitted {
                return Ok(());
            }
        }
    }
    let mut request = [0; 4];
    client.read_exact(&mut request).await?;
    let host = match request[3] {
        1 => {
            let mut address = [0; 4];
            client.read_exact(&mut address).await?;
            address.map(|byte| byte.to_string()).join(".")
        }
        _ => String::from_utf8_lossy(&read_bytes(&mut client).await?).into_owned(),
    };
    let target = format!("{host}:{}", client.read_u16().await?);
    shared.note(format!("SOCKS {target}"));
    let mut server = connect(&target).await?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// Bytes after their number.
async fn read_bytes(client: &mut Client) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::from(client.read_u8().await?)];
    client.read_exact(&mut bytes).await?;
    Ok(bytes)
}
