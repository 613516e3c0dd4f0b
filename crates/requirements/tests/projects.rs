//! Requirements of `pyproject.toml` files and scripts.

use harden_requirements::{Entry, Inputs, ReadError, read_pyproject, read_script};

const PROJECT: &str = r#"
[project]
name = "Web_App"
version = "1"
requires-python = ">=3.10"
dependencies = [
    "fastapi>=0.110",
    'uvicorn[standard]; sys_platform != "win32"',  # a comment
]

[project.optional-dependencies]
Postgres = ["psycopg[binary]"]
dev_tools = ["pytest", "web-app[postgres]"]
all = ["web.app[dev-tools,postgres]; python_version < '3.13' or extra == 'x'"]

[dependency-groups]
Test = ["pytest>=8", {include-group = "type_check"}]
type-check = ["mypy"]
"#;

fn project(extras: &[&str], groups: &[&str]) -> Result<Inputs, ReadError> {
    let extras: Vec<_> = extras.iter().map(|name| name.parse().unwrap()).collect();
    let groups: Vec<_> = groups.iter().map(|name| name.parse().unwrap()).collect();
    read_pyproject("pyproject.toml", PROJECT, &extras, &groups)
}

fn lines(inputs: &Inputs) -> String {
    let lines = inputs.requirements.iter().map(|input| match &input.entry {
        Entry::Named(requirement) => format!("{}: {requirement}", input.origin),
        other => panic!("{other:?}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn error(text: &str, extras: &[&str], groups: &[&str]) -> String {
    let extras: Vec<_> = extras.iter().map(|name| name.parse().unwrap()).collect();
    let groups: Vec<_> = groups.iter().map(|name| name.parse().unwrap()).collect();
    read_pyproject("pyproject.toml", text, &extras, &groups)
        .unwrap_err()
        .to_string()
}

#[test]
fn dependencies_of_a_project_have_their_lines() {
    let inputs = project(&[], &[]).unwrap();
    insta::assert_snapshot!(lines(&inputs), @r#"
    pyproject.toml:7: fastapi>=0.110
    pyproject.toml:8: uvicorn[standard]; sys_platform != "win32"
    "#);
    assert_eq!(inputs.requires_python[0].specifiers.to_string(), ">=3.10");
    assert_eq!(
        inputs.requires_python[0].origin.to_string(),
        "pyproject.toml:5"
    );
}

#[test]
fn extras_add_their_dependencies_and_may_name_each_other() {
    insta::assert_snapshot!(lines(&project(&["postgres"], &[]).unwrap()), @r#"
    pyproject.toml:7: fastapi>=0.110
    pyproject.toml:8: uvicorn[standard]; sys_platform != "win32"
    pyproject.toml:12: psycopg[binary]
    "#);
    insta::assert_snapshot!(lines(&project(&["all"], &[]).unwrap()), @r#"
    pyproject.toml:7: fastapi>=0.110
    pyproject.toml:8: uvicorn[standard]; sys_platform != "win32"
    pyproject.toml:13: pytest; python_version < "3.13" or extra == "x"
    pyproject.toml:12: psycopg[binary]; python_version < "3.13" or extra == "x"
    "#);
}

#[test]
fn groups_add_their_dependencies_and_may_include_each_other() {
    insta::assert_snapshot!(lines(&project(&[], &["test"]).unwrap()), @r#"
    pyproject.toml:7: fastapi>=0.110
    pyproject.toml:8: uvicorn[standard]; sys_platform != "win32"
    pyproject.toml:17: pytest>=8
    pyproject.toml:18: mypy
    "#);
}

#[test]
fn an_unknown_extra_or_group_is_an_error_that_lists_the_known_ones() {
    insta::assert_snapshot!(project(&["postgre"], &["tests"]).unwrap_err().to_string(), @r"
    pyproject.toml: the project has no extra `postgre`; known: `Postgres`, `all`, `dev_tools`
    pyproject.toml: there is no dependency group `tests`; known: `Test`, `type-check`
    ");
}

#[test]
fn faults_are_shown_with_line_and_caret() {
    insta::assert_snapshot!(error("[project]\ndependencies = [\n  \"requests=2\",\n  1,\n  'a; os_nam == \"nt\"',\n]\n", &[], &[]), @r#"
    pyproject.toml:3:12: `=` is not an operator; did you mean `==`?
          "requests=2",
                   ^
    pyproject.toml:4:3: expected a requirement, as a string
          1,
          ^
    pyproject.toml:5:7: `os_nam` is not a marker variable
          'a; os_nam == "nt"',
              ^
    "#);
    insta::assert_snapshot!(error("[project\n", &[], &[]), @r"
    pyproject.toml:1:9: invalid TOML: unclosed table, expected `]`
        [project
                ^
    ");
    insta::assert_snapshot!(error("[project]\nrequires-python = '>=3.6.*'\ndynamic = ['dependencies']", &[], &[]), @r"
    pyproject.toml:2:22: `.*` can only be used with `==` and `!=`
        requires-python = '>=3.6.*'
                             ^
    pyproject.toml:3:12: `dependencies` is dynamic: its value is only known after a build of the project
        dynamic = ['dependencies']
                   ^
    ");
    insta::assert_snapshot!(error("[tool.x]\na = 1\n", &[], &[]), @"pyproject.toml: there is no `[project]` table; name a dependency group with --group");
    insta::assert_snapshot!(error("[project]\ndependencies = 'a'\n", &[], &[]), @r"
    pyproject.toml:2:16: `dependencies` must be a list
        dependencies = 'a'
                       ^
    ");
    insta::assert_snapshot!(error("[dependency-groups]\na = [{include-group = 'b'}]\nb = ['c', {include-group = 'A'}]\n", &[], &["a"]), @r"
    pyproject.toml:3:11: the dependency group `a` includes itself
        b = ['c', {include-group = 'A'}]
                  ^
    ");
    insta::assert_snapshot!(error("[dependency-groups]\na-b = []\na_b = []\n", &[], &["a.b"]), @r"
    pyproject.toml:3:1: two dependency groups have the name `a-b`
        a_b = []
        ^
    ");
    insta::assert_snapshot!(error("[dependency-groups]\na = [{include = 'b'}]\n", &[], &["a"]), @r#"
    pyproject.toml:2:6: expected a table with one key: `{include-group = "name"}`
        a = [{include = 'b'}]
             ^
    "#);
}

const SCRIPT: &str = r#"#!/usr/bin/env python3
"""A script."""
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "requests<3",
#
#   "rich",
# ]
# ///
import requests
"#;

#[test]
fn dependencies_of_a_script_have_their_lines() {
    let inputs = read_script("tool.py", SCRIPT).unwrap();
    insta::assert_snapshot!(lines(&inputs), @r"
    tool.py:6: requests<3
    tool.py:8: rich
    ");
    assert_eq!(inputs.requires_python[0].specifiers.to_string(), ">=3.11");
}

#[test]
fn faults_of_a_script_are_shown_with_line_and_caret() {
    let error = |text: &str| read_script("tool.py", text).unwrap_err().to_string();
    insta::assert_snapshot!(error(&SCRIPT.replace("rich", "ri ch")), @r#"
    tool.py:8:9: expected a version specifier (`==`, `>=`, `<`, `~=`, …)
        #   "ri ch",
                ^
    "#);
    insta::assert_snapshot!(error("import requests\n"), @"tool.py: the script has no metadata block, which begins with `# /// script` (PEP 723)");
    insta::assert_snapshot!(error("# /// script\n# dependencies = []\nimport requests\n"), @"tool.py:1: the metadata block that begins here has no closing line `# ///`");
    insta::assert_snapshot!(error("# /// script\n# ///\n\n# /// script\n# ///\n"), @"tool.py:4: there is a second metadata block of type `script`");
    insta::assert_snapshot!(error("# /// script\n# dependencies = [\n# ///\n"), @r"
    tool.py:2:19: invalid TOML: unclosed array, expected `]`
        # dependencies = [
                          ^
    ");
}

#[test]
fn append_joins_inputs_of_several_kinds() {
    let mut inputs = project(&[], &[]).unwrap();
    inputs.append(read_script("tool.py", SCRIPT).unwrap());
    assert_eq!(inputs.requirements.len(), 4);
    insta::assert_snapshot!(inputs.canonical_lines().join("\n"), @r#"
    requirement fastapi>=0.110
    requirement requests<3
    requirement rich
    requirement uvicorn[standard] ; sys_platform != "win32"
    requires-python >=3.10
    requires-python >=3.11
    "#);
}
