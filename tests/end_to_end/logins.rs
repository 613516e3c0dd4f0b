//! Logins as people have them: in URLs, variables, netrc and the keyring.

use std::os::unix::fs::PermissionsExt;

use harden_testindex::Universe;

use crate::sandbox::{FOREIGN, Sandbox};

/// A password with characters that mean something in URLs, netrc files and shells.
const PASSWORD: &str = "p@ss/w:0r?d#$";

/// A sandbox whose index wants the login of `user` with [`PASSWORD`].
fn guarded(user: &str) -> Sandbox {
    let sandbox = Sandbox::new("a 1.0 requires=b\nb 1.0");
    sandbox.server().require_login(user, PASSWORD);
    sandbox.write("loose.txt", "a");
    sandbox
}

/// The URL of the index, with `login` (`user@`) before its host.
fn index_url(sandbox: &Sandbox, login: &str) -> String {
    let url = sandbox.server().index_url();
    url.replace("://", &format!("://{login}"))
}

/// Puts a `keyring` into `bin`, which knows [`PASSWORD`] of `user` for the service `service` and writes down
/// what it is asked.
fn keyring(sandbox: &Sandbox, service: &str, user: &str) {
    sandbox.write(
        "bin/keyring",
        &format!(
            "#!/bin/sh
            echo \"$@\" >> asked
            case \"$*\" in
            \"get {service} {user}\") echo '{PASSWORD}';;
            \"--mode creds get {service}\") echo {user}; echo '{PASSWORD}';;
            *) exit 1;;
            esac"
        ),
    );
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(sandbox.path("bin/keyring"), executable).unwrap();
}

/// Locks and fetches with these variables, and with the sandbox's `bin` in PATH.
fn works(sandbox: &Sandbox, variables: &[(&str, &str)], index: &str) {
    let bin = sandbox.path("bin").to_string_lossy().into_owned();
    let mut variables = variables.to_vec();
    variables.push(("PATH", &bin));
    let lock = format!("loose.txt -q -p {FOREIGN} -o strict.txt {index}");
    sandbox.harden_with(&variables, &lock).good();
    sandbox
        .fetch_with(&variables, &format!("strict.txt -q {index}"))
        .good();
    assert_eq!(sandbox.list("wheelhouse").len(), 2);
}

/// `https://USER@…` and a backend of `keyring` is how `CodeArtifact` (`aws`), Google Artifact Registry
/// (`oauth2accesstoken`) and Azure Artifacts (`VssSessionToken`) hand out their tokens.
#[test]
fn the_password_of_the_user_in_a_url_comes_from_the_keyring() {
    for user in ["aws", "oauth2accesstoken", "VssSessionToken"] {
        let sandbox = guarded(user);
        keyring(&sandbox, &sandbox.server().index_url(), user);
        works(
            &sandbox,
            &[],
            &format!("-i {}", index_url(&sandbox, &format!("{user}@"))),
        );
        // Once for each of the two commands.
        assert_eq!(
            sandbox.read("asked").lines().count(),
            2,
            "{}",
            sandbox.read("asked")
        );
    }
}

#[test]
fn a_password_may_be_stored_for_the_host() {
    let sandbox = guarded("me");
    let host = sandbox.server().url("").replace("http://", "");
    keyring(&sandbox, &host, "me");
    works(&sandbox, &[], &format!("-i {}", index_url(&sandbox, "me@")));
}

#[test]
fn the_keyring_is_asked_for_user_and_password_after_a_refusal() {
    let sandbox = guarded("me");
    keyring(&sandbox, &sandbox.server().index_url(), "me");
    works(&sandbox, &[], "");
}

#[test]
fn the_keyring_is_not_asked_where_it_is_not_needed_or_turned_off() {
    let sandbox = Sandbox::new("a 1.0");
    keyring(&sandbox, "x", "me");
    sandbox.write("loose.txt", "a");
    let bin = sandbox.path("bin").to_string_lossy().into_owned();
    let lock = format!("loose.txt -q -p {FOREIGN}");
    sandbox.harden_with(&[("PATH", &bin)], &lock).good();
    sandbox.server().require_login("me", PASSWORD);
    let off = [("PATH", &*bin), ("PIP_KEYRING_PROVIDER", "disabled")];
    let refused = sandbox.harden_with(&off, &format!("{lock} --no-cache"));
    assert_eq!(refused.code, Some(3), "{refused}");
    assert!(refused.stderr.contains("401"), "{refused}");
    assert!(!sandbox.path("asked").exists());
}

