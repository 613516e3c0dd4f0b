//! Proxies and TLS, with real ones on loopback.

use harden_testindex::{Authority, Flavour, Identity, Proxy, TlsFront};
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Outcome, Sandbox};

/// Nothing listens on port 9 of loopback.
const DEAD: &str = "127.0.0.1:9";

/// A sandbox whose index has relative links only, so that it may be reached by other names.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(Flavour::PlainHtml, "a 1.0");
    sandbox.write("loose.txt", "a");
    sandbox
}

/// These variables, without the configuration of pip on this machine.
fn alone<'v>(variables: &[(&'v str, &'v str)]) -> Vec<(&'v str, &'v str)> {
    [variables, &[("PIP_CONFIG_FILE", "/dev/null")]].concat()
}

/// Locks with these variables, from the index at `url`.
fn lock(sandbox: &Sandbox, variables: &[(&str, &str)], url: &str) -> Outcome {
    let command = format!("loose.txt -q -p {FOREIGN} --no-cache -i {url} -o strict.txt");
    sandbox.harden_with(&alone(variables), &command)
}

/// Locks and fetches through what these variables name; nothing is asked of the index but by `proxy`.
fn goes_through(sandbox: &Sandbox, proxy: &Proxy, variables: &[(&str, &str)], url: &str) {
    lock(sandbox, variables, url).good();
    let fetch = format!("strict.txt -q --no-cache -i {url}");
    sandbox.fetch_with(&alone(variables), &fetch).good();
    assert_eq!(sandbox.list("wheelhouse").len(), 1);
    assert!(!proxy.requests().is_empty());
    std::fs::remove_dir_all(sandbox.path("wheelhouse")).unwrap();
}

/// The host `index.test` is one that only the proxy can find.
fn beyond(sandbox: &Sandbox) -> String {
    sandbox
        .server()
        .index_url()
        .replace("127.0.0.1", "index.test")
}

#[test]
fn http_goes_through_each_kind_of_proxy() {
    let sandbox = sandbox();
    let login = Some(("me", "p@ss"));
    for (variable, scheme) in [
        ("HTTP_PROXY", "http"),
        ("http_proxy", "http"),
        ("ALL_PROXY", "http"),
        ("ALL_PROXY", "socks5h"),
        ("PIP_PROXY", "http"),
    ] {
        let proxy = Proxy::start(login);
        let url = proxy.url(scheme, "me:p%40ss@");
        goes_through(&sandbox, &proxy, &[(variable, &url)], &beyond(&sandbox));
    }
    // As curl, a value without a scheme is that of an HTTP proxy.
    let proxy = Proxy::start(None);
    let url = proxy.url("", "").replace("://", "");
    goes_through(&sandbox, &proxy, &[("HTTP_PROXY", &url)], &beyond(&sandbox));
    // The client looks the host up itself for `socks5`.
    let proxy = Proxy::start(None);
    let url = proxy.url("socks5", "");
    let direct = sandbox.server().index_url();
    goes_through(&sandbox, &proxy, &[("ALL_PROXY", &url)], &direct);
}

#[test]
fn https_goes_through_a_tunnel() {
    let sandbox = sandbox();
    let authority = Authority::new();
    let front = TlsFront::start(sandbox.server(), &authority.identity(), None);
    std::fs::write(sandbox.path("ca.pem"), authority.certificate()).unwrap();
    let url = front.url("/simple/").replace("127.0.0.1", "index.test");
    for scheme in ["http", "socks5h"] {
        let proxy = Proxy::start(Some(("me", "pw")));
        let proxy_url = proxy.url(scheme, "me:pw@");
        let variables = [("HTTPS_PROXY", &*proxy_url), ("SSL_CERT_FILE", "ca.pem")];
        goes_through(&sandbox, &proxy, &variables, &url);
    }
}

#[test]
fn no_proxy_exempts_hosts() {
    let sandbox = sandbox();
    let port = sandbox
        .server()
        .url("")
        .rsplit(':')
        .next()
        .unwrap()
        .to_owned();
    let with_port = format!("127.0.0.1:{port}");
    for exempt in [
        "*",
        "127.0.0.1",
        "127.0.0.0/8",
        "other.test, 127.0.0.1",
        &with_port,
    ] {
        let variables = [("ALL_PROXY", DEAD), ("NO_PROXY", exempt)];
        lock(&sandbox, &variables, &sandbox.server().index_url()).good();
    }
    let proxy = Proxy::start(None);
    let url = proxy.url("http", "");
    let variables = [("HTTP_PROXY", &*url), ("NO_PROXY", "other.test,10.0.0.0/8")];
    goes_through(&sandbox, &proxy, &variables, &beyond(&sandbox));
}

