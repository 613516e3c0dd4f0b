//! `harden manual`: the manual pages, made from the arguments.

use std::fs;
use std::path::Path;

use clap::CommandFactory;

use crate::report::Error;
use crate::report::output::print;
use crate::settings::args::{FetchArgs, HardenArgs};

/// Prints harden(1), or writes the pages of all commands into a folder.
pub fn manual(folder: Option<&Path>) -> Result<(), Error> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(HardenArgs::command())
            .render(&mut page)
            .expect("writing to memory does not fail");
        return print(&String::from_utf8_lossy(&page));
    };
    let written = fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(HardenArgs::command(), folder))
        .and_then(|()| clap_mangen::generate_to(FetchArgs::command(), folder));
    written.map_err(|source| Error::write(folder, source))
}

#[cfg(test)]
mod tests {
    use clap_markdown::{MarkdownOptions, help_markdown_command_custom};

    use super::*;

    /// The page of the documentation that lists all commands and options.
    fn reference() -> String {
        let options = || {
            MarkdownOptions::new()
                .show_footer(false)
                .show_table_of_contents(false)
        };
        let page = |command, title: &str| {
            let options = options().title(title.to_owned());
            // Headings of the second program are below the title of the page.
            help_markdown_command_custom(&command, &options)
        };
        let mut fetch = page(FetchArgs::command(), "fetch");
        fetch = fetch.replacen("# fetch", "# The command `fetch`", 1);
        format!(
            "<!-- Made from the arguments by the test `commands::manual`; do not edit. -->\n\n{}\n#{fetch}",
            page(HardenArgs::command(), "Commands")
        )
    }

    #[test]
    fn the_reference_of_commands_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/commands.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(path, reference()).unwrap();
        }
        assert!(
            fs::read_to_string(path).unwrap() == reference(),
            "docs/commands.md is out of date: run `UPDATE_DOCS=1 cargo test --workspace reference_of_commands`"
        );
    }
}
