//! Which proxy a request goes through: that of pip's configuration, else those of the usual variables, and
//! the hosts that `NO_PROXY` exempts from them.
//!
//! As in curl and Python, a variable in lower case goes before the same in upper case, and one that is set
//! to nothing means no proxy. `HTTP_PROXY` in upper case does not count where `REQUEST_METHOD` is set, as a
//! CGI program's client chooses it there.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use url::Url;

use super::Refusal;
use crate::address::shown;

/// The schemes of proxies; `socks5h` and `socks4a` have the proxy look up the host.
const SCHEMES: [&str; 6] = ["http", "https", "socks5", "socks5h", "socks4", "socks4a"];

/// The proxies in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    exempt: Vec<Exempt>,
}

/// A proxy, and where it was named.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    url: Url,
    origin: String,
}

/// An entry of `NO_PROXY`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Exempt {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    All,
    Network(IpNet),
    Address(IpAddr),
    /// This domain and those below it.
    Domain(String),
}

impl Proxies {
    /// The proxies that `of_pip` and the environment name; `None` where they name none, so that the
    /// system's own settings apply (macOS, Windows).
    ///
    /// # Errors
    ///
    /// When one is malformed: a request without the proxy would reveal what the proxy hides.
    pub(super) fn read(
        of_pip: Option<&str>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, Refusal> {
        let usual = |name: &str| -> Option<(String, String)> {
            let lower = name.to_ascii_lowercase();
            let is_cgi = name == "HTTP_PROXY" && variable("REQUEST_METHOD").is_some();
            let found = variable(&lower).map(|value| (lower, value));
            found.or_else(|| Some((name.to_owned(), variable(name).filter(|_| !is_cgi)?)))
        };
        let of_pip = of_pip.map(|value| ("PIP_PROXY".to_owned(), value.to_owned()));
        let of_scheme = |name: &str| {
            let named = of_pip.clone().or_else(|| usual(name));
            named.or_else(|| usual("ALL_PROXY"))
        };
        let (http, https) = (of_scheme("HTTP_PROXY"), of_scheme("HTTPS_PROXY"));
        if http.is_none() && https.is_none() {
            return Ok(None);
        }
        let exempt = usual("NO_PROXY").map(|(_, value)| value);
        let exempt = exempt.unwrap_or_default();
        let is_between = |c: char| c == ',' || c.is_ascii_whitespace();
        let exempt = exempt.split(is_between).filter(|entry| !entry.is_empty());
        Ok(Some(Self {
            http: Proxy::parse(http)?,
            https: Proxy::parse(https)?,
            exempt: exempt.map(Exempt::parse).collect(),
        }))
    }

    /// The proxy that a request for `url` goes through.
    pub(super) fn of(&self, url: &Url) -> Option<&Proxy> {
        if self.exempt.iter().any(|exempt| exempt.has(url)) {
            return None;
        }
        match url.scheme() {
            "https" => self.https.as_ref(),
            _ => self.http.as_ref(),
        }
    }
}

impl Proxy {
    /// Reads what the variable of a name says; nothing means none.
    fn parse(named: Option<(String, String)>) -> Result<Option<Self>, Refusal> {
        let Some((origin, text)) = named else {
            return Ok(None);
        };
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let with_scheme = if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}")
        };
        let fault = match Url::parse(&with_scheme) {
            Err(error) => error.to_string(),
            Ok(url) if !SCHEMES.contains(&url.scheme()) => {
                format!("`{}` is not a scheme of proxies", url.scheme())
            }
            Ok(url) if url.host_str().is_none_or(str::is_empty) => "it has no host".to_owned(),
            Ok(url) if !matches!(url.path(), "" | "/") => "it has a path".to_owned(),
            Ok(url) => return Ok(Some(Self { url, origin })),
        };
        Err(format!(
            "{origin} is not the URL of a proxy, as in http://proxy.example:3128: {fault}"
        ))
    }

    /// Its URL, with its login.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }
}

/// Its URL without the login, and where it was named.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = shown(self.url.as_str());
        write!(f, "{} (from {})", url.trim_end_matches('/'), self.origin)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

impl Exempt {
    fn parse(text: &str) -> Self {
        if let Some(hosts) = Hosts::of_numbers(text) {
            return Self { hosts, port: None };
        }
        let split = text.rsplit_once(':');
        let split = split.and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let (host, port) = split.map_or((text, None), |(host, port)| (host, Some(port)));
        let hosts = Hosts::of_numbers(host).unwrap_or_else(|| match host {
            "*" => Hosts::All,
            host => {
                let domain = host.strip_prefix("*.").unwrap_or(host);
                Hosts::Domain(domain.trim_matches('.').to_ascii_lowercase())
            }
        });
        Self { hosts, port }
    }

    fn has(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_matches(['[', ']']).trim_end_matches('.');
        let has_port = self
            .port
            .is_none_or(|port| url.port_or_known_default() == Some(port));
        has_port && self.hosts.have(host)
    }
}

impl Hosts {
    /// An address or a network, as in `10.0.0.0/8`.
    fn of_numbers(text: &str) -> Option<Self> {
        let bare = text.trim_matches(['[', ']']);
        let network = || text.parse().ok().map(Self::Network);
        bare.parse().ok().map(Self::Address).or_else(network)
    }