#[test]
fn a_proxy_that_fails_is_named() {
    let sandbox = sandbox();
    let refused = |variable: &str, value: &str, url: &str| {
        let outcome = lock(&sandbox, &[(variable, value)], url);
        assert_eq!(outcome.code, Some(3), "{outcome}");
        assert!(!outcome.stderr.contains("s3cret"), "{outcome}");
        outcome.stderr
    };
    let (plain, encrypted) = ("http://index.test/simple", "https://index.test/simple");
    assert_snapshot!(refused("HTTP_PROXY", "http://me:s3cret@127.0.0.1:9", plain), @r"
    error: cannot read the page of a at http://index.test/simple/a/: no connection through the proxy http://127.0.0.1:9 (from HTTP_PROXY): it refuses the connection (tried 4 times)
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    assert_snapshot!(refused("HTTPS_PROXY", "http://me:s3cret@127.0.0.1:9", encrypted), @r"
    error: cannot read the page of a at https://index.test/simple/a/: no connection through the proxy http://127.0.0.1:9 (from HTTPS_PROXY): it refuses the connection (tried 4 times)
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    assert_snapshot!(refused("ALL_PROXY", "socks5h://me:s3cret@127.0.0.1:9", plain), @r"
    error: cannot read the page of a at http://index.test/simple/a/: no connection through the proxy socks5h://127.0.0.1:9 (from ALL_PROXY): error connecting to socks proxy: SOCKS error: failed to create underlying connection (tried 4 times)
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    assert_snapshot!(refused("PIP_PROXY", "127.0.0.1:9", encrypted), @r"
    error: cannot read the page of a at https://index.test/simple/a/: no connection through the proxy http://127.0.0.1:9 (from PIP_PROXY): it refuses the connection (tried 4 times)
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    let proxy = Proxy::start(Some(("me", "pw")));
    let url = proxy.url("http", "");
    let unnamed = |text: String| text.replace(&url, "[proxy]");
    assert_snapshot!(unnamed(refused("HTTP_PROXY", &url, plain)), @r"
    error: cannot read the page of a at http://index.test/simple/a/: the proxy answers 407 Proxy Authentication Required; its login belongs into its URL
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    assert_snapshot!(unnamed(refused("HTTPS_PROXY", &url, encrypted)), @r"
    error: cannot read the page of a at https://index.test/simple/a/: no connection through the proxy [proxy] (from HTTPS_PROXY): tunnel error: proxy authorization required; its login belongs into its URL
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
}

#[test]
fn a_malformed_proxy_is_an_error() {
    let sandbox = sandbox();
    let refused = |value: &str| {
        let outcome = lock(
            &sandbox,
            &[("HTTP_PROXY", value)],
            "http://index.test/simple",
        );
        assert_eq!(outcome.code, Some(3), "{outcome}");
        assert!(!outcome.stderr.contains("s3cret"), "{outcome}");
        outcome.stderr
    };
    assert_snapshot!(refused("http://me:s3cret@proxy.test:99999"), @r"
    error: cannot read the page of a at http://index.test/simple/a/: HTTP_PROXY is not the URL of a proxy, as in http://proxy.example:3128: invalid port number
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    assert_snapshot!(refused("ftp://me:s3cret@proxy.test"), @r"
    error: cannot read the page of a at http://index.test/simple/a/: HTTP_PROXY is not the URL of a proxy, as in http://proxy.example:3128: `ftp` is not a scheme of proxies
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    assert_snapshot!(refused("http://"), @r"
    error: cannot read the page of a at http://index.test/simple/a/: HTTP_PROXY is not the URL of a proxy, as in http://proxy.example:3128: empty host
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
}

#[test]
fn authorities_are_a_file_or_a_folder() {
    let sandbox = sandbox();
    let authority = Authority::new();
    let front = TlsFront::start(sandbox.server(), &authority.identity(), None);
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    std::fs::write(sandbox.path("folder/README"), "not a certificate").unwrap();
    for name in ["ca.pem", "folder/9d66eef0.0"] {
        std::fs::write(sandbox.path(name), authority.certificate()).unwrap();
    }
    let url = front.url("/simple/");
    for (variable, place) in [
        ("SSL_CERT_FILE", "ca.pem"),
        ("PIP_CERT", "ca.pem"),
        ("PIP_CERT", "folder"),
        ("REQUESTS_CA_BUNDLE", "ca.pem"),
        ("REQUESTS_CA_BUNDLE", "folder"),
        ("CURL_CA_BUNDLE", "ca.pem"),
    ] {
        lock(&sandbox, &[(variable, place)], &url).good();
    }
    let refused = |variable: &str, place: &str| {
        let outcome = lock(&sandbox, &[(variable, place)], &url);
        assert_eq!(outcome.code, Some(3), "{outcome}");
        // The connection may be closed before the alert is read, which is tried again.
        let stderr = outcome.stderr.replace(&front.url(""), "[front]");
        stderr
            .replace(" (tried 2 times)", "")
            .replace(" (tried 3 times)", "")
    };
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    assert_snapshot!(refused("PIP_CERT", "none.pem"), @r"
    error: cannot read the page of a at [front]/simple/a/: no trusted certificates in none.pem, which pip's `cert` names: failed to open file `none.pem`: no such file or directory
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    assert_snapshot!(refused("REQUESTS_CA_BUNDLE", "empty"), @r"
    error: cannot read the page of a at [front]/simple/a/: no trusted certificates in empty, which REQUESTS_CA_BUNDLE names: it has none in PEM form
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    assert_snapshot!(refused("PIP_CERT", "loose.txt"), @r"
    error: cannot read the page of a at [front]/simple/a/: no trusted certificates in loose.txt, which pip's `cert` names: it has none in PEM form
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    assert_snapshot!(refused("SSL_CERT_FILE", "none.pem"), @r"
    error: cannot read the page of a at [front]/simple/a/: no trusted certificates: failed to read PEM from file: no such file or directory at 'none.pem': no such file or directory; name a file of them with SSL_CERT_FILE
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    let other = Authority::new();
    std::fs::write(sandbox.path("other.pem"), other.certificate()).unwrap();
    assert_snapshot!(refused("PIP_CERT", "other.pem"), @r"
    error: cannot read the page of a at [front]/simple/a/: the certificate of the server comes from an authority that is not trusted here; name its authority with SSL_CERT_FILE, PIP_CERT or REQUESTS_CA_BUNDLE
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
}

/// Both as `openssl req -x509` makes it by default, which says that it is an authority, and as a server's.
#[test]
fn a_self_signed_certificate_works_where_it_is_trusted() {
    let sandbox = sandbox();
    let other = Authority::new();
    std::fs::write(sandbox.path("other.pem"), other.certificate()).unwrap();
    for is_authority in [true, false] {
        let identity = Identity::self_signed(is_authority);
        let front = TlsFront::start(sandbox.server(), &identity, None);
        std::fs::write(sandbox.path("own.pem"), &identity.certificate).unwrap();
        for variable in ["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"] {
            lock(&sandbox, &[(variable, "own.pem")], &front.url("/simple/")).good();
        }
        let untrusted = lock(
            &sandbox,
            &[("PIP_CERT", "other.pem")],
            &front.url("/simple/"),
        );
        assert_eq!(untrusted.code, Some(3), "{untrusted}");
        let shown = untrusted.stderr.replace(&front.url(""), "[front]");
        if is_authority {
            assert_snapshot!(shown, @r"
            error: cannot read the page of a at [front]/simple/a/: the certificate of the server is self-signed and not trusted here; name its authority with SSL_CERT_FILE, PIP_CERT or REQUESTS_CA_BUNDLE
            hint: use another index with --index-url, or what the cache holds with --offline
            ");
        } else {
            assert_snapshot!(shown, @r"
            error: cannot read the page of a at [front]/simple/a/: the certificate of the server comes from an authority that is not trusted here; name its authority with SSL_CERT_FILE, PIP_CERT or REQUESTS_CA_BUNDLE
            hint: use another index with --index-url, or what the cache holds with --offline
            ");
        }
        // It is for this host only.
        let elsewhere = front.url("/simple/").replace("127.0.0.1", "localhost");
        let refused = lock(&sandbox, &[("PIP_CERT", "own.pem")], &elsewhere);
        assert_eq!(refused.code, Some(3), "{refused}");
        assert!(refused.stderr.contains("not valid"), "{refused}");
    }
}

#[test]
fn a_client_certificate_is_shown() {
    let sandbox = sandbox();
    let authority = Authority::new();
    let server = authority.identity();
    let front = TlsFront::start(sandbox.server(), &server, Some(&authority));
    std::fs::write(sandbox.path("ca.pem"), authority.certificate()).unwrap();
    let own = authority.identity();
    let both = format!("{}{}", own.key, own.certificate);
    std::fs::write(sandbox.path("own.pem"), both).unwrap();
    std::fs::write(sandbox.path("bare.pem"), own.certificate).unwrap();
    let with = |place: &str| {
        let variables = [("PIP_CERT", "ca.pem"), ("PIP_CLIENT_CERT", place)];
        lock(&sandbox, &variables, &front.url("/simple/"))
    };
    with("own.pem").good();
    let refused = |place: &str| {
        let outcome = with(place);
        assert_eq!(outcome.code, Some(3), "{outcome}");
        // In TLS 1.3 the refusal comes after the handshake: a client that is still sending may see the
        // connection end first, and learns why when it tries again.
        let tries = (2..=8).map(|tries| format!(" (tried {tries} times)"));
        let message = tries.fold(outcome.stderr, |text, tries| text.replace(&tries, ""));
        message.replace(&front.url(""), "[front]")
    };
    assert_snapshot!(refused(""), @r"
    error: cannot read the page of a at [front]/simple/a/: the server does not accept our certificate, or wants one: received fatal alert: CertificateRequired; name a file with a certificate and its key with PIP_CLIENT_CERT
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    assert_snapshot!(refused("bare.pem"), @r"
    error: cannot read the page of a at [front]/simple/a/: no client certificate in bare.pem, which pip's `client-cert` names: it has no private key in PEM form without a passphrase
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    assert_snapshot!(refused("none.pem"), @r"
    error: cannot read the page of a at [front]/simple/a/: no client certificate in none.pem, which pip's `client-cert` names: failed to open file `none.pem`: no such file or directory
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
}
