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