/// As GitLab's `https://__token__:TOKEN@…` and GitHub's `https://x-access-token:TOKEN@…` are written.
#[test]
fn variables_in_a_url_may_hold_any_password() {
    for user in ["__token__", "x-access-token"] {
        let token = [("TOKEN", PASSWORD)];
        let sandbox = guarded(user);
        let index = index_url(&sandbox, &format!("{user}:${{TOKEN}}@"));
        works(&sandbox, &token, &format!("-i {index}"));

        let pip = guarded(user);
        let index = index_url(&pip, &format!("{user}:${{TOKEN}}@"));
        pip.write("pip.conf", &format!("[global]\nindex-url = {index}"));
        let variables = [("TOKEN", PASSWORD), ("PIP_CONFIG_FILE", "pip.conf")];
        let lock = format!("loose.txt -q -p {FOREIGN} -o strict.txt");
        pip.harden_as_pip(&variables, &lock).good();

        let configured = guarded(user);
        let index = index_url(&configured, &format!("{user}:${{TOKEN}}@"));
        let lock = format!(
            "[[lock]]\nloose = 'loose.txt'\nstrict = 'strict.txt'\nplatforms = ['{FOREIGN}']\n"
        );
        let toml = format!("index-url = '{index}'\n{lock}");
        configured.write("harden.toml", &toml);
        configured.harden_as_pip(&token, "-q").good();
    }
}

#[test]
fn a_named_index_takes_its_login_from_variables() {
    let sandbox = guarded("me");
    let public = harden_testindex::Server::start(Universe::new("b 1.0"));
    let index = sandbox.server().index_url();
    let arguments = format!(
        "-i {} --index my-corp={index} --index-package a=my-corp",
        public.index_url()
    );
    let variables = [
        ("HARDEN_INDEX_MY_CORP_USERNAME", "me"),
        ("HARDEN_INDEX_MY_CORP_PASSWORD", PASSWORD),
    ];
    let lock = format!("loose.txt -q -p {FOREIGN} -o strict.txt {arguments}");
    sandbox.harden_with(&variables, &lock).good();
    // The strict file has the name of the index.
    let index = public.index_url();
    sandbox
        .fetch_with(&variables, &format!("strict.txt -q -i {index}"))
        .good();
    sandbox
        .harden_with(&variables, &format!("verify strict.txt -q -i {index}"))
        .good();
    assert_eq!(sandbox.list("wheelhouse").len(), 2);
    assert!(
        public
            .requests()
            .iter()
            .all(|request| request.header("authorization").is_none())
    );
    // One of the two suffices, if the URL has the other.
    let with_user = lock.replace("my-corp=http://", "my-corp=http://me@");
    sandbox
        .harden_with(&variables[1..], &format!("{with_user} --no-cache"))
        .good();
}

#[test]
fn netrc_has_the_login_of_a_host() {
    for netrc in [
        format!("machine 127.0.0.1 login me password {PASSWORD}"),
        format!(
            "default login x password y\nmachine \"127.0.0.1\" # ours\nuser me\npassword \"{PASSWORD}\""
        ),
    ] {
        let sandbox = guarded("me");
        sandbox.write("../.netrc", &netrc);
        works(&sandbox, &[], "");
        works(
            &sandbox,
            &[],
            &format!("-i {} --no-cache", index_url(&sandbox, "me@")),
        );
    }
}

/// An index without a login gets none, though another on its host has one.
#[test]
fn a_login_stays_below_its_url() {
    let sandbox = Sandbox::new("a 1.0\nb 1.0");
    sandbox.write("loose.txt", "a");
    let other = sandbox
        .server()
        .url("/other/simple/")
        .replace("://", "://me:pw@");
    let index = sandbox.server().index_url();
    let lock =
        format!("loose.txt -q -p {FOREIGN} -i {index} --extra-index-url {other} -o strict.txt");
    sandbox.harden(&lock).good();
    for request in sandbox.server().requests() {
        let is_other = request.path.starts_with("/other/");
        assert_eq!(
            request.header("authorization").is_some(),
            is_other,
            "{}",
            request.path
        );
    }
}
