//! The paths of included files.

use url::Url;

use crate::inputs::without_credentials;

/// The path or URL of `path` as named in `file`: relative to the folder of `file`, or to its URL.
pub(super) fn joined(file: &str, path: &str) -> Result<String, String> {
    if is_web(file) {
        let url = Url::parse(file).and_then(|base| base.join(path));
        let url = url.map_err(|error| format!("`{}` is not a URL: {error}", shown(path)))?;
        return if is_web(url.as_str()) {
            Ok(url.into())
        } else {
            Err("a file from a web server cannot include a local file".to_owned())
        };
    }
    let rooted = path.starts_with('/') || std::path::Path::new(path).is_absolute();
    if rooted || is_web(path) || path.starts_with("file:") {
        return Ok(normal_path(path));
    }
    match file.rsplit_once('/') {
        Some((folder, _)) => Ok(normal_path(&format!("{folder}/{path}"))),
        None => Ok(normal_path(path)),
    }
}

/// The name of a file in messages. A URL is shown without its login and query, which may be secrets.
pub(super) fn shown(path: &str) -> String {
    match Url::parse(path) {
        Ok(mut url) if is_web(path) => {
            let _ = (url.set_username(""), url.set_password(None));
            url.set_query(None);
            url.into()
        }
        _ if path == "-" => "<stdin>".to_owned(),
        _ if is_web(path) => {
            let end = path.find('?').unwrap_or(path.len());
            without_credentials(&path[..end])
        }
        _ => without_credentials(path),
    }
}

fn is_web(path: &str) -> bool {
    let scheme = path
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
}

/// The path without `.` and `name/..`; for a `file:` URL, its path.
pub(super) fn normal_path(path: &str) -> String {
    if is_web(path) || path == "-" {
        return path.to_owned();
    }
    let path = match Url::parse(path) {
        Ok(url) if url.scheme() == "file" => url.to_file_path().map_or_else(
            |()| path.to_owned(),
            |path| path.to_string_lossy().into_owned(),
        ),
        _ => path.to_owned(),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            "" if !parts.is_empty() => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, ".." | "")) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    if parts == [""] {
        "/".to_owned()
    } else {
        parts.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_from_a_server_cannot_include_a_local_file() {
        let file = "https://index.test/r.txt";
        for path in ["file:///etc/passwd", "ftp://index.test/r.txt"] {
            assert!(joined(file, path).is_err(), "{path}");
        }
    }

    #[test]
    fn the_shown_name_of_a_url_has_no_secrets() {
        assert_eq!(
            shown("https://bob:pw@index.test/r.txt?token=x"),
            "https://index.test/r.txt"
        );
        assert_eq!(shown("sub/r.txt"), "sub/r.txt");
        assert_eq!(
            shown("https://bob:pw@index.test:x/r.txt?token=x"),
            "https://index.test:x/r.txt"
        );
        assert_eq!(
            shown("ftp://bob:pw@index.test/r.txt"),
            "ftp://index.test/r.txt"
        );
    }

    #[test]
    fn a_path_is_relative_to_the_file_that_names_it() {
        for (file, path, expected) in [
            ("loose.txt", "base.txt", "base.txt"),
            ("sub/loose.txt", "base.txt", "sub/base.txt"),
            ("sub/loose.txt", "../base.txt", "base.txt"),
            ("loose.txt", "../base.txt", "../base.txt"),
            ("../loose.txt", "../base.txt", "../../base.txt"),
            ("sub/loose.txt", "/srv/./base.txt", "/srv/base.txt"),
            ("sub/loose.txt", "file:///srv/a%20b.txt", "/srv/a b.txt"),
            (
                "loose.txt",
                "https://index.test/r.txt",
                "https://index.test/r.txt",
            ),
            (
                "https://index.test/a/r.txt",
                "../b.txt",
                "https://index.test/b.txt",
            ),
        ] {
            assert_eq!(
                joined(file, path).as_deref(),
                Ok(expected),
                "{path} in {file}"
            );
        }
    }
}
