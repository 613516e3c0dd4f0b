//! Requirements of `pyproject.toml` files and scripts.

use harden_packaging::{ExtraName, PackageName};
use harden_requirements::{
    Entry, Inputs, ProjectParts, ReadError, RequiredExtra, project_name, read_extras,
    read_pyproject, read_script, take_own,
};

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
    read_pyproject("pyproject.toml", PROJECT, parts(&extras, &groups))
}

fn parts<'a>(extras: &'a [ExtraName], groups: &'a [PackageName]) -> ProjectParts<'a> {
    ProjectParts { extras, groups }
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
    read_pyproject("pyproject.toml", text, parts(&extras, &groups))
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

/// `name[extra]` in a dependency group means the project itself, not one of that name on an index.
#[test]
fn groups_may_require_extras_of_their_own_project() {
    let inputs = read_pyproject(
        "pyproject.toml",
        "[project]\nname = 'Our_App'\ndependencies = ['base']\n\
         [project.optional-dependencies]\nfoo = ['wanted', 'our-app[bar]']\nbar = ['more']\n\
         [dependency-groups]\ndev = ['our.app', {include-group = 'test'}]\n\
         test = ['our-app[foo]; python_version > \"3\"']\n",
        parts(&[], &["dev".parse().unwrap()]),
    );
    insta::assert_snapshot!(lines(&inputs.unwrap()), @r#"
    pyproject.toml:3: base
    pyproject.toml:5: wanted; python_version > "3"
    pyproject.toml:6: more; python_version > "3"
    "#);
}

/// The same in files that are locked together with the project.
#[test]
fn other_files_may_require_extras_of_a_project() {
    let text = "[project]\nname = 'ours'\n[project.optional-dependencies]\n\
                test = ['pytest', 'ours[lint]']\nlint = ['ruff']\n";
    let name = project_name(text).unwrap();
    let script = "# /// script\n# dependencies = ['ours[test] >= 2; os_name == \"nt\"', 'a', 'ours']\n# ///\n";
    let mut inputs = read_script("tool.py", script).unwrap();
    let mut known = Vec::new();
    let required = take_own(&mut inputs, &name, &mut known);
    inputs.append(read_extras("pyproject.toml", text, &required).unwrap());
    insta::assert_snapshot!(lines(&inputs), @r#"
    tool.py:2: a
    pyproject.toml:4: pytest; os_name == "nt"
    pyproject.toml:5: ruff; os_name == "nt"
    "#);
    assert_eq!(
        take_own(&mut inputs, &name, &mut known),
        [] as [RequiredExtra; 0]
    );
}

/// Extras may require each other in a cycle, with or without markers, and a project may have many layers.
#[test]
fn own_extras_in_a_cycle_are_read_once() {
    let read = |optional: &str, extra: &str| {
        let text = format!("[project]\nname = 'x'\n[project.optional-dependencies]\n{optional}");
        let extras = [extra.parse().unwrap()];
        read_pyproject("pyproject.toml", &text, parts(&extras, &[]))
    };
    let cycle = "one = ['a', 'x[two]; python_version > \"3\"']\n\
                 two = ['b', 'x[one]; sys_platform == \"linux\"']\n";
    insta::assert_snapshot!(lines(&read(cycle, "one").unwrap()), @r#"
    pyproject.toml:4: a
    pyproject.toml:5: b; python_version > "3"
    "#);
    let itself = "one = ['a', 'x[one]; python_version > \"3\" or os_name == \"nt\"']\n";
    insta::assert_snapshot!(lines(&read(itself, "one").unwrap()), @"pyproject.toml:4: a");
    let layer = |level: usize| {
        let next = level + 1;
        let requirement =
            |version: usize| format!("'x[e{next}]; python_version > \"{version}.{level}\"'");
        format!("e{level} = [{}, {}]\n", requirement(3), requirement(2))
    };
    let layers = |depth| (0..depth).map(layer).collect::<String>() + &format!("e{depth} = ['a']\n");
    assert_eq!(read(&layers(6), "e0").unwrap().requirements.len(), 64);
    insta::assert_snapshot!(read(&layers(60), "e0").unwrap_err().to_string().lines().next().unwrap(), @"pyproject.toml:15:43: the extras of the project require each other under more than 4096 combinations of markers");
}

/// Faults in extras are reported together with all others.
#[test]
fn faults_in_extras_are_reported_beside_others() {
    let text = "[project]\nname = 'x'\ndependencies = ['a=1', 'x[one]', 'x[two]']\n\
                [project.optional-dependencies]\none = ['b=1', 'x[none]']\ntwo = ['c']\nTwo = ['d']\n";
    let error = read_pyproject("pyproject.toml", text, parts(&[], &[])).unwrap_err();
    let error = error.to_string();
    let faults: Vec<&str> = error
        .lines()
        .filter(|line| line.starts_with("pyproject"))
        .collect();
    insta::assert_snapshot!(faults.join("\n"), @r"
    pyproject.toml:3:19: `=` is not an operator; did you mean `==`?
    pyproject.toml:5:10: `=` is not an operator; did you mean `==`?
    pyproject.toml:6:1: two extras have the name `two`
    pyproject.toml:5:15: the project has no extra `none`; known: `Two`, `one`, `two`
    ");
}

/// Settings of uv that harden does not apply are never ignored silently.
#[test]
fn settings_of_uv_are_warnings() {
    let inputs = read_pyproject(
        "pyproject.toml",
        "[project]\nname = 'x'\ndependencies = ['torch']\n[tool.uv]\npackage = true\n\
         override-dependencies = ['a==1']\n[tool.uv.sources]\ntorch = { index = 'pytorch' }\n\
         [[tool.uv.index]]\nname = 'pytorch'\nurl = 'https://index.test/'\n",
        ProjectParts::default(),
    );
    insta::assert_snapshot!(inputs.unwrap().warnings.join("\n"), @r"
    pyproject.toml:6: `override-dependencies` in `[tool.uv]` has no effect; write them to a file for --override
    pyproject.toml:8: `torch` in `[tool.uv.sources]` has no effect; the package comes from the index; use --index-package, or a URL or path in its requirement
    pyproject.toml:9: `index` in `[tool.uv]` has no effect; use --index-url, --extra-index-url or --index
    ");
    let script = "# /// script\n# dependencies = ['torch']\n# [tool.uv.sources]\n# torch = { path = '../torch' }\n# ///\n";
    insta::assert_snapshot!(read_script("tool.py", script).unwrap().warnings.join("\n"), @"tool.py:4: `torch` in `[tool.uv.sources]` has no effect; the package comes from the index; use --index-package, or a URL or path in its requirement");
}

#[test]
fn a_byte_order_mark_before_a_script_is_ignored() {
    let script = "\u{feff}# /// script\r\n# dependencies = ['a']\r\n# ///\r\n";
    insta::assert_snapshot!(lines(&read_script("tool.py", script).unwrap()), @"tool.py:2: a");
}
