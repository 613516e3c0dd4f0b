//! The documentation: commands marked as run print what the pages say, and links lead somewhere.
//!
//! A block ```` ```console,run ```` holds commands, each after `$ `, and their output. The blocks of a
//! page run in one folder, with the index that the comment `<!-- index … -->` of the page describes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

use crate::sandbox::Sandbox;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages of `docs/`, the README and those beside it.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for folder in [
        root().to_owned(),
        root().join("docs"),
        root().join("examples"),
    ] {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    assert!(pages.len() > 10);
    pages
}

fn text(page: &Path) -> String {
    fs::read_to_string(page).expect("the page can be read")
}

/// The commands of a block, each with the output that the page shows.
fn commands(block: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), String::new())),
            (None, Some((_, output))) => output.extend([line, "\n"]),
            (None, None) => panic!("a block begins with a command, not `{line}`"),
        }
    }
    commands
}

#[test]
fn console_blocks_marked_as_run_print_what_the_page_shows() {
    let block = Regex::new(r"(?s)```console,run\n(.*?)```").unwrap();
    let index = Regex::new(r"(?s)<!-- index\n(.*?)-->").unwrap();
    let mut run = 0;
    for page in pages() {
        let text = text(&page);
        let universe: String = index
            .captures_iter(&text)
            .map(|found| found[1].to_owned())
            .collect();
        let sandbox = Sandbox::new(&universe);
        for found in block.captures_iter(&text) {
            for (command, shown) in commands(&found[1]) {
                let actual = sandbox.shell(&command);
                assert_eq!(
                    actual,
                    sandbox.without_measures(&shown),
                    "{}: $ {command}",
                    page.display()
                );
                run += 1;
            }
        }
    }
    assert!(run > 5);
}

/// The anchor of a heading, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(anchor).collect()
}

#[test]
fn links_of_the_pages_lead_to_files_and_headings() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let fenced = Regex::new(r"(?s)```.*?```").unwrap();
    let mut broken = Vec::new();
    for page in pages() {
        let text = text(&page);
        let prose = fenced.replace_all(&text, "");
        for found in link.captures_iter(&prose) {
            let target = &found[1];
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = match path {
                "" => page.clone(),
                path => page.parent().expect("it is in a folder").join(path),
            };
            let leads = file.exists()
                && (heading.is_empty()
                    || fs::read_to_string(&file)
                        .is_ok_and(|text| anchors(&text).contains(heading)));
            if !leads {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_summary_lists_every_page() {
    let summary = text(&root().join("docs/SUMMARY.md"));
    for page in pages() {
        let name = page
            .file_name()
            .expect("a page has a name")
            .to_string_lossy();
        let is_of_the_book = page.parent() == Some(&root().join("docs")) && name != "SUMMARY.md";
        assert!(
            !is_of_the_book || summary.contains(&format!("({name})")),
            "{name}"
        );
    }
}

impl Sandbox {
    /// What a shell prints, on both streams, for a command that must succeed or fail as the page shows.
    fn shell(&self, command: &str) -> String {
        let executables = Path::new(env!("CARGO_BIN_EXE_harden"))
            .parent()
            .expect("it is in a folder");
        let mut shell = Command::new("/bin/sh");
        let path = executables.display();
        shell.arg("-c").arg(format!(
            "export PATH={path}:$PATH NO_COLOR=1\n{{ {command}\n}} 2>&1"
        ));
        self.without_measures(&self.run_here(shell).stdout)
    }
}

/// The text of all sources below a folder.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push_str(&text(&path));
        }
    }
}

#[test]
fn tests_that_the_pages_name_exist() {
    let mut all = String::new();
    for folder in ["crates", "tests", "fuzz"] {
        sources(&root().join(folder), &mut all);
    }
    let named = Regex::new(r"`(?:[a-z_]+::)*([a-z_0-9]{20,})`").unwrap();
    let mut found = 0;
    for page in ["docs/limits.md", "docs/security.md"] {
        for test in named.captures_iter(&text(&root().join(page))) {
            let name = &test[1];
            assert!(all.contains(&format!("fn {name}(")), "{page}: {name}");
            found += 1;
        }
    }
    assert!(found > 40, "{found}");
}

/// The first block of docs/policy.md locks as it is written, and its lock passes.
#[test]
fn the_policy_of_the_documentation_works_as_it_is_written() {
    let page = text(&root().join("docs/policy.md"));
    let block = page.split("```toml\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    let sandbox = Sandbox::new(
        "our-app 1.0 requires=internal-lib,torch==2.9.1+cpu\ninternal-lib 1.0\ntorch 2.9.1+cpu",
    );
    sandbox.write("loose.txt", "our-app");
    fs::write(sandbox.path("harden.toml"), block).unwrap();
    let outcome = sandbox.harden("");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    for command in ["check", "verify"] {
        let outcome = sandbox.harden(command);
        assert_eq!(outcome.code, Some(0), "{outcome}");
    }
}