    fn have(&self, host: &str) -> bool {
        let address: Option<IpAddr> = host.parse().ok();
        match self {
            Self::All => true,
            Self::Network(network) => address.is_some_and(|address| network.contains(&address)),
            Self::Address(exempt) => address == Some(*exempt),
            Self::Domain(domain) => {
                let host = host.to_ascii_lowercase();
                let rest = host.strip_suffix(&**domain);
                !domain.is_empty()
                    && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(of_pip: Option<&str>, variables: &[(&str, &str)]) -> Result<Option<Proxies>, String> {
        Proxies::read(of_pip, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    /// The proxy for `url`, as it is shown; empty where there is none.
    fn proxy(variables: &[(&str, &str)], url: &str) -> String {
        let proxies = read(None, variables).unwrap();
        let url = Url::parse(url).unwrap();
        let proxy = proxies.as_ref().and_then(|proxies| proxies.of(&url));
        proxy.map(ToString::to_string).unwrap_or_default()
    }

    #[test]
    fn a_proxy_is_for_its_scheme_and_all_proxy_for_the_rest() {
        let variables = [
            ("HTTPS_PROXY", "http://me:pw@one.test:3128"),
            ("all_proxy", "socks5h://two.test"),
        ];
        assert_eq!(
            proxy(&variables, "https://index.test/"),
            "http://one.test:3128 (from HTTPS_PROXY)"
        );
        assert_eq!(
            proxy(&variables, "http://index.test/"),
            "socks5h://two.test (from all_proxy)"
        );
        assert_eq!(read(None, &[("NO_PROXY", "*")]), Ok(None));
    }

    #[test]
    fn pip_goes_before_the_environment_and_lower_case_before_upper() {
        let url = Url::parse("http://index.test/").unwrap();
        let variables = [("HTTP_PROXY", "upper.test"), ("http_proxy", "lower.test:1")];
        assert_eq!(
            proxy(&variables, url.as_str()),
            "http://lower.test:1 (from http_proxy)"
        );
        let proxies = read(Some("pip.test:8080"), &variables).unwrap().unwrap();
        assert_eq!(
            proxies.of(&url).unwrap().to_string(),
            "http://pip.test:8080 (from PIP_PROXY)"
        );
        assert_eq!(
            proxy(
                &[("http_proxy", ""), ("HTTP_PROXY", "upper.test")],
                url.as_str()
            ),
            ""
        );
        let cgi = [("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "evil.test")];
        assert_eq!(proxy(&cgi, url.as_str()), "");
    }

    #[test]
    fn hosts_are_exempt_by_name_suffix_address_network_and_port() {
        let is_exempt = |no_proxy: &str, url: &str| {
            proxy(&[("ALL_PROXY", "proxy.test"), ("NO_PROXY", no_proxy)], url).is_empty()
        };
        for (no_proxy, url) in [
            ("*", "https://index.test/"),
            ("*", "http://127.0.0.1:9/"),
            ("index.test", "https://index.test/"),
            ("other.test, Index.test", "https://INDEX.test/"),
            ("other.test index.test", "https://a.index.test/"),
            (".index.test", "https://a.index.test/"),
            (".index.test", "https://index.test/"),
            ("*.index.test", "https://a.b.index.test/"),
            ("127.0.0.1", "http://127.0.0.1:8080/"),
            ("10.0.0.0/8", "http://10.1.2.3/"),
            ("::1", "http://[::1]:8080/"),
            ("[::1]", "http://[::1]/"),
            ("fd00::/8", "http://[fd12::1]/"),
            ("index.test:8080", "http://index.test:8080/"),
            ("127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("[::1]:8080", "http://[::1]:8080/"),
            ("index.test:443", "https://index.test/"),
        ] {
            assert!(is_exempt(no_proxy, url), "{no_proxy} {url}");
        }
        for (no_proxy, url) in [
            ("", "https://index.test/"),
            (",", "https://index.test/"),
            (".", "https://index.test/"),
            ("index.test", "https://notindex.test/"),
            ("index.test", "https://index.test.evil.test/"),
            ("10.0.0.0/8", "http://11.1.2.3/"),
            ("127.0.0.1", "http://127.0.0.11/"),
            ("index.test:8080", "http://index.test/"),
            ("127.0.0.1:80", "http://127.0.0.1:8080/"),
        ] {
            assert!(!is_exempt(no_proxy, url), "{no_proxy} {url}");
        }
    }

    #[test]
    fn a_malformed_proxy_is_an_error_that_hides_its_login() {
        for (value, why) in [
            ("http://me:pw@proxy.test:99999", "invalid port number"),
            ("http://", "empty host"),
            ("ftp://me:pw@proxy.test", "`ftp` is not a scheme of proxies"),
            ("me:pw@proxy.test/pw", "it has a path"),
            ("not a proxy", "invalid international domain name"),
        ] {
            let error = read(None, &[("HTTP_PROXY", value)]).unwrap_err();
            let start = "HTTP_PROXY is not the URL of a proxy, as in http://proxy.example:3128: ";
            assert_eq!(error, format!("{start}{why}"));
        }
    }

    #[test]
    fn a_proxy_keeps_its_login_and_does_not_show_it() {
        let proxies = read(Some("socks5://me:p%40w@proxy.test:1080"), &[]);
        let proxies = proxies.unwrap().unwrap();
        let proxy = proxies.http.as_ref().unwrap();
        assert_eq!(proxy.url().password(), Some("p%40w"));
        assert!(!format!("{proxies:?} {proxy}").contains("p%40w"));
    }
}
