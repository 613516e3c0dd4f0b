//! No secret of any input appears in what is printed, written or cached.

use std::fs;
use std::path::Path;

use crate::sandbox::{FOREIGN, Sandbox};

/// An input that holds a secret, at its `SECRET`. `HOST` is that of the index.
struct Input {
    what: &'static str,
    loose: &'static str,
    arguments: &'static str,
    variables: &'static [(&'static str, &'static str)],
    files: &'static [(&'static str, &'static str)],
}

const PLAIN: Input = Input {
    what: "",
    loose: "a",
    arguments: "",
    variables: &[],
    files: &[],
};

macro_rules! inputs {
    ($($what:literal: $($field:ident = $value:expr),+;)+) => {
        [$(Input { what: $what, $($field: $value,)+ ..PLAIN },)+]
    };
}

/// Every place that a secret is put in, in a form that works and in forms that do not.
fn inputs() -> Vec<Input> {
    let inputs = inputs![
        "--index-url": arguments = "-i http://me:SECRET@HOST/simple/";
        "a token in --index-url": arguments = "-i http://SECRET@HOST/simple/";
        "a query in --index-url": arguments = "-i http://HOST/simple/?token=SECRET";
        "a port in --index-url": arguments = "-i http://me:SECRET@HOST9999/simple/";
        "a scheme in --index-url": arguments = "-i ftp://me:SECRET@HOST/simple/";
        "no host in --index-url": arguments = "-i http://me:SECRET@";
        "a dead index": arguments = "-i http://me:SECRET@127.0.0.1:9/simple/";
        "--extra-index-url": arguments = "--extra-index-url http://me:SECRET@HOST/simple/";
        "a dead extra index": arguments = "--extra-index-url http://me:SECRET@127.0.0.1:9/simple/";
        "--index": arguments = "--index corp=http://me:SECRET@HOST/simple/ --index-package a=corp";
        "an --index without a scheme": arguments = "--index corp=me:SECRET@HOST --index-package a=corp";
        "--find-links": arguments = "--find-links http://me:SECRET@HOST/simple/a/";
        "a dead link": arguments = "--find-links http://me:SECRET@127.0.0.1:9/x?token=SECRET";
        "an unknown option": arguments = "--index-uri=http://me:SECRET@HOST/simple/";
        "HARDEN_INDEX_URL": variables = &[("HARDEN_INDEX_URL", "http://me:SECRET@HOST/simple/")];
        "HARDEN_EXTRA_INDEX_URL": variables = &[("HARDEN_EXTRA_INDEX_URL", "http://me:SECRET@HOST/simple/")];
        "HARDEN_FIND_LINKS": variables = &[("HARDEN_FIND_LINKS", "http://me:SECRET@HOST/simple/a/")];
        "PIP_INDEX_URL": variables = &[("PIP_INDEX_URL", "http://me:SECRET@HOST/simple/")];
        "PIP_EXTRA_INDEX_URL": variables = &[("PIP_EXTRA_INDEX_URL", "http://me:SECRET@127.0.0.1:9/simple/")];
        "a variable in a login": loose = "--index-url http://me:${TOKEN}@HOST/simple/\na", variables = &[("TOKEN", "SECRET")];
        "a variable in a path": loose = "--index-url http://HOST/simple/${TOKEN}/\na", variables = &[("TOKEN", "SECRET")];
        "a variable in a requirement": loose = "a @ http://me:${TOKEN}@HOST/files/a-1.0-py3-none-any.whl", variables = &[("TOKEN", "SECRET")];
        "HARDEN_INDEX_CORP_PASSWORD": arguments = "--index corp=http://me@HOST/simple/ --index-package a=corp", variables = &[("HARDEN_INDEX_CORP_PASSWORD", "SECRET")];
        "HTTP_PROXY": variables = &[("HTTP_PROXY", "http://me:SECRET@127.0.0.1:9")];
        "--shared-cache": arguments = "--shared-cache s3://me:SECRET@bucket/x";
        "a login of a shared cache": arguments = "--shared-cache s3://bucket/x", variables = &[("AWS_ACCESS_KEY_ID", "me"), ("AWS_SECRET_ACCESS_KEY", "SECRET"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:9")];
        "a malformed proxy": variables = &[("HTTP_PROXY", "http://me:SECRET@127.0.0.1:99999")];
        "a proxy without a scheme": variables = &[("ALL_PROXY", "me:SECRET@127.0.0.1:9")];
        "PIP_PROXY": variables = &[("PIP_PROXY", "socks5://me:SECRET@127.0.0.1:9")];
        "--index-url in a file": loose = "--index-url http://me:SECRET@HOST/simple/\na";
        "--find-links in a file": loose = "--find-links http://me:SECRET@HOST/simple/a/\na";
        "an unknown option in a file": loose = "--index-urll http://me:SECRET@HOST/simple/\na";
        "an option with too much": loose = "--index-url http://me:SECRET@HOST/simple/ x\na";
        "a direct reference": loose = "a @ http://me:SECRET@HOST/files/a-1.0-py3-none-any.whl";
        "a bare reference": loose = "http://me:SECRET@HOST/files/a-1.0-py3-none-any.whl";
        "a query in a reference": loose = "a @ http://HOST/files/a-1.0-py3-none-any.whl?token=SECRET";
        "a dead reference": loose = "a @ http://me:SECRET@127.0.0.1:9/a-1.0-py3-none-any.whl?token=SECRET";
        "a reference with a space": loose = "a @ http://me:SECRET@HOST/x y z";
        "a reference with a bad hash": loose = "a @ http://me:SECRET@HOST/files/a-1.0-py3-none-any.whl --hash=sha256:0";
        "a reference to another project": loose = "b @ http://me:SECRET@HOST/files/a-1.0-py3-none-any.whl";
        "a repository": loose = "a @ git+https://me:SECRET@127.0.0.1:9/x.git";
        "an editable repository": loose = "-e git+https://me:SECRET@127.0.0.1:9/x.git#egg=a";
        "an include": loose = "-r http://me:SECRET@HOST/r.txt\na";
        "a constraints file": loose = "-c http://me:SECRET@127.0.0.1:9/c.txt?token=SECRET\na";
        "netrc": files = &[("../.netrc", "machine 127.0.0.1 login me password SECRET")];
        "a malformed netrc": files = &[("../.netrc", "machine 127.0.0.1 login me pasword SECRET")];
        "pip.conf": files = &[("pip.conf", "[global]\nindex-url = http://me:SECRET@HOST/simple/\nx y SECRET")], variables = &[("PIP_CONFIG_FILE", "pip.conf")];
        "a bad scheme in pip.conf": files = &[("pip.conf", "[global]\nindex-url = htp://me:SECRET@HOST/simple/")], variables = &[("PIP_CONFIG_FILE", "pip.conf")];
    ];
    inputs.into_iter().collect()
}

/// A secret of its own for each run; it has characters that mean nothing in any input.
fn new_secret() -> String {
    let name = tempfile::Builder::new()
        .prefix("")
        .rand_bytes(12)
        .tempdir()
        .unwrap();
    let random = name
        .path()
        .file_name()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    format!("s3cret{random}")
}

#[test]
fn no_secret_of_any_input_appears_anywhere() {
    for input in inputs() {
        let secret = new_secret();
        let sandbox = Sandbox::new("a 1.0 requires=b\nb 1.0");
        let host = sandbox.server().url("").replace("http://", "");
        let fill = |text: &str| text.replace("HOST", &host).replace("SECRET", &secret);
        sandbox.write("loose.txt", &fill(input.loose));
        for (name, text) in input.files {
            sandbox.write(name, &fill(text));
        }
        let values: Vec<(&str, String)> = input
            .variables
            .iter()
            .map(|(name, value)| (*name, fill(value)))
            .collect();
        let variables: Vec<(&str, &str)> = values
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        let arguments = fill(input.arguments);
        let mut said = String::new();
        for command in [
            format!("loose.txt -vv -p {FOREIGN} -o strict.txt {arguments}"),
            format!("loose.txt -vv -p {FOREIGN} -o other.txt --refresh --json {arguments}"),
            format!("verify strict.txt -vv {arguments}"),
            "check strict.txt -vv".to_owned(),
        ] {
            let is_of_pip = variables.iter().any(|(name, _)| name.starts_with("PIP_"));
            let outcome = if is_of_pip {
                sandbox.harden_as_pip(&variables, &command)
            } else {
                sandbox.harden_with(&variables, &command)
            };
            said.extend([outcome.stdout.as_str(), outcome.stderr.as_str()]);
        }
        let fetch = format!("strict.txt -vv --layout simple --pylock {arguments}");
        let outcome = sandbox.fetch_with(&variables, &fetch);
        said.extend([outcome.stdout.as_str(), outcome.stderr.as_str()]);
        let what = input.what;
        assert!(!said.contains(&secret), "{what}: {said}");
        // A file that the user wrote holds it by intent.
        fs::remove_file(sandbox.path("loose.txt")).unwrap();
        for (name, _) in input.files {
            fs::remove_file(sandbox.path(name)).unwrap();
        }
        assert_hides(&sandbox.path(".."), secret.as_bytes(), what);
    }
}

/// No file below `folder` holds the secret in its name or its contents.
fn assert_hides(folder: &Path, secret: &[u8], what: &str) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_string_lossy().into_owned();
        let holds = |bytes: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
        assert!(!holds(name.as_bytes()), "{what}: {name}");
        if path.is_dir() {
            assert_hides(&path, secret, what);
        } else {
            assert!(!holds(&fs::read(&path).unwrap()), "{what}: {name}");
        }
    }
}

/// A login is sent in a header, and not in what servers log.
#[test]
fn a_login_is_not_in_the_paths_that_a_server_logs() {
    let sandbox = Sandbox::new("a 1.0");
    sandbox.write("loose.txt", "a");
    let index = sandbox.server().index_url().replace("://", "://me:s3cret@");
    sandbox
        .harden(&format!("loose.txt -q -p {FOREIGN} -i {index}"))
        .good();
    assert!(
        sandbox
            .server()
            .requests()
            .iter()
            .all(|request| !request.path.contains("s3cret"))
    );
}
