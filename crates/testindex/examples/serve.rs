//! Serves a universe until its standard input ends, and prints the URL of its simple API.
//!
//! ```sh
//! cargo run --release -p harden-testindex --example serve -- universe.txt
//! ```

use std::io::{self, Read};

use harden_testindex::{Server, Universe};

fn main() -> io::Result<()> {
    let Some(path) = std::env::args().nth(1) else {
        return Err(io::Error::other("expected the file of a universe"));
    };
    let text = std::fs::read_to_string(path)?;
    let server = Server::start(Universe::new(&text));
    println!("{}", server.index_url());
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
